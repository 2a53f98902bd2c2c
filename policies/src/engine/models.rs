//! The models of a bundle by name. A name is found by its hash and compared with the entry's own, so that the index holds positions
//! alone.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::bundle::ModelEntry;
use crate::sorted::unique;

/// What a server of this kind adds to a name itself: Ollama's registry, its own namespace there, and the tag.
pub const ADDED: (&str, &str, &str) = ("registry.ollama.ai/", "library/", ":latest");
/// Where the registry's models are shown: who copies an address from there means one of them.
const HOST: &str = "ollama.com/";
/// What it takes off the end before: that the model is its own, and none of Ollama's cloud.
pub const LOCAL: &str = ":local";
/// What says that it runs elsewhere. Behind a tag it is read as `-cloud` is: `gpt-oss:120b:cloud` is `gpt-oss:120b-cloud`.
const CLOUD: &str = ":cloud";
/// The same of a model without a tag, whose name is `qwen:cloud`.
const CLOUD_OF_TAG: &str = ":latest-cloud";
/// Odd, and its bits are spread: the fraction of the golden ratio.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
/// In a word of eight letters, what tells upper case from lower case.
const CASE: u64 = u64::from_le_bytes([0x20; 8]);

/// The models of one namespace.
#[derive(Debug, Default)]
pub(crate) struct Models {
    exact: Names,
    /// the beginnings of names
    beginnings: Names,
    /// lengths of `beginnings` and `folded_beginnings`, longest first, unique
    lengths: Vec<u32>,
    /// the exact names as a server would see them that reads several spellings alike; none where there is no such server
    folded: Names,
    /// the same of beginnings
    folded_beginnings: Names,
}

/// Positions of entries by the hash of a text.
#[derive(Debug, Default)]
struct Names {
    /// where each hash's positions begin, and where the last one's end
    starts: Box<[u32]>,
    positions: Box<[u32]>,
}

/// By namespace.
#[inline(never)]
pub(super) fn index(entries: &[ModelEntry]) -> BTreeMap<String, Rc<Models>> {
    let mut own: BTreeMap<&str, [Vec<u32>; 2]> = BTreeMap::new();
    for (position, entry) in (0_u32..).zip(entries) {
        let [exact, beginnings] = own.entry(&entry.namespace).or_default();
        match beginning(entry) {
            Some(_) => beginnings.push(position),
            None => exact.push(position),
        }
    }
    let named = own.into_iter();
    named
        .map(|(namespace, own)| (namespace.to_owned(), Rc::new(Models::new(entries, own))))
        .collect()
}

impl Models {
    #[inline(never)]
    fn new(entries: &[ModelEntry], [exact, beginnings]: [Vec<u32>; 2]) -> Self {
        // beside one such server a name is looked for whatever it is declared for: rules tell names, not servers, apart
        let folds = |position: &u32| {
            at(entries, *position).is_some_and(|entry| entry.api.profile().folds_names)
        };
        let folds = exact.iter().chain(&beginnings).any(folds);
        let (folding, folding_beginnings): (&[u32], &[u32]) = match folds {
            true => (&exact, &beginnings),
            false => (&[], &[]),
        };
        let lengths = beginnings.iter().filter_map(|position| {
            let beginning = beginning(at(entries, *position)?)?;
            u32::try_from(beginning.len()).ok()
        });
        let mut lengths: Vec<u32> = lengths.collect();
        lengths.extend(folding_beginnings.iter().filter_map(|position| {
            let beginning = beginning(at(entries, *position)?)?;
            u32::try_from(plain(beginning).len()).ok()
        }));
        let mut lengths = unique(lengths);
        lengths.reverse();
        Self {
            folded: Names::new(entries, folding, &|entry| hash(folded(&entry.name), CASE)),
            folded_beginnings: Names::new(entries, folding_beginnings, &|entry| {
                hash(plain(beginning(entry).unwrap_or_default()), CASE)
            }),
            exact: Names::new(entries, &exact, &|entry| hash(&entry.name, 0)),
            beginnings: Names::new(entries, &beginnings, &|entry| {
                hash(beginning(entry).unwrap_or_default(), 0)
            }),
            lengths,
        }
    }

    /// The entry that judges this model: the exact name, else the longest beginning.
    pub(super) fn find(&self, entries: &[ModelEntry], name: &str) -> Option<u32> {
        let exact = self.exact(entries, name);
        exact.or_else(|| {
            self.beginnings_of(name).find_map(|begins| {
                let is = |entry: &ModelEntry| beginning(entry) == Some(begins);
                self.beginnings.find(entries, hash(begins, 0), is)
            })
        })
    }

