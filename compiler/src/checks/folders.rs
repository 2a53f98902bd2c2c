//! MG0302: a file in the folder of one namespace does not speak for another. Who may write into a folder is decided by the
//! repository's rules, and those know paths, not what is written inside.

use crate::diagnostic::Diagnostic;
use crate::source::Source;
use crate::syntax::Text;

use super::{Scope, written};

/// `metadata.namespace` against the folders of the path.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    let files = scope.reading.files.iter().map(|file| &file.namespace);
    let tests = scope.reading.tests.iter().map(|test| &test.namespace);
    let roles = scope.reading.roles.iter().map(|roles| &roles.namespace);
    found
        .extend(written(files.chain(tests).chain(roles)).filter_map(|name| elsewhere(scope, name)));
}

fn elsewhere(scope: &Scope<'_>, name: &Text) -> Option<Diagnostic> {
    let owner =
        folder(scope, scope.sources.get(name.span.source)?).filter(|owner| *owner != name.value)?;
    scope.namespace(&name.value)?;
    let message = format!(
        "a file in the folder of `{owner}` speaks for `{}`",
        name.value
    );
    let help = format!(
        "write `namespace: {owner}`, or move the file to the folder of `{}`",
        name.value
    );
    Some(Diagnostic::error("MG0302", name.span, message).with_help(help))
}

/// The innermost folder that is named like a namespace of the gate.
fn folder<'a>(scope: &Scope<'_>, source: &'a Source) -> Option<&'a str> {
    let (folders, _) = source.name.rsplit_once(['/', '\\'])?;
    folders
        .rsplit(['/', '\\'])
        .find(|folder| scope.namespace(folder).is_some())
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::{ACCESS, GATE, codes};

    fn at(path: &str) -> Vec<&'static str> {
        codes(&[("gate.yaml", GATE), (path, ACCESS)])
    }

    #[test]
    fn a_file_speaks_for_its_own_folder() {
        for path in [
            "a.yaml",
            "risk/a.yaml",
            "fraud/risk/a.yaml",
            "teams/a.yaml",
            "fraud.yaml",
        ] {
            assert_eq!(at(path), [""; 0], "{path}");
        }
        for path in [
            "fraud/a.yaml",
            "teams/fraud/models/a.yaml",
            "risk/fraud/a.yaml",
        ] {
            assert_eq!(at(path), ["MG0302"], "{path}");
        }
    }
}
