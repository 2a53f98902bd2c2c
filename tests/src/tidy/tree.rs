//! The files of a work tree, without what is built, installed or hidden.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use proc_macro2::TokenStream;

const NOT_OURS: [&str; 4] = ["target", "node_modules", "__pycache__", "venv"];

/// A work tree and the text files in it.
pub struct Tree {
    /// where it stands
    pub root: PathBuf,
    /// every entry of its top level, by name
    pub top: Vec<String>,
    /// every file below, relative to the root, sorted
    pub files: Vec<PathBuf>,
}

impl Tree {
    /// Lists the tree at `root`.
    pub fn read(root: &Path) -> Result<Self> {
        let mut files = Vec::new();
        collect(root, root, &mut files)?;
        files.sort();
        let top = entries(root)?.iter().map(|path| name(path)).collect();
        Ok(Self {
            root: root.to_owned(),
            top,
            files,
        })
    }

    /// The files whose name ends in `.extension`.
    pub fn with_extension(&self, extension: &str) -> impl Iterator<Item = &Path> {
        let wanted = extension.to_owned();
        self.files
            .iter()
            .map(PathBuf::as_path)
            .filter(move |path| path.extension().is_some_and(|found| *found == *wanted))
    }

    /// The text of one file.
    pub fn text(&self, file: &Path) -> Result<String> {
        fs::read_to_string(self.root.join(file))
            .with_context(|| format!("cannot read `{}`", file.display()))
    }

    /// The tokens of one Rust file; their spans know their lines.
    pub fn tokens(&self, file: &Path) -> Result<TokenStream> {
        let parsed = self.text(file)?.parse::<TokenStream>();
        parsed.map_err(|error| anyhow::anyhow!("cannot parse `{}`: {error}", file.display()))
    }
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for path in entries(folder)? {
        let name = name(&path);
        if path.is_symlink()
            || (name.starts_with('.') && name != ".ci")
            || NOT_OURS.contains(&name.as_str())
        {
            continue;
        }
        if path.is_dir() {
            collect(root, &path, files)?;
        } else {
            files.push(path.strip_prefix(root)?.to_owned());
        }
    }
    Ok(())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let list =
        fs::read_dir(folder).with_context(|| format!("cannot list `{}`", folder.display()))?;
    let mut entries = list
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    entries.sort();
    Ok(entries)
}

fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