    /// Some server could take it for one of these, or for one that begins like one of these, and to the letter it is not; or it has
    /// more before it that a server would add than the entry which judges it, which stands for names of many beginnings then; or it
    /// says in an unusual way that it runs elsewhere.
    pub(super) fn is_other_spelling(&self, entries: &[ModelEntry], name: &str) -> bool {
        if self.exact(entries, name).is_some() {
            return false;
        }
        let (like, bare) = (folded(name), plain(name));
        let before = name.len().saturating_sub(bare.len());
        let hides = || {
            let judge = self.find(entries, name);
            let begins = judge.and_then(|position| beginning(at(entries, position)?));
            before > 0 && begins.is_some_and(|begins| begins.len() < before)
        };
        let is = |entry: &ModelEntry| folded(&entry.name).eq_ignore_ascii_case(like);
        let named = || self.folded.find(entries, hash(like, CASE), is).is_some();
        let begun = |begins: &str| {
            let is = |entry: &ModelEntry| {
                let beginning = beginning(entry).unwrap_or_default();
                plain(beginning).eq_ignore_ascii_case(begins) && !name.starts_with(beginning)
            };
            let found = self.folded_beginnings.find(entries, hash(begins, CASE), is);
            found.is_some()
        };
        named() || self.beginnings_of(bare).any(begun) || hides() || is_odd(name)
    }

    /// As many letters of it as some beginning has, the most first.
    fn beginnings_of<'n>(&self, name: &'n str) -> impl Iterator<Item = &'n str> {
        let lengths = self.lengths.iter();
        lengths.filter_map(|length| name.get(..usize::try_from(*length).ok()?))
    }

    fn exact(&self, entries: &[ModelEntry], name: &str) -> Option<u32> {
        let is = |entry: &ModelEntry| entry.name == name;
        self.exact.find(entries, hash(name, 0), is)
    }
}

impl Names {
    #[inline(never)]
    fn new(entries: &[ModelEntry], own: &[u32], hash: &dyn Fn(&ModelEntry) -> u64) -> Self {
        // as rows of the table of rules: to sort another type is another kilobyte of module
        let mut hashed: Vec<(u32, u32, u32)> = Vec::with_capacity(own.len());
        let count = own.len().next_power_of_two();
        for position in own {
            let hash = at(entries, *position).map_or(0, hash);
            hashed.push((place(hash, count), *position, 0));
        }
        hashed.sort_unstable();
        let mut starts = Vec::with_capacity(count.saturating_add(1));
        let mut end = 0_usize;
        for place in (0_u32..).take(count) {
            starts.push(u32::try_from(end).unwrap_or(u32::MAX));
            let rest = hashed.get(end..).unwrap_or_default();
            let here = rest.iter().take_while(|(known, ..)| *known == place);
            end = end.saturating_add(here.count());
        }
        starts.push(u32::try_from(end).unwrap_or(u32::MAX));
        Self {
            starts: starts.into(),
            positions: hashed.iter().map(|(_, position, _)| *position).collect(),
        }
    }

    /// Of entries with one name the last one counts.
    fn find(
        &self,
        entries: &[ModelEntry],
        hash: u64,
        is: impl Fn(&ModelEntry) -> bool,
    ) -> Option<u32> {
        let count = self.starts.len().checked_sub(1)?;
        let place = usize::try_from(place(hash, count)).ok()?;
        let (from, to) = (
            self.starts.get(place)?,
            self.starts.get(place.wrapping_add(1))?,
        );
        let here = usize::try_from(*from).ok()?..usize::try_from(*to).ok()?;
        let mut positions = self.positions.get(here)?.iter().rev();
        let found = positions.find(|position| at(entries, **position).is_some_and(&is));
        found.copied()
    }
}

fn at(entries: &[ModelEntry], position: u32) -> Option<&ModelEntry> {
    entries.get(usize::try_from(position).ok()?)
}

fn beginning(entry: &ModelEntry) -> Option<&str> {
    entry.name.strip_suffix('*')
}

/// One of so many places, a power of two.
fn place(hash: u64, count: usize) -> u32 {
    let most = u32::try_from(count.saturating_sub(1)).unwrap_or(u32::MAX);
    u32::try_from(hash.wrapping_shr(32)).unwrap_or_default() & most
}

/// Of the bytes with these bits set in each.
fn hash(text: &str, bits: u64) -> u64 {
    let mut rest = text.as_bytes();
    let mut hash = 0_u64;
    while let Some((eight, after)) = rest.split_first_chunk() {
        hash = mixed(hash, u64::from_le_bytes(*eight) | bits);
        rest = after;
    }
    let mut last = 0_u64;
    for byte in rest {
        last = last.wrapping_shl(8) | u64::from(*byte);
    }
    mixed(hash, last | bits)
}

const fn mixed(hash: u64, word: u64) -> u64 {
    let product = (hash ^ word).wrapping_mul(SPREAD);
    product ^ product.wrapping_shr(29)
}

/// The name without what a server would add itself; case is left to whoever compares.
pub fn folded(name: &str) -> &str {
    let (_, _, tag) = ADDED;
    without_end(without_end(plain(name), LOCAL), tag)
}

