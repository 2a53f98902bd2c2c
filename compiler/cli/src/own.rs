//! What of the paths is meant for us. In folders others have files, too: they are passed over, and told.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;
use std::path::{Path, PathBuf};

use anyhow::Result;
use compiler::source::Source;
use compiler::syntax::meant::{self, Meant};

use crate::files::{self, Group};
use crate::shown::{counted, printable};
use crate::{Terminal, both};

/// Most names of files that are told; whoever has more reads none.
const MOST: usize = 3;

/// Files that are meant for us, and what was passed over.
#[derive(Debug, Default)]
pub struct Own {
    /// without documents of other kinds
    pub sources: Vec<Source>,
    /// what stood beside them
    pub passed: Passed,
}

/// What was passed over, and what is not what it may seem.
#[derive(Debug, Default)]
pub struct Passed {
    /// files without a document of ours
    files: BTreeSet<String>,
    /// numbers of documents beside ours, by their files
    documents: BTreeMap<String, usize>,
    /// files that cannot be read, and do not mention us
    unreadable: BTreeSet<String>,
    /// paths of no checkout of the repository, which a revision was given all the same
    outside: BTreeSet<String>,
}

impl Own {
    /// Reads what the paths name, each file once. A file that is named is meant, whatever is in it.
    ///
    /// # Errors
    /// When a path cannot be read, or a folder holds no YAML file.
    pub fn read(paths: &[PathBuf], input: &mut dyn BufRead) -> Result<Self> {
        let mut own = Self::default();
        for Group {
            sources,
            is_folder,
            written,
        } in files::groups(paths, input, files::ours)?
        {
            own = own.and(match is_folder {
                true => Self::sifted(sources, &written)?,
                false => Self::named(sources),
            });
        }
        Ok(own)
    }

    /// All of it.
    #[must_use]
    pub fn named(sources: Vec<Source>) -> Self {
        Self {
            sources,
            ..Self::default()
        }
    }

    /// What of a folder's files is meant. Of those that a list says `compile` wrote, what is larger than a file of ours may be is not: a
    /// list hides nothing that could be one.
    ///
    /// # Errors
    /// Never for what was read.
    pub fn sifted(sources: Vec<Source>, written: &BTreeSet<String>) -> Result<Self> {
        let mut own = Self::default();
        for (source, meant) in judged(sources)? {
            match meant {
                Meant::But { others, bytes } => {
                    let name = source.name;
                    own.passed.documents.insert(name.clone(), others);
                    own.sources.push(Source { name, bytes });
                }
                _ if meant::is_large(&source.bytes) && written.contains(&source.name) => {
                    own.passed.files.insert(source.name);
                }
                meant => own.add(source, &meant),
            }
        }
        Ok(own)
    }

    /// The files that are meant, with all their documents; standard input is.
    ///
    /// # Errors
    /// Never for what was read.
    pub fn whole(sources: Vec<Source>) -> Result<Self> {
        let mut own = Self::default();
        for (source, meant) in judged(sources)? {
            match source.name == files::STDIN {
                true => own.sources.push(source),
                false => own.add(source, &meant),
            }
        }
        Ok(own)
    }

    fn add(&mut self, source: Source, meant: &Meant) {
        match meant {
            Meant::All | Meant::But { .. } => self.sources.push(source),
            Meant::Nothing => {
                self.passed.files.insert(source.name);
            }
            Meant::Unreadable => {
                self.passed.unreadable.insert(source.name);
            }
        }
    }

    /// These, and what else was read.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.sources.extend(other.sources);
        self.passed = self.passed.and(other.passed);
        self
    }

    /// Which are of no checkout of the repository whose revision is meant.
    #[must_use]
    pub fn outside(mut self, path: &Path) -> Self {
        self.passed.outside.insert(path.display().to_string());
        self
    }

    /// The files; what was passed over is told.
    pub fn told(self, terminal: &mut Terminal<'_>) -> Vec<Source> {
        self.passed.tell(terminal);
        self.sources
    }
}

fn judged(sources: Vec<Source>) -> Result<impl Iterator<Item = (Source, Meant)>> {
    let meant = both::each(&sources, |source| meant::of(&source.bytes))?;
    Ok(sources.into_iter().zip(meant))
}

impl Passed {
    /// This, and what else was; each once.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.files.extend(other.files);
        self.documents.extend(other.documents);
        self.unreadable.extend(other.unreadable);
        self.outside.extend(other.outside);
        self
    }

    /// Says it: of other kinds in one line, and each that may be broken.
    pub fn tell(&self, terminal: &mut Terminal<'_>) {
        let documents: usize = self.documents.values().sum();
        let numbers = [(self.files.len(), "file"), (documents, "document")];
        let told = numbers.iter().filter(|(number, _)| *number > 0);
        let told: Vec<String> = told.map(|(number, what)| counted(*number, what)).collect();
        if !told.is_empty() {
            let kinds = match self.files.len().saturating_add(documents) {
                1 => "another kind",
                _ => "other kinds",
            };
            let names = names(self.files.iter().chain(self.documents.keys()), MOST);
            let told = told.join(" and ");
            terminal.say(&format!("passed over: {told} of {kinds}: {names}\n"));
        }
        if !self.unreadable.is_empty() {
            let files = counted(self.unreadable.len(), "file");
            let names = names(self.unreadable.iter(), usize::MAX);
            terminal.say(&format!(
                "warning: passed over: {files} that cannot be read as YAML, without the word modelgate: {names}\n"
            ));
        }
        if !self.outside.is_empty() {
            let names = names(self.outside.iter(), usize::MAX);
            terminal.say(&format!(
                "not in the repository's checkout, and so as it is now for what was before, too: {names}\n"
            ));
        }
    }
}

fn names<'a>(all: impl Iterator<Item = &'a String> + Clone, most: usize) -> String {
    let first = all
        .clone()
        .take(most)
        .map(|name| format!("`{}`", printable(name)));
    let first = first.collect::<Vec<_>>().join(", ");
    match all.count().saturating_sub(most) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}
