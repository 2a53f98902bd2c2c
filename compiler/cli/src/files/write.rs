//! Files written anew, or where nothing is: each as a whole, or not at all.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};

/// Writes a file anew: first beside its place, then renamed, so that nobody sees half of it. A link is followed.
///
/// # Errors
/// When it cannot be written, or its owner made it read-only; then it is as it was.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let cannot = || format!("cannot write `{}`", path.display());
    let place = fs::canonicalize(path).with_context(cannot)?;
    let before = fs::metadata(&place).with_context(cannot)?;
    // a rename asks for the folder alone
    if before.permissions().readonly() {
        return Err(anyhow!("it is read-only")).with_context(cannot);
    }
    let open = fs::OpenOptions::new().write(true).open(&place);
    drop(open.with_context(cannot)?);
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    let beside = place.with_file_name(format!(".{name}.new.{}", std::process::id()));
    let written = fs::write(&beside, bytes)
        .map(|()| give(&beside, &before))
        .and_then(|()| fs::set_permissions(&beside, before.permissions()))
        .and_then(|()| fs::rename(&beside, &place));
    if written.is_err() {
        drop(fs::remove_file(&beside));
    }
    written.with_context(cannot)
}

/// Gives a file to whom another one belongs, where we may: root may, as in a container, and must not make files its own.
#[cfg(unix)]
fn give(file: &Path, as_of: &fs::Metadata) {
    use std::os::unix::fs::{MetadataExt as _, chown};
    drop(chown(file, Some(as_of.uid()), Some(as_of.gid())));
}

#[cfg(not(unix))]
const fn give(_: &Path, _: &fs::Metadata) {}

/// Writes files only where nothing is, and the folders that they are in: all of them, or none.
///
/// # Errors
/// When something is there, or one cannot be written; then none is.
pub fn create(files: &[(PathBuf, String)]) -> Result<()> {
    let there = |(path, _): &&(PathBuf, String)| path.symlink_metadata().is_ok();
    if let Some((path, _)) = files.iter().find(there) {
        bail!("`{}` is there already: nothing was written", path.display());
    }
    for (number, (path, text)) in files.iter().enumerate() {
        let created = create_one(path, text);
        if created.is_err() {
            let written = files.iter().take(number);
            written.for_each(|(path, _)| drop(fs::remove_file(path)));
            return created;
        }
    }
    Ok(())
}

fn create_one(path: &Path, text: &str) -> Result<()> {
    let cannot = || format!("cannot write `{}`", path.display());
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).with_context(cannot)?;
    }
    let new = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path);
    let written = new.with_context(cannot)?.write_all(text.as_bytes());
    if written.is_err() {
        drop(fs::remove_file(path));
    }
    written.with_context(cannot)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_files_or_none() {
        let folder = std::env::temp_dir().join(format!("modelgate-create-{}", std::process::id()));
        let file = |name: &str| (folder.join(name), "text".to_owned());
        // the last would be in a folder that is a file
        let error = create(&[file("a"), file("b/c"), file("a/d")]).unwrap_err();
        assert!(error.to_string().starts_with("cannot write"), "{error}");
        assert!(!folder.join("a").exists() && !folder.join("b/c").exists());
        create(&[file("a"), file("b/c")]).unwrap();
        assert!(create(&[file("d"), file("a")]).is_err());
        assert_eq!(fs::read_to_string(folder.join("a")).unwrap(), "text");
        assert!(!folder.join("d").exists());
        fs::remove_dir_all(folder).unwrap();
    }
}