/// The name without what a server would add before it, and without a scheme, which it does not regard. A host may be empty.
pub fn plain(name: &str) -> &str {
    let (registry, library, _) = ADDED;
    let (_, name) = name.split_once("://").unwrap_or(("", name));
    let name = without_beginning(name, "/");
    let name = without_beginning(without_beginning(name, registry), HOST);
    without_beginning(name, library)
}

/// Whether the name says that it runs elsewhere, and a server reads it as it would read one that says so otherwise. Only the usual
/// one is asked about.
pub fn is_odd(name: &str) -> bool {
    let rest = without_end(name, CLOUD);
    let mut last = rest.bytes().rev().take_while(|byte| *byte != b'/');
    let mut has_tag = || last.any(|byte| byte == b':');
    rest.len() < name.len() && has_tag() || without_end(name, CLOUD_OF_TAG).len() < name.len()
}

fn without_end<'n>(name: &'n str, end: &str) -> &'n str {
    match name.split_at_checked(name.len().saturating_sub(end.len())) {
        Some((rest, ends)) if ends.eq_ignore_ascii_case(end) => rest,
        _ => name,
    }
}

fn without_beginning<'n>(name: &'n str, beginning: &str) -> &'n str {
    match name.split_at_checked(beginning.len()) {
        Some((begins, rest)) if begins.eq_ignore_ascii_case(beginning) => rest,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Api;

    fn entries(names: &[&str]) -> Vec<ModelEntry> {
        let entry = |name: &&str| ModelEntry {
            namespace: "a".into(),
            name: (*name).to_owned(),
            api: Api::OpenAi,
            public: false,
            scopes: Vec::new(),
        };
        names.iter().map(entry).collect()
    }

    #[test]
    fn finds_each_of_many_and_no_other() {
        let names: Vec<String> = (0..1000).map(|number| format!("model-{number}")).collect();
        let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
        names.extend(["model-*", "model-99*", "m*", "", "model-7"]);
        let entries = entries(&names);
        let index = index(&entries);
        let find = |name: &str| index["a"].find(&entries, name);
        for (position, name) in (0..1000).zip(&names) {
            // the last one of a name counts
            let expected = if position == 7 { 1004 } else { position };
            assert_eq!(find(name), Some(expected), "{name}");
        }
        assert_eq!(find("model-1000"), Some(1000));
        assert_eq!(find("model-9999"), Some(1001));
        assert_eq!(find("mode"), Some(1002));
        assert_eq!(find(""), Some(1003));
        assert_eq!(find("é"), None);
        assert!(!index.contains_key("b"));
    }

    #[test]
    fn folds_beginnings() {
        let entries = entries(&["ll*", "llama3*", "Qwen/*", "library/phi*", "Llama3:mine"]);
        let index = index(&entries);
        let other = |name: &str| index["a"].is_other_spelling(&entries, name);
        for name in [
            "llAMA3:70b",
            "library/llama3:70b",
            "registry.ollama.ai/library/LL",
            "qwen/qwen3",
            "phi4",
            "library/PHI",
            "llama3:mine",
            "llama3:mine:local",
            // ends as what is taken off
            "llAMA3:latest",
            "llama3:70b:cloud",
            "llama3:latest-Cloud",
            "llama3:latest:cloud",
            // begin like `ll*`, and are other models
            "ll://registry.ollama.ai/library/secret",
            "llama3://hub/team/secret",
        ] {
            assert!(other(name), "{name}");
        }
        for name in [
            "llama3:70b",
            "llama3:cloud",
            "llama3:70b-cloud",
            "llama3-cloud",
            "llAMA",
            "Qwen/QwQ",
            "library/phi4",
            "Llama3:mine",
            "l",
            "qwen",
            "",
        ] {
            assert!(!other(name), "{name}");
        }
    }

    #[test]
    fn folds_what_a_server_would_add() {
        let entries = entries(&[
            "Llama3",
            "library/phi:latest",
            "a-name-of-many-letters",
            "é",
            "l*",
            "s3://bucket/*",
        ]);
        let index = index(&entries);
        let other = |name: &str| index["a"].is_other_spelling(&entries, name);
        for name in [
            "llama3",
            "LLAMA3:Latest",
            "Registry.ollama.ai/Library/llama3",
            "library/llama3:latest",
            "PHI",
            "A-Name-Of-Many-Letters",
            "llama3:local",
            "phi:latest:LOCAL",
            "http://registry.ollama.ai/library/llama3",
            "x:///library/llama3",
            "/library/llama3",
            "ollama.com/library/llama3",
            "library/secret",
            "library/",
        ] {
            assert!(other(name), "{name}");
        }
        for name in [
            "Llama3",
            "library/phi:latest",
            "llama",
            ":latest",
            "",
            "É",
            "librar",
            "s3://bucket/model",
        ] {
            assert!(!other(name), "{name}");
        }
    }
}
