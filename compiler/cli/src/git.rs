//! Files of a revision, asked of `git` itself. Nothing is checked out.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use anyhow::{Context, Result, bail};
use compiler::source::Source;

/// Most bytes of one file; the compiler refuses far smaller ones, and says so.
const MOST: u64 = 64 << 20;

/// Every YAML file below `REV:PATH`, sorted, or the one file that it is.
///
/// # Errors
/// When git cannot be run, or knows no such revision or path.
pub fn read(repository: &Path, place: &str) -> Result<Vec<Source>> {
    // `REV:.` is no path to git
    let here = place
        .strip_suffix(":.")
        .map(|revision| format!("{revision}:./"));
    let place = here.as_deref().unwrap_or(place);
    if place.starts_with('-') {
        bail!("`{place}` is no revision");
    }
    if kind(repository, place)? == "blob" {
        let object = ask(
            repository,
            &["rev-parse", "--verify", "--end-of-options", place],
        )?;
        let object = object
            .trim()
            .trim_start_matches("--end-of-options")
            .trim_start()
            .to_owned();
        return blobs(repository, vec![(place.to_owned(), object)]);
    }
    let listing = ask(
        repository,
        &["ls-tree", "-r", "-z", "--end-of-options", place],
    )?;
    let entries = listing.split('\0').filter_map(|entry| {
        let (about, name) = entry.split_once('\t')?;
        let mut about = about.split(' ').skip(1);
        let (kind, object) = (about.next()?, about.next()?);
        let hidden = name.split('/').any(|part| part.starts_with('.'));
        let yaml = name.ends_with(".yaml") || name.ends_with(".yml");
        let between = if place.ends_with([':', '/']) { "" } else { "/" };
        (kind == "blob" && yaml && !hidden)
            .then(|| (format!("{place}{between}{name}"), object.to_owned()))
    });
    let mut entries: Vec<(String, String)> = entries.collect();
    entries.sort();
    if entries.is_empty() {
        bail!("no `.yaml` or `.yml` file in `{place}`");
    }
    blobs(repository, entries)
}

fn kind(repository: &Path, place: &str) -> Result<String> {
    let kind = ask(repository, &["cat-file", "-t", place])?;
    Ok(kind.trim().to_owned())
}

fn ask(repository: &Path, arguments: &[&str]) -> Result<String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(repository)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .context("cannot run `git`")?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        let first = errors.lines().next().unwrap_or("it failed");
        bail!("git says: {}", first.trim_start_matches("fatal: "));
    }
    String::from_utf8(output.stdout).context("git lists a name that is not UTF-8")
}

/// The contents of objects, by one process: it is told the names while it is being read.
fn blobs(repository: &Path, entries: Vec<(String, String)>) -> Result<Vec<Source>> {
    let mut child = Command::new("git")
        .arg("-C")
        .arg(repository)
        .args(["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("cannot run `git`")?;
    let sources = contents(&mut child, &entries);
    let status = child.wait().context("cannot run `git`")?;
    if !status.success() {
        bail!("git cannot read its own objects");
    }
    sources
}

fn contents(child: &mut Child, entries: &[(String, String)]) -> Result<Vec<Source>> {
    let (Some(mut to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
        bail!("cannot talk to `git`")
    };
    let mut from = std::io::BufReader::new(from);
    let names: String = entries
        .iter()
        .map(|(_, object)| format!("{object}\n"))
        .collect();
    thread::scope(|scope| {
        // what git cannot be told shows in what it answers
        scope.spawn(move || drop(to.write_all(names.as_bytes())));
        entries
            .iter()
            .map(|(name, _)| {
                let bytes = content(&mut from)
                    .with_context(|| format!("git does not say what is in `{name}`"))?;
                let name = name.clone();
                Ok(Source { name, bytes })
            })
            .collect()
    })
}

/// One object: `ID blob SIZE`, the bytes, a line feed.
fn content(from: &mut impl std::io::BufRead) -> Result<Vec<u8>> {
    let mut header = String::new();
    from.read_line(&mut header)?;
    let size = header.trim_end().rsplit(' ').next();
    let size: u64 = size
        .and_then(|size| size.parse().ok())
        .context("it is no file")?;
    let mut bytes = Vec::new();
    from.take(size.min(MOST)).read_to_end(&mut bytes)?;
    let rest = size.saturating_sub(MOST).saturating_add(1);
    std::io::copy(&mut from.take(rest), &mut std::io::sink())?;
    Ok(bytes)
}
