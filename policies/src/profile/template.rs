//! Paths of a profile's lines, compared with a request's.

use super::{is_model_name, is_version_segment};

/// What a path that fits says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Found<'p> {
    /// the model, where it names one
    pub(super) model: Option<&'p str>,
    /// and its version
    pub(super) version: Option<&'p str>,
}

/// What the path says, where it fits the template.
pub(super) fn matched<'p>(template: &str, path: &'p str) -> Option<Found<'p>> {
    let mut found = Found::default();
    if let Some(beginning) = template.strip_suffix("{model+}") {
        found.model = Some(path.strip_prefix(beginning)?).filter(|name| !name.is_empty());
        return found.model.map(|_| found);
    }
    let fixed = template.split_once('{').map(|(fixed, _)| fixed);
    match fixed {
        None => return (template == path).then_some(found),
        // most lines end here, before anything is split
        Some(fixed) if !path.starts_with(fixed) => return None,
        Some(_) => {}
    }
    let mut given = path.split('/');
    for expected in template.split('/') {
        let segment = given.next()?;
        fits(expected, segment, &mut found)?;
    }
    given.next().is_none().then_some(found)
}

fn fits<'p>(expected: &str, segment: &'p str, found: &mut Found<'p>) -> Option<()> {
    if !expected.starts_with('{') {
        return (expected == segment).then_some(());
    }
    let (expected, verb) = expected.split_once(':').unwrap_or((expected, ""));
    let (segment, said) = match verb {
        "" => (segment, ""),
        _ => segment.split_once(':')?,
    };
    let fits = match expected {
        "{model}" => {
            found.model = Some(segment);
            !segment.is_empty()
        }
        "{version}" => {
            found.version = Some(segment);
            is_version_segment(segment)
        }
        // the server says which version it stands for
        "{label}" => is_version_segment(segment),
        _ => is_model_name(segment),
    };
    (fits && said == verb).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_fits_as_a_whole() {
        let model = |template, path| matched(template, path).map(|found| found.model);
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
        for version in ["", "1/2", "a b", "+1", "-1", ".1", &"1".repeat(65)] {
            let path = format!("/v/{version}");
            assert!(matched("/v/{version}", &path).is_none());
        }
    }

    #[test]
    fn a_path_names_a_version() {
        let version = |template, path| matched(template, path)?.version;
        assert_eq!(version("/{model}/{version}", "/m/1.2"), Some("1.2"));
        assert_eq!(version("/{model}/{label}:do", "/m/a:do"), None);
        assert_eq!(version("/{model}/{version}", "/m/03"), Some("03"));
        assert_eq!(version("/{model}", "/m"), None);
    }
}
