//! Paths in, sources out: files, folders with everything below them, and standard input.

mod write;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use compiler::diagnostic::is_unseen;
use compiler::source::Source;
use compiler::syntax::meant::{LARGEST, is_large, mentions_us};

use crate::{both, folder};

pub use write::{create, replace};

/// Most bytes that are looked at of one file.
const MOST: u64 = 64 << 20;

/// Bytes that most files do not have.
const USUAL: usize = 4096;

/// The name of standard input.
pub const STDIN: &str = "<stdin>";

/// Reads a file, whole or in part.
pub type Reader = fn(&mut dyn Read) -> io::Result<Vec<u8>>;

/// Reads what the paths name, each file once.
///
/// # Errors
/// When a path cannot be read, or a folder holds no YAML file.
pub fn read(paths: &[PathBuf], input: &mut dyn BufRead, reader: Reader) -> Result<Vec<Source>> {
    let groups = groups(paths, input, reader)?;
    Ok(groups.into_iter().flat_map(|group| group.sources).collect())
}

/// What one path names.
pub struct Group {
    /// the files
    pub sources: Vec<Source>,
    /// whether it is a folder, in which others may have files, too
    pub is_folder: bool,
    /// files in it of which a list says that `compile` wrote them
    pub written: BTreeSet<String>,
}

/// Reads what each of the paths names, each file once.
///
/// # Errors
/// When a path cannot be read, or a folder holds no YAML file.
pub fn groups(paths: &[PathBuf], input: &mut dyn BufRead, reader: Reader) -> Result<Vec<Group>> {
    let mut seen = BTreeSet::new();
    let mut groups = Vec::new();
    for path in paths {
        let mut group = Group {
            sources: Vec::new(),
            is_folder: false,
            written: BTreeSet::new(),
        };
        if path.as_os_str() == "-" {
            group.sources.push(Source {
                name: STDIN.into(),
                bytes: reader(input).context("cannot read standard input")?,
            });
        } else {
            let mut found = expand(path)?;
            found.files.retain(|file| seen.insert(file.place.clone()));
            let read = both::each(&found.files, |file| source(&file.path, reader))?;
            group.sources = read.into_iter().collect::<Result<_>>()?;
            group.is_folder = found.is_folder;
            group.written = found.written;
        }
        groups.push(group);
    }
    Ok(groups)
}

/// A file, and where it really is.
struct Found {
    path: PathBuf,
    place: PathBuf,
}

/// What a path leads to.
#[derive(Default)]
struct Expanded {
    files: Vec<Found>,
    is_folder: bool,
    written: BTreeSet<String>,
}

fn expand(path: &Path) -> Result<Expanded> {
    let is_folder = fs::metadata(path).with_context(|| cannot_read(path))?;
    let place = real(path);
    let mut expanded = Expanded::default();
    if !is_folder.is_dir() {
        let path = path.to_owned();
        expanded.files.push(Found { path, place });
        return Ok(expanded);
    }
    expanded.is_folder = true;
    walk(path, &place, &mut Folders::new(), &mut expanded)?;
    if expanded.files.is_empty() {
        bail!("no `.yaml` or `.yml` file in `{}`", path.display());
    }
    Ok(expanded)
}

impl Expanded {
    /// Notes what of a folder's files `compile` wrote, as its list says.
    fn note_written(&mut self, folder: &Path) {
        let written = folder::written(folder);
        let names = written.iter().filter_map(|path| name(path).ok());
        self.written.extend(names);
    }
}

/// Without links; a path that has no such place is its own.
fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// Folders, by where they really are: none is read twice, however many links lead to it.
type Folders = BTreeSet<PathBuf>;

/// Every YAML file below a folder, sorted; nothing hidden. `place` is where the folder really is, so that only links need to be
/// followed.
fn walk(folder: &Path, place: &Path, folders: &mut Folders, expanded: &mut Expanded) -> Result<()> {
    if !folders.insert(place.to_owned()) {
        return Ok(());
    }
    let entries = fs::read_dir(folder).with_context(|| cannot_read(folder))?;
    let mut entries = entries
        .collect::<Result<Vec<_>, _>>()
        .with_context(|| cannot_read(folder))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        let path = entry.path();
        let mut kind = entry.file_type().with_context(|| cannot_read(&path))?;
        let mut place = place.join(entry.file_name());
        if kind.is_symlink() {
            (kind, place) = led(&path, &place)?;
        }
        let yaml = is_yaml(&path);
        if kind.is_dir() {
            walk(&path, &place, folders, expanded)?;
            expanded.note_written(&path);
        } else if yaml && kind.is_file() {
            expanded.files.push(Found { path, place });
        } else if yaml {
            bail!(
                "`{}` is no file but a pipe, a socket or a device: take it away, or give it another name",
                path.display()
            );
        }
    }
    Ok(())
}

/// Whether a file is YAML by its name, as other programs take it: also in capitals, as some systems write an extension.
pub fn is_yaml(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default();
    ["yaml", "yml"]
        .iter()
        .any(|yaml| extension.eq_ignore_ascii_case(yaml))
}

