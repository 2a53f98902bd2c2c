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
    let shared = shared(scope.sources);
    let names = written(files.chain(tests).chain(roles));
    found.extend(names.filter_map(|name| elsewhere(scope, shared, name)));
}

fn elsewhere(scope: &Scope<'_>, shared: usize, name: &Text) -> Option<Diagnostic> {
    let source = scope.sources.get(name.span.source)?;
    let owner = owner(scope, shared, source).filter(|owner| *owner != name.value)?;
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

/// The outermost folder that is named like a namespace of the gate, for whoever owns it makes folders in it as they like. Where
/// all files are says less, such as the folder of a checkout: there it is the innermost one, if no folder below is named so.
fn owner<'a>(scope: &Scope<'_>, shared: usize, source: &'a Source) -> Option<&'a str> {
    let is_owned = |folder: &&str| scope.namespace(folder).is_some();
    let below = folders(source).skip(shared).find(is_owned);
    below.or_else(|| folders(source).take(shared).filter(is_owned).last())
}

/// Number of folders that all files are in.
fn shared(sources: &[Source]) -> usize {
    let Some((first, others)) = sources.split_first() else {
        return 0;
    };
    let alike = |other: &Source| {
        let pairs = folders(first).zip(folders(other));
        pairs.take_while(|(one, other)| one == other).count()
    };
    let fewest = others.iter().map(alike).min();
    fewest.unwrap_or_else(|| folders(first).count())
}

/// Those of the path, the outermost first. The name of a revision is no path.
fn folders(source: &Source) -> impl Iterator<Item = &str> {
    let name = match source.name.split_once(':') {
        Some((_, path)) if !source.name.starts_with(['/', '.']) => path,
        _ => &source.name,
    };
    let folders = name.rsplit_once(['/', '\\']).map(|(folders, _)| folders);
    folders.into_iter().flat_map(|name| name.split(['/', '\\']))
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::{ACCESS, GATE, codes};

    fn at(gate: &str, path: &str) -> Vec<&'static str> {
        codes(&[(gate, GATE), (path, ACCESS)])
    }

    #[test]
    fn a_file_speaks_for_its_own_folder() {
        for path in [
            "a.yaml",
            "risk/a.yaml",
            "risk/fraud/a.yaml",
            "teams/risk/models/fraud/a.yaml",
            "teams/a.yaml",
            "fraud.yaml",
        ] {
            assert_eq!(at("gate.yaml", path), [""; 0], "{path}");
        }
        for path in [
            "fraud/a.yaml",
            "teams/fraud/models/a.yaml",
            "fraud/risk/a.yaml",
            "teams/fraud/models/risk/a.yaml",
        ] {
            assert_eq!(at("gate.yaml", path), ["MG0302"], "{path}");
        }
    }

    #[test]
    fn where_all_files_are_says_less() {
        let here = "/fraud/gate.yaml";
        assert_eq!(at(here, "/fraud/access/risk/a.yaml"), [""; 0]);
        assert_eq!(at(here, "/fraud/risk/fraud/a.yaml"), [""; 0]);
        assert_eq!(at(here, "/fraud/fraud/risk/a.yaml"), ["MG0302"]);
        assert_eq!(at(here, "/fraud/a.yaml"), ["MG0302"]);
        assert_eq!(
            at("/risk/fraud/gate.yaml", "/risk/fraud/a.yaml"),
            ["MG0302"]
        );
        assert_eq!(at("/fraud/risk/gate.yaml", "/fraud/risk/a.yaml"), [""; 0]);
    }

    #[test]
    fn a_revision_is_no_folder_and_a_colon_is_no_revision() {
        assert_eq!(at("gate.yaml", "fraud/fix:risk/a.yaml"), [""; 0]);
        assert_eq!(at("gate.yaml", "risk/fix:fraud/a.yaml"), ["MG0302"]);
        for path in [
            "./fraud/x:risk/a.yaml",
            "../fraud/x:/risk/a.yaml",
            "/fraud/x:/risk/a.yaml",
        ] {
            assert_eq!(at("gate.yaml", path), ["MG0302"], "{path}");
        }
    }
}
