//! Files of a revision, asked of `git` itself. Nothing is checked out.

mod links;
mod missing;
mod names;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;

use anyhow::{Context, Result, bail};
use compiler::source::Source;

use crate::own::Own;
use crate::{files, folder};

pub use missing::is_revision;
pub use names::{in_revision, is_path, parts, places};

/// Git's mode of a link.
const LINK: &str = "120000";
/// Git's mode of another repository's commit.
const SUBMODULE: &str = "160000";

/// Every YAML file below `REV:PATH`, sorted, or the one file that it is. As for git, a path that begins with `./` or `../` counts
/// from the folder, and any other from the top of the repository. Links are followed inside of what is asked for.
///
/// # Errors
/// When git cannot be run, or knows no such revision or path, or something there could be policy and cannot be read.
pub fn read(repository: &Path, place: &str) -> Result<Own> {
    // `REV:.` and `REV:..` are no paths to git
    let is_bare = place.ends_with(":.") || place.ends_with(":..") || place.ends_with("/..");
    let place = &format!("{place}{}", if is_bare { "/" } else { "" });
    if place.starts_with('-') || place.contains('\n') {
        bail!("`{place}` is no revision");
    }
    names::no_other(repository, place)?;
    names::no_made_up(repository)?;
    let target = follow(repository, &[Named::of(place, place)]);
    let target = target.and_then(|all| all.into_iter().next().context("git says nothing"));
    if target.is_err() {
        // says what is wrong with it
        let arguments = ["rev-parse", "--verify", "--end-of-options", place];
        ask(repository, &arguments).map_err(|said| missing::why(repository, place, said))?;
    }
    names::one_meaning(repository, place)?;
    match target? {
        Target::File(object) => blobs(repository, &[(place.to_owned(), object)]).map(Own::named),
        Target::Folder(tree) => {
            let Entries { files, lists } = entries(repository, place, &tree)?;
            if files.is_empty() {
                bail!("no `.yaml` or `.yml` file in `{place}`");
            }
            let written = written(repository, &lists)?;
            Own::sifted(blobs(repository, &files)?, &written)
        }
    }
}

/// What is below a tree.
#[derive(Default)]
struct Entries {
    /// the YAML files
    files: Vec<(String, String)>,
    /// those that say what `compile` wrote beside them
    lists: Vec<(String, String)>,
}

/// Names of files that `compile` wrote, as their folders' lists say.
fn written(repository: &Path, lists: &[(String, String)]) -> Result<BTreeSet<String>> {
    let mut written = BTreeSet::new();
    for Source { name, bytes } in blobs(repository, lists)? {
        let folder = name.strip_suffix(folder::LIST).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        written.extend(text.lines().map(|file| format!("{folder}{file}")));
    }
    Ok(written)
}

/// Names and objects of what is below a tree: each file once, by the name that a folder's reader meets first.
fn entries(repository: &Path, place: &str, tree: &str) -> Result<Entries> {
    // without `--full-tree`, names are left out that are not below the current folder's
    let listing = ask(repository, &["ls-tree", "-r", "-z", "--full-tree", tree])?;
    let between = if place.ends_with([':', '/']) { "" } else { "/" };
    let (mut links, mut followed) = (Vec::new(), Vec::new());
    let mut entries = Entries::default();
    for entry in listing.split_terminator('\0') {
        let (about, name) = entry.split_once('\t').context("git lists no name")?;
        let mut about = about.split(' ');
        let (mode, object) = (about.next().unwrap_or_default(), about.nth(1));
        let object = object.context("git lists no object")?;
        let shown = format!("{place}{between}{name}");
        let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
        // the folder that is asked for is read as a whole
        let is_list = file == folder::LIST && !folder.is_empty() && mode != LINK;
        if is_list && !is_hidden(folder) {
            entries.lists.push((shown, object.to_owned()));
            continue;
        }
        if mode == LINK {
            links.push((name.to_owned(), object.to_owned()));
        }
        if is_hidden(name) {
            continue;
        }
        let yaml = files::is_yaml(Path::new(name));
        match mode {
            LINK => followed.push(Named::of(&format!("{tree}:{name}"), &shown)),
            SUBMODULE => bail!(
                "`{shown}` is a submodule, whose files are not in the revision: name a folder without it, or a checkout of both"
            ),
            _ if yaml => entries.files.push((shown, object.to_owned())),
            _ => {}
        }
    }
    entries.files.extend(behind(repository, &followed)?);
    let files = &mut entries.files;
    files.sort_by(|(one, _), (other, _)| one.split('/').cmp(other.split('/')));
    links::once(repository, &links, place.len() + between.len(), files)?;
    Ok(entries)
}

/// The YAML files that links lead to, by the links' names, and their objects.
fn behind(repository: &Path, links: &[Named]) -> Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for (Named { shown, .. }, target) in links.iter().zip(follow(repository, links)?) {
        match target {
            Target::File(object) if files::is_yaml(Path::new(shown)) => {
                files.push((shown.clone(), object));
            }
            Target::File(_) => {}
            Target::Folder(_) => bail!(
                "`{shown}` is a link to a folder, which is not followed in a revision: put the files themselves there, or take the link out"
            ),
        }
    }
    Ok(files)
}

