//! Why git has nothing under a name, and what to write instead.

use std::path::Path;

use anyhow::{Error, anyhow};
use compiler::syntax::suggest;

use super::ask;
use super::names::{no_made_up, parts};

/// Whether it is a revision, without a path. Nothing is one in a repository that files of a commit may be: git fetches what is missing
/// there with whatever command these say.
pub fn is_revision(repository: &Path, name: &str) -> bool {
    let tree = format!("{name}^{{tree}}");
    let arguments = ["rev-parse", "--verify", "--end-of-options", &tree];
    !name.is_empty() && no_made_up(repository).is_ok() && ask(repository, &arguments).is_ok()
}

/// Why there is no such `REV:PATH`; `said` is git's own word.
pub fn why(repository: &Path, place: &str, said: Error) -> Error {
    let (revision, path) = parts(place);
    let is_repository = ask(repository, &["rev-parse", "--git-dir"]).is_ok();
    if Path::new(place).exists() {
        let message = format!(
            "`{place}` is a file or folder here, and so written it is `REV:PATH`: write `./{place}`"
        );
        return anyhow!(message);
    }
    if !is_repository || revision.is_empty() {
        return said.context(format!(
            "`{place}` is no file or folder here, and no `REV:PATH` of a revision"
        ));
    }
    if is_revision(repository, revision) {
        let counted = match path.starts_with('.') {
            true => "",
            false => "; a path counts from the top of the repository, unless it begins with `./`",
        };
        return anyhow!("`{revision}` has no `{path}`{counted}");
    }
    let advice = advice(repository, revision);
    anyhow!("`{place}` is no file or folder here, and there is no revision `{revision}`: {advice}")
}

/// Where a revision may be that is not here.
fn advice(repository: &Path, revision: &str) -> String {
    if revision.ends_with('/') {
        return "the name of a branch is missing, as in CI outside of a pull request".to_owned();
    }
    let shallow = ask(repository, &["rev-parse", "--is-shallow-repository"]);
    if shallow.is_ok_and(|answer| answer.trim() == "true") {
        return "this is a shallow clone; `git fetch --unshallow` brings the rest, and in CI `fetch-depth: 0` of \
                actions/checkout or `GIT_DEPTH: 0` of GitLab"
            .to_owned();
    }
    let known = ask(
        repository,
        &["for-each-ref", "--format=%(refname:lstrip=2)"],
    );
    let known = known.unwrap_or_default();
    if known.lines().any(|name| name == revision) {
        return "its name is, and its commit is not: `git fetch` brings it".to_owned();
    }
    let remote = known.lines().find(|name| {
        name.split_once('/')
            .is_some_and(|(_, name)| name == revision)
    });
    match remote.or_else(|| suggest::nearest_of_all(revision, known.lines())) {
        Some(name) => format!("did you mean `{name}`?"),
        None => {
            let short = revision.strip_prefix("refs/remotes/").unwrap_or(revision);
            let branch = match short.strip_prefix("origin/") {
                Some(branch) => branch.to_owned(),
                None => format!("{revision}:{revision}"),
            };
            format!("if it is a branch elsewhere, `git fetch origin {branch}` brings it")
        }
    }
}
