//! Where the project is, and the real components that `tests/setup` installs where they are missing.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The folder of the project.
#[must_use]
pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."))
}

/// Runs one script; its folder is the last line of its output.
///
/// # Errors
/// The component cannot be installed; its standard error says why.
pub fn component(name: &str) -> Result<PathBuf> {
    let script = project()
        .join("tests/setup")
        .join(name)
        .with_extension("sh");
    let output = Command::new(&script)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("run `{}`", script.display()))?;
    let text = String::from_utf8(output.stdout)?;
    match text.lines().last() {
        Some(folder) if output.status.success() => Ok(PathBuf::from(folder)),
        _ => bail!("`{}` ended with {}", script.display(), output.status),
    }
}