fn is_hidden(name: &str) -> bool {
    name.split('/').any(|part| part.starts_with('.'))
}

/// What a name leads to.
enum Target {
    /// the object of a file
    File(String),
    /// the object of a tree, or of a commit that has one
    Folder(String),
}

/// A name of an object, and how it is told.
struct Named {
    name: String,
    shown: String,
}

impl Named {
    fn of(name: &str, shown: &str) -> Self {
        Self {
            name: name.to_owned(),
            shown: shown.to_owned(),
        }
    }
}

/// What names lead to, by one process: links are followed inside of the tree that each name begins with.
fn follow(repository: &Path, names: &[Named]) -> Result<Vec<Target>> {
    if let Some(Named { shown, .. }) = names.iter().find(|named| named.name.contains('\n')) {
        let shown = shown.escape_debug();
        bail!("`{shown}` is a link with a line feed in its name");
    }
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let asked = names.iter().map(|named| named.name.as_str());
    let arguments = ["cat-file", "--batch-check", "--follow-symlinks"];
    let (targets, _) = answered(repository, &arguments, asked, |from| {
        names.iter().map(|named| target(from, named)).collect()
    })?;
    targets
}

/// `OBJECT KIND SIZE`, or why there is none, and then where a link leads.
fn target(from: &mut impl BufRead, Named { shown, .. }: &Named) -> Result<Target> {
    let mut line = String::new();
    from.read_line(&mut line)?;
    let words: Vec<&str> = line.trim_end().split(' ').collect();
    let mut leads = || -> Result<String> {
        let size = words.get(1).and_then(|size| size.parse().ok());
        let mut bytes = Vec::new();
        from.take(size.unwrap_or_default())
            .read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).escape_debug().to_string())
    };
    match words[..] {
        ["symlink", _] => bail!(
            "`{shown}` is a link that leads out of what is compared, to `{}`: name a folder that holds both, or put the file itself there",
            leads()?
        ),
        ["dangling", _] => {
            bail!("`{shown}` is a link that leads nowhere in the revision: mend it, or take it out")
        }
        ["loop" | "notdir", _] => {
            bail!("`{shown}` is a link that leads to no file: mend it, or take it out")
        }
        [object, "blob", _] => Ok(Target::File(object.to_owned())),
        [object, "tree" | "commit" | "tag", _] => Ok(Target::Folder(object.to_owned())),
        _ => bail!("git does not say what `{shown}` is"),
    }
}

/// Git about a repository.
fn git(repository: &Path) -> Command {
    let mut git = Command::new("git");
    git.arg("-C").arg(repository).stdin(Stdio::null());
    git
}

fn ask(repository: &Path, arguments: &[&str]) -> Result<String> {
    let output = git(repository)
        .args(arguments)
        .output()
        .context("cannot run `git`")?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        let first = errors.lines().next().unwrap_or("it failed");
        bail!("git says: {}", first.trim_start_matches("fatal: "));
    }
    String::from_utf8(output.stdout).context("git lists a name that is not UTF-8")
}

/// What git answers to names, by one process: it is told them while it is being read. And whether it ended well.
fn answered<'n, A>(
    repository: &Path,
    arguments: &[&str],
    names: impl Iterator<Item = &'n str>,
    read: impl FnOnce(&mut BufReader<ChildStdout>) -> A,
) -> Result<(A, bool)> {
    let mut child: Child = git(repository)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("cannot run `git`")?;
    let (Some(mut to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
        bail!("cannot talk to `git`")
    };
    let lines: String = names.map(|name| format!("{name}\n")).collect();
    let answer = thread::scope(|scope| {
        // what git cannot be told shows in what it answers
        scope.spawn(move || drop(to.write_all(lines.as_bytes())));
        // what is not read any more is not waited for
        read(&mut BufReader::new(from))
    });
    let status = child.wait().context("cannot run `git`")?;
    Ok((answer, status.success()))
}

/// The contents of objects.
fn blobs(repository: &Path, entries: &[(String, String)]) -> Result<Vec<Source>> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let asked = entries.iter().map(|(_, object)| object.as_str());
    let contents = |from: &mut BufReader<ChildStdout>| {
        let content = |(name, _): &(String, String)| {
            let bytes =
                content(from).with_context(|| format!("git does not say what is in `{name}`"))?;
            let name = files::plain(Some(name), || name.clone())?;
            Ok(Source { name, bytes })
        };
        entries.iter().map(content).collect()
    };
    let (sources, ended) = answered(repository, &["cat-file", "--batch"], asked, contents)?;
    if !ended {
        bail!("git cannot read its own objects");
    }
    sources
}

/// One object: `ID blob SIZE`, the bytes, a line feed.
fn content(from: &mut impl BufRead) -> Result<Vec<u8>> {
    let mut header = String::new();
    from.read_line(&mut header)?;
    let size = header.trim_end().rsplit(' ').next();
    let size: u64 = size
        .and_then(|size| size.parse().ok())
        .context("it is no file")?;
    let mut object = from.take(size);
    let bytes = files::ours(&mut object)?;
    // what was not read of it, and the line feed
    let rest = object.limit().saturating_add(1);
    std::io::copy(&mut object.into_inner().take(rest), &mut std::io::sink())?;
    Ok(bytes)
}
