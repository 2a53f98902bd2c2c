//! A folder of results, written as a whole or not at all: first beside its place, then renamed.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Name of the file that lists what is ours, so that a later run may replace it.
pub const LIST: &str = ".modelgate";

/// Writes files, named by their path inside the folder.
///
/// # Errors
/// When the folder holds something that an earlier run did not write, or a file cannot be written; then nothing is changed.
pub fn write(folder: &Path, files: &[(String, Vec<u8>)]) -> Result<()> {
    let replaces = replaceable(folder)?;
    let place = std::path::absolute(folder).with_context(|| cannot_write(folder))?;
    let (new, old) = (beside(&place, "new")?, beside(&place, "old")?);
    let written = fill(&new, files).and_then(|()| swap(&new, &place, &old, replaces));
    if written.is_err() {
        drop(fs::remove_dir_all(&new));
    }
    written.with_context(|| cannot_write(folder))
}

fn fill(new: &Path, files: &[(String, Vec<u8>)]) -> Result<()> {
    fs::create_dir_all(new)?;
    let mut list = String::new();
    for (name, bytes) in files {
        let path = new.join(name);
        fs::create_dir_all(path.parent().unwrap_or(new))?;
        fs::write(path, bytes)?;
        list.push_str(name);
        list.push('\n');
    }
    fs::write(new.join(LIST), list)?;
    Ok(())
}

fn swap(new: &Path, place: &Path, old: &Path, replaces: bool) -> Result<()> {
    if !replaces {
        return Ok(fs::rename(new, place)?);
    }
    fs::rename(place, old)?;
    if let Err(error) = fs::rename(new, place) {
        fs::rename(old, place)?;
        return Err(error.into());
    }
    fs::remove_dir_all(old)
        .context("the results are written, but the earlier ones are left beside them")
}

/// Whether there is a folder to replace: an empty one, or one in which everything is ours.
fn replaceable(folder: &Path) -> Result<bool> {
    match fs::symlink_metadata(folder) {
        Err(_) => return Ok(false),
        Ok(found) if !found.is_dir() => bail!("`{}` is no folder", folder.display()),
        Ok(_) => {}
    }
    let own = written(folder);
    let mut found = Vec::new();
    contents(folder, &mut found).with_context(|| format!("cannot read `{}`", folder.display()))?;
    if let Some(foreign) = found.iter().find(|path| !own.contains(*path)) {
        bail!(
            "`{}` holds `{}`, which is not ours: name an empty folder",
            folder.display(),
            foreign.display()
        );
    }
    Ok(true)
}

/// What an earlier run wrote into a folder, and its list; nothing where it wrote none.
pub fn written(folder: &Path) -> BTreeSet<PathBuf> {
    let place = folder.join(LIST);
    let is_file = fs::symlink_metadata(&place).is_ok_and(|found| found.is_file());
    let list = is_file.then(|| fs::read_to_string(&place).unwrap_or_default());
    let names = list.iter().flat_map(|list| list.lines()).chain([LIST]);
    names.map(|name| folder.join(name)).collect()
}

fn contents(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            contents(&entry.path(), found)?;
        } else {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(())
}

fn beside(place: &Path, what: &str) -> Result<PathBuf> {
    let name = place
        .file_name()
        .with_context(|| format!("`{}` is no name of a folder", place.display()))?;
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{what}.{}", std::process::id()));
    let parent = place.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(parent)?;
    Ok(parent.join(hidden))
}

fn cannot_write(folder: &Path) -> String {
    format!("cannot write `{}`", folder.display())
}
