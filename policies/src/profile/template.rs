//! Paths of a profile's lines, compared with a request's.

use super::is_model_name;

/// `Some(model)` where the path fits the template.
#[expect(
    clippy::option_option,
    reason = "outer: does it fit; inner: does it name a model"
)]
pub(super) fn matched<'p>(template: &str, path: &'p str) -> Option<Option<&'p str>> {
    if let Some(beginning) = template.strip_suffix("{model+}") {
        let name = path.strip_prefix(beginning)?;
        return (!name.is_empty()).then_some(Some(name));
    }
    let fixed = template.split_once('{').map(|(fixed, _)| fixed);
    match fixed {
        None => return (template == path).then_some(None),
        // most lines end here, before anything is split
        Some(fixed) if !path.starts_with(fixed) => return None,
        Some(_) => {}
    }
    let mut model = None;
    let mut given = path.split('/');
    for expected in template.split('/') {
        let segment = given.next()?;
        if let Some(name) = segment_fits(expected, segment)? {
            model = Some(name);
        }
    }
    given.next().is_none().then_some(model)
}

#[expect(
    clippy::option_option,
    reason = "outer: does it fit; inner: does it name a model"
)]
fn segment_fits<'p>(expected: &str, segment: &'p str) -> Option<Option<&'p str>> {
    if !expected.starts_with('{') {
        return (expected == segment).then_some(None);
    }
    let (expected, verb) = expected.split_once(':').unwrap_or((expected, ""));
    let (segment, said) = match verb {
        "" => (segment, ""),
        _ => segment.split_once(':')?,
    };
    if said != verb {
        return None;
    }
    match expected {
        "{model}" => (!segment.is_empty()).then_some(Some(segment)),
        "{version}" => (!segment.is_empty()
            && segment.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        .then_some(None),
        _ => is_model_name(segment).then_some(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_fits_as_a_whole() {
        let model = |template, path| matched(template, path);
        assert_eq!(model("/a/{model}/b", "/a/x/b"), Some(Some("x")));
        assert_eq!(model("/a/{model}/b", "/a/x/b/"), None);
        assert_eq!(model("/a/{model}/b", "/a//b"), None);
        assert_eq!(model("/m/{model}:predict", "/m/x:predict"), Some(Some("x")));
        assert_eq!(model("/m/{model}:predict", "/m/x:y:predict"), None);
        assert_eq!(model("/m/{any}:predict", "/m/:predict"), None);
        assert_eq!(model("/m/:predict", "/m/:predict"), Some(None));
        assert_eq!(model("/m:predict", "/m:predict"), Some(None));
        assert_eq!(model("/m/{model+}", "/m/org/x"), Some(Some("org/x")));
        assert_eq!(model("/m/{model+}", "/m/"), None);
        assert_eq!(model("/v/{version}", "/v/1.2"), None);
    }
}
