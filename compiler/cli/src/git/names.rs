//! Names of revisions, and of what is in them.

use std::env;
use std::fmt::Display;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Error, Result, anyhow, bail};
use compiler::source::Source;

use super::{ask, git};

/// Refuses a revision whose name means several: of a tag and a branch git takes the tag, and whoever may push a tag `origin/main` would
/// choose what a change is compared with.
///
/// # Errors
/// When git says so, or cannot be run.
pub fn one_meaning(repository: &Path, place: &str) -> Result<()> {
    let output = git(repository)
        .args(["-c", "core.warnAmbiguousRefs=true"])
        .args(["rev-parse", "--verify", "--end-of-options", place])
        .env("LC_ALL", "C")
        .output()
        .context("cannot run `git`")?;
    if String::from_utf8_lossy(&output.stderr).contains("is ambiguous") {
        let (revision, _) = parts(place);
        let whole = "write the whole name, such as `refs/heads/main` or `refs/remotes/origin/main`";
        let advice = match revision.starts_with("refs/") {
            true => {
                "`git for-each-ref` lists them; delete the one that is none, which may be a tag of that name"
            }
            false => whole,
        };
        bail!(
            "`{revision}` is the name of several revisions, such as a branch and a tag: {advice}"
        );
    }
    Ok(())
}

/// Refuses a repository without a checkout in which one is: git takes any folder with the right files for one, whoever put them there, and
/// its revisions and settings would be theirs. Who names it in `GIT_DIR` means it.
///
/// # Errors
/// When it is one.
pub fn no_made_up(repository: &Path) -> Result<()> {
    let Ok(folder) = ask(repository, &["rev-parse", "--absolute-git-dir"]) else {
        // git says why when it is asked for something
        return Ok(());
    };
    let folder = Path::new(folder.trim_end_matches('\n')).canonicalize()?;
    let is_inside = repository.canonicalize()?.starts_with(&folder);
    if is_inside && !is_set("GIT_DIR") {
        bail!(
            "`{}` is a repository of git that any files of that shape make: name a folder of a checkout with `--repository`, or that repository in `GIT_DIR`",
            folder.display()
        );
    }
    Ok(())
}

/// Refuses what git would take for something else because of `GIT_DIR`, which it sets in hooks of linked checkouts: it passes over
/// `--repository`, and takes the current folder for the top of the checkout.
///
/// # Errors
/// When it would.
pub fn no_other(repository: &Path, place: &str) -> Result<()> {
    if is_set("GIT_DIR") && repository != Path::new(".") {
        bail!(
            "`--repository` and `GIT_DIR` both say what repository is meant: take one of them out"
        );
    }
    let (revision, path) = parts(place);
    let is_from_here = path.starts_with("./") || path.starts_with("../");
    if is_from_here && is_elsewhere() {
        return Err(unplaced(path, revision));
    }
    Ok(())
}

/// Whether git does not look for the top of the checkout, nor is told where it is.
fn is_elsewhere() -> bool {
    match env::var_os("GIT_WORK_TREE") {
        Some(tree) => !Path::new(&tree).is_absolute(),
        None => is_set("GIT_DIR"),
    }
}

fn is_set(name: &str) -> bool {
    env::var_os(name).is_some()
}

/// What git does not say with `GIT_DIR` alone.
fn unplaced(path: impl Display, revision: &str) -> Error {
    anyhow!(
        "with `GIT_DIR` or `GIT_WORK_TREE`, as in a hook, git does not say where `{path}` was in `{revision}`: set `GIT_WORK_TREE` to the top of the checkout, from `/` on, or take both out"
    )
}

/// Where files of a revision are, from the top of the repository: of names as [`super::read`] gives them.
///
/// # Errors
/// When git cannot be run.
pub fn places(repository: &Path, files: &[Source]) -> Result<Vec<String>> {
    let prefix = ask(repository, &["rev-parse", "--show-prefix"])?;
    let place = |file: &Source| {
        let (_, path) = parts(&file.name);
        let is_from_here = path.starts_with("./") || path.starts_with("../");
        let from = if is_from_here { prefix.trim_end() } else { "" };
        let mut place: Vec<&str> = Vec::new();
        for part in from.split('/').chain(path.split('/')) {
            match part {
                "" | "." => {}
                ".." => drop(place.pop()),
                part => place.push(part),
            }
        }
        place.join("/")
    };
    Ok(files.iter().map(place).collect())
}

/// Revision and path of `REV:PATH`. A revision can have a `:` between braces: `main@{2026-11-22 12:00}`, `HEAD^{/fix: x}`.
pub fn parts(place: &str) -> (&str, &str) {
    let mut depth = 0_u32;
    let colon = place.find(|letter| {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == ':' && depth == 0
    });
    let colon = colon.unwrap_or(place.len());
    (&place[..colon], place.get(colon + 1..).unwrap_or_default())
}

/// Whether it is a file or folder, and no `REV:PATH`. Whoever may add a file must not choose what a change is compared with: one with a `:`
/// in its name says where it is.
pub fn is_path(place: &str) -> bool {
    let (_, inside) = parts(place);
    inside.is_empty() && !place.ends_with(':')
        || ["/", "./", "../"]
            .iter()
            .any(|begin| place.starts_with(begin))
}

/// `REV:PATH` for a path as it is written here, links and all, where that is in the repository.
///
/// # Errors
/// Where git does not say what folder the repository is of: what is here must not be taken for what was there.
pub fn in_revision(repository: &Path, revision: &str, path: &Path) -> Result<Option<String>> {
    if is_elsewhere() {
        return Err(unplaced(path.display(), revision));
    }
    let top = ask(repository, &["rev-parse", "--show-toplevel"])?;
    let top = Path::new(top.trim_end_matches('\n')).canonicalize()?;
    let here = Path::new(".").canonicalize()?;
    let mut whole = PathBuf::new();
    for part in here.join(path).components() {
        match part {
            Component::ParentDir => drop(whole.pop()),
            part => whole.push(part),
        }
    }
    // a link that leads to the repository is followed, one inside of it is what it is in the revision
    let mut folders: Vec<&Path> = whole.ancestors().collect();
    folders.reverse();
    let is_top = |folder: &&Path| folder.canonicalize().is_ok_and(|real| real == top);
    let Some(top) = folders.into_iter().find(is_top) else {
        return Ok(None);
    };
    let inside = whole.strip_prefix(top)?.to_str();
    let inside = inside.with_context(|| format!("`{}` is no text", path.display()))?;
    Ok(Some(format!("{revision}:{inside}")))
}

#[cfg(test)]
mod tests {
    use super::{is_path, parts};

    #[test]
    fn a_revision_ends_at_the_first_colon_outside_of_braces() {
        for (place, revision, path) in [
            ("main:access", "main", "access"),
            (
                "main@{2026-11-22 12:00}:a:b",
                "main@{2026-11-22 12:00}",
                "a:b",
            ),
            ("HEAD^{/fix: x}:", "HEAD^{/fix: x}", ""),
            ("HEAD^{/fix: x}", "HEAD^{/fix: x}", ""),
            ("}:access", "}", "access"),
        ] {
            assert_eq!(parts(place), (revision, path), "{place}");
        }
    }

    #[test]
    fn what_could_be_a_revision_is_no_path() {
        for path in [
            "access",
            "./main:access",
            "/a/main:access",
            "../main:access",
            "-",
        ] {
            assert!(is_path(path), "{path}");
        }
        for revision in ["main:access", "refs/heads/main:.", "main:", ":access"] {
            assert!(!is_path(revision), "{revision}");
        }
    }
}
