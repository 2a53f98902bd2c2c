//! Paths in, sources out: files, folders with everything below them, and standard input.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use compiler::source::Source;

/// Most bytes that are read of one file; the compiler refuses far smaller ones, and says so.
const MOST: u64 = 64 << 20;

/// The name of standard input.
pub const STDIN: &str = "<stdin>";

/// Writes a file anew: first beside its place, then renamed, so that nobody sees half of it. A link is followed.
///
/// # Errors
/// When it cannot be written; then it is as it was.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let cannot = || format!("cannot write `{}`", path.display());
    let place = fs::canonicalize(path).with_context(cannot)?;
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    let beside = place.with_file_name(format!(".{name}.new.{}", std::process::id()));
    let written = fs::write(&beside, bytes)
        .and_then(|()| fs::set_permissions(&beside, fs::metadata(&place)?.permissions()))
        .and_then(|()| fs::rename(&beside, &place));
    if written.is_err() {
        drop(fs::remove_file(&beside));
    }
    written.with_context(cannot)
}

/// Reads what the paths name, each file once.
///
/// # Errors
/// When a path cannot be read, or a folder holds no YAML file.
pub fn read(paths: &[PathBuf], input: &mut dyn BufRead) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    let mut seen = BTreeSet::new();
    for path in paths {
        if path.as_os_str() == "-" {
            sources.push(Source {
                name: STDIN.into(),
                bytes: bytes(input).context("cannot read standard input")?,
            });
            continue;
        }
        for file in expand(path)? {
            if seen.insert(fs::canonicalize(&file).unwrap_or_else(|_| file.clone())) {
                sources.push(source(&file)?);
            }
        }
    }
    Ok(sources)
}

fn expand(path: &Path) -> Result<Vec<PathBuf>> {
    if !fs::metadata(path)
        .with_context(|| cannot_read(path))?
        .is_dir()
    {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    walk(path, &mut files)?;
    if files.is_empty() {
        bail!("no `.yaml` or `.yml` file in `{}`", path.display());
    }
    Ok(files)
}

/// Every YAML file below a folder, sorted; nothing hidden, no links to folders.
fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| cannot_read(folder))?;
    let mut entries = entries
        .collect::<Result<Vec<_>, _>>()
        .with_context(|| cannot_read(folder))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let kind = entry.file_type().with_context(|| cannot_read(&path))?;
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        let yaml = path
            .extension()
            .is_some_and(|extension| extension == "yaml" || extension == "yml");
        if kind.is_dir() && !hidden {
            walk(&path, files)?;
        } else if yaml && !hidden && path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}

fn source(path: &Path) -> Result<Source> {
    let mut file = File::open(path).with_context(|| cannot_read(path))?;
    let bytes = bytes(&mut file).with_context(|| cannot_read(path))?;
    Ok(Source {
        name: path.display().to_string(),
        bytes,
    })
}

fn bytes(reader: &mut dyn Read) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MOST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn cannot_read(path: &Path) -> String {
    format!("cannot read `{}`", path.display())
}
