//! Links of a revision: where each leads, without any.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Result;
use compiler::source::Source;

use super::blobs;

/// Takes out of sorted files those that are there under an earlier name as well. A tree's own names begin at `start`.
///
/// # Errors
/// When git cannot be run.
pub fn once(
    repository: &Path,
    links: &[(String, String)],
    start: usize,
    files: &mut Vec<(String, String)>,
) -> Result<()> {
    if links.is_empty() {
        return Ok(());
    }
    let links = Links::read(repository, links)?;
    let mut seen = BTreeSet::new();
    files.retain(|(name, _)| seen.insert(links.place(name.get(start..).unwrap_or_default())));
    Ok(())
}

/// Links below a tree: by name, what they say.
struct Links(BTreeMap<String, String>);

impl Links {
    /// Reads them; each is given as its name and object.
    fn read(repository: &Path, links: &[(String, String)]) -> Result<Self> {
        let objects: BTreeSet<&String> = links.iter().map(|(_, object)| object).collect();
        let objects: Vec<_> = objects
            .into_iter()
            .map(|object| (object.clone(), object.clone()))
            .collect();
        let text = |Source { name, bytes }| (name, String::from_utf8_lossy(&bytes).into_owned());
        let texts: BTreeMap<String, String> =
            blobs(repository, &objects)?.into_iter().map(text).collect();
        let link =
            |(name, object): &(String, String)| Some((name.clone(), texts.get(object)?.clone()));
        Ok(Self(links.iter().filter_map(link).collect()))
    }

    /// Where the file of a name really is, below the same tree. Git has followed the name already: it leads to a file of the tree.
    fn place(&self, name: &str) -> String {
        let mut place: Vec<&str> = Vec::new();
        let mut rest: Vec<&str> = name.rsplit('/').collect();
        while let Some(part) = rest.pop() {
            match part {
                "" | "." => {}
                ".." => drop(place.pop()),
                part => place.push(part),
            }
            if let Some(to) = self.0.get(&place.join("/")) {
                place.pop();
                rest.extend(to.rsplit('/'));
            }
        }
        place.join("/")
    }
}
