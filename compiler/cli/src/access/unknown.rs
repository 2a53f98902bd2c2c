//! Who and what is asked about, and proxies do not know.

use anyhow::{Result, bail};
use compiler::analysis::access::Wanted;
use compiler::analysis::{Side, beside, words};

/// A name in another spelling is nobody's to ask for.
pub fn is_to_the_letter(side: &Side<'_>, wanted: &Wanted) -> Result<()> {
    let exact = wanted.namespace.as_ref().zip(wanted.model.as_ref());
    let exact = exact.filter(|(_, model)| !model.ends_with('*'));
    if let Some((namespace, model)) = exact
        && let Some(added) = side.declared.added(namespace, model)
    {
        bail!(
            "requests for `{namespace}/{model}` are refused: servers may take `{added}` off, or add it to another name, and no declared beginning has it: have `{added}*` declared"
        );
    }
    if let Some((namespace, model)) = exact
        && let Some(known) = side.declared.other_spelling(namespace, model)
    {
        bail!(
            "`{namespace}/{model}` is another spelling of `{}`, which servers may take for it, so that requests with it are refused: ask about `{known}`",
            known.entry_name()
        );
    }
    Ok(())
}

/// Where proxies do not know who is asked about: namespaces that are reached through no others are taken out.
pub fn strange(side: &Side<'_>, wanted: &Wanted, namespaces: &mut Vec<&str>) -> Option<String> {
    let mut who = wanted.who.iter();
    let (who, found) = who.find_map(|who| Some((who, beside::whereabouts(side, who)?)))?;
    if found.unknown.is_empty() {
        return None;
    }
    namespaces.retain(|namespace| found.namespaces.contains(namespace));
    let targets = match namespaces.is_empty() {
        true => String::new(),
        false => format!(" at `{}`", found.unknown.join("`, `")),
    };
    Some(format!(
        "no rule{targets} names {}, so that proxies know it by no certificate, and what is for everyone is not for it",
        words::principal(who)
    ))
}
