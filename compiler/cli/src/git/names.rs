//! Names of revisions, and of what is in them.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::ask;

/// Refuses a revision whose name means several: of a tag and a branch git takes the tag, and whoever may push a tag `origin/main` would
/// choose what a change is compared with.
///
/// # Errors
/// When git says so, or cannot be run.
pub fn one_meaning(repository: &Path, place: &str) -> Result<()> {
    let output = Command::new("git")
        .arg("-C")
        .arg(repository)
        .args(["-c", "core.warnAmbiguousRefs=true"])
        .args(["rev-parse", "--verify", "--end-of-options", place])
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()
        .context("cannot run `git`")?;
    if String::from_utf8_lossy(&output.stderr).contains("is ambiguous") {
        let revision = place
            .split_once(':')
            .map_or(place, |(revision, _)| revision);
        bail!(
            "`{revision}` is the name of several revisions, such as a branch and a tag: write the whole name, such as `refs/heads/main` or `refs/remotes/origin/main`"
        );
    }
    Ok(())
}

/// Whether the revision has something at `REV:PATH`.
pub fn has(repository: &Path, place: &str) -> bool {
    let arguments = ["rev-parse", "--verify", "--end-of-options", place];
    ask(repository, &arguments).is_ok()
}

/// `REV:PATH` for a file or folder that is here, where it is in the repository; whether the revision has it is not asked.
pub fn in_revision(repository: &Path, revision: &str, path: &Path) -> Option<String> {
    let top = ask(repository, &["rev-parse", "--show-toplevel"]).ok()?;
    let top = Path::new(top.trim_end_matches('\n')).canonicalize().ok()?;
    // a link is what it is in the revision
    let real = match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) if folder.as_os_str().is_empty() => {
            Path::new(".").canonicalize().ok()?.join(name)
        }
        (Some(folder), Some(name)) => folder.canonicalize().ok()?.join(name),
        _ => path.canonicalize().ok()?,
    };
    let inside = real.strip_prefix(&top).ok()?.to_str()?;
    Some(format!("{revision}:{inside}"))
}
