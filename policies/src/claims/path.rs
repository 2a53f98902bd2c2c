//! Where a claim is.

use serde_json::Value;

use super::Claims;

/// The claim at the end of the path; each step is the whole name of a member.
pub(crate) fn find<'a>(claims: &'a Claims, path: &[String]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(claims.get(first)?, |value, step| {
        value.as_object()?.get(step)
    })
}

/// The path as people write it: `realm_access.roles`; a name that holds a dot stands in quotes.
pub(crate) fn shown(path: &[String]) -> String {
    let step = |name: &String| match name.contains('.') && path.len() > 1 {
        true => format!("\"{name}\""),
        false => name.clone(),
    };
    path.iter().map(step).collect::<Vec<_>>().join(".")
}