/// What a link leads to, and where that really is. `beside` is where the link itself is.
fn led(link: &Path, beside: &Path) -> Result<(fs::FileType, PathBuf)> {
    let leads = || {
        let to = fs::read_link(link).unwrap_or_default();
        format!("`{}` is a link to `{}`", link.display(), to.display())
    };
    let followed = fs::canonicalize(link).and_then(|place| Ok((fs::metadata(&place)?, place)));
    let (found, place) = followed.with_context(|| {
        let leads = leads();
        format!("{leads}, which cannot be read: mend the link, or take it away")
    })?;
    if found.is_dir() && beside.starts_with(&place) {
        bail!("{}, the folder that it is in: take it away", leads());
    }
    Ok((found.file_type(), place))
}

fn source(path: &Path, reader: Reader) -> Result<Source> {
    let mut file = File::open(path).with_context(|| cannot_read(path))?;
    let bytes = reader(&mut file).with_context(|| cannot_read(path))?;
    Ok(Source {
        name: name(path)?,
        bytes,
    })
}

/// As git names it, and as CI finds it beside a change; a colon makes it no path of a revision, which never begins with a dot.
fn name(path: &Path) -> Result<String> {
    let path = path.strip_prefix(".").unwrap_or(path);
    let name = plain(path.to_str(), || path.display().to_string())?;
    let looks_like_a_revision = name.contains(':') && !name.starts_with(['/', '.']);
    Ok(if looks_like_a_revision {
        format!("./{name}")
    } else {
        name
    })
}

/// A file's name, which stands in whatever is told of it: on a terminal, in annotations, in reports.
///
/// # Errors
/// When it holds control characters, or bytes that are no text.
pub fn plain(name: Option<&str>, shown: impl FnOnce() -> String) -> Result<String> {
    match name.filter(|name| !name.contains(is_unseen)) {
        Some(name) => Ok(name.to_owned()),
        None => bail!(
            "the name of `{}` has characters that cannot be shown: give it another name",
            shown()
        ),
    }
}

/// All of a file, which is of others.
///
/// # Errors
/// When it cannot be read.
pub fn whole(from: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MOST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// All of a file that may be ours. Of a larger one, which is never read as YAML, a part that is larger than ours may be will do: one that
/// mentions us, where one does. So it does not matter how large the files are that stand beside ours.
///
/// # Errors
/// When it cannot be read.
pub fn ours(from: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut from = from.take(MOST);
    // most files are shorter, and then it is one call to read and one to see the end
    let mut bytes = Vec::with_capacity(USUAL);
    let mut read = |part: usize, bytes: &mut Vec<u8>| {
        let part = u64::try_from(part).unwrap_or(u64::MAX);
        from.by_ref().take(part).read_to_end(bytes)
    };
    read(LARGEST + 1, &mut bytes)?;
    while is_large(&bytes) && !mentions_us(&bytes) {
        // a word that is cut is whole in the next part
        let more = read(LARGEST - USUAL, &mut bytes)?;
        if more == 0 {
            break;
        }
        bytes.drain(..more);
    }
    Ok(bytes)
}

fn cannot_read(path: &Path) -> String {
    format!("cannot read `{}`", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colon_makes_no_revision() {
        let named = |path: &str| name(Path::new(path)).unwrap();
        assert_eq!(named("./risk/a.yaml"), "risk/a.yaml");
        assert_eq!(named("./fraud/x:risk/a.yaml"), "./fraud/x:risk/a.yaml");
        assert_eq!(named("fraud/x:risk/a.yaml"), "./fraud/x:risk/a.yaml");
        assert_eq!(named("../x:risk/a.yaml"), "../x:risk/a.yaml");
        assert_eq!(named("/x:risk/a.yaml"), "/x:risk/a.yaml");
    }

    #[test]
    fn little_is_kept_of_a_large_file() {
        let kept = |text: &[u8]| ours(&mut &*text).unwrap();
        let small = vec![b'#'; LARGEST];
        assert_eq!(kept(&small), small);
        let large = vec![b'#'; 4 * LARGEST];
        assert_eq!(kept(&large).len(), LARGEST + 1);
        assert!(!mentions_us(&kept(&large)));
        let wide: Vec<u8> = "ModelGate"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        // also where one part ends and the next begins
        let ends = [LARGEST + 1, 2 * LARGEST + 1 - USUAL, 3 * LARGEST];
        for (word, end) in [b"modelgate".as_slice(), &wide]
            .into_iter()
            .flat_map(|word| ends.map(|end| (word, end)))
        {
            for start in [end - word.len() / 2, end] {
                let mut text = large.clone();
                text.splice(start..start, word.iter().copied());
                let kept = kept(&text);
                assert!(is_large(&kept) && mentions_us(&kept), "{start}");
                assert!(kept.len() <= LARGEST + 1, "{start}");
            }
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_name_that_is_no_text_is_refused() {
        use std::os::unix::ffi::OsStrExt as _;
        let name = format!("modelgate-name-{}-", std::process::id());
        let name = [name.as_bytes(), b"\xff.yaml"].concat();
        let name = std::env::temp_dir().join(std::ffi::OsStr::from_bytes(&name));
        fs::write(&name, "a: 1").unwrap();
        let read = read(std::slice::from_ref(&name), &mut &b""[..], ours);
        fs::remove_file(&name).unwrap();
        let error = read.unwrap_err().to_string();
        assert!(error.contains("cannot be shown"), "{error}");
    }
}
