//! A folder for the files of one provider, private and removed at the end: there are keys among them.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tests::setup::project;

/// It is removed when this is dropped.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// An empty one of this name, for this process.
    pub fn new(name: &str) -> Result<Self> {
        let path = of_this_process().join(name);
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&path)
            .with_context(|| format!("make `{}`", path.display()))?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        remove(&self.0);
        // the last one of this process takes the folder around them along; before that it is not empty
        let _ = fs::remove_dir(of_this_process());
    }
}

/// Removes the folders of this process, whoever has them.
pub fn remove_all() {
    remove(&of_this_process());
}

fn of_this_process() -> PathBuf {
    project()
        .join("target/issuers")
        .join(std::process::id().to_string())
}

fn remove(path: &Path) {
    if path.exists()
        && let Err(error) = fs::remove_dir_all(path)
    {
        eprintln!("`{}` is not removed: {error}", path.display());
    }
}
