//! The corpus `tests/cases/*.yaml` as data: who sends which request, and what must come of it. The runners read it: natively
//! ([`native`]), and through a real Envoy (test target `envoy`).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use policies::decision::{Reason, Verdict};
use serde::Deserialize;
use serde_json::Value;

pub mod caller;
mod endpoints;
mod expand;
pub mod fixture;
pub mod message;
pub mod native;

use caller::Caller;
use message::Request;

/// One case.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Case {
    /// what it shows; unique in its file
    pub name: String,
    /// why it matters, or where the attack was seen
    #[serde(default)]
    pub note: Option<String>,
    /// who sends it; nobody unless given
    #[serde(default)]
    pub who: Caller,
    /// what is sent; a prediction that `ana` may make unless given
    #[serde(default)]
    pub request: Request,
    /// key set that issuer `partners` serves; it cannot be reached unless given
    #[serde(default)]
    pub keys: Option<String>,
    /// when, where the time of day matters (RFC 3339, UTC): native only
    #[serde(default)]
    pub now: Option<String>,
    /// what must come of it
    pub expect: Expect,
    /// what must come of it in body mode `stream`, where that differs
    #[serde(default)]
    pub stream: Option<Expect>,
    /// what must come of it in Envoy, where the proxy answers or changes the request before the filter sees it
    #[serde(default)]
    pub envoy: Option<Expect>,
    /// where it runs; everywhere unless given
    #[serde(default = "everywhere", rename = "where")]
    pub places: Vec<Place>,
}

/// Where a case runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// the machine alone
    Native,
    /// the filter in a real Envoy
    Envoy,
}

/// What must come of a case.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Expect {
    /// allow or deny
    pub verdict: Verdict,
    /// what the caller gets; 0 where it gets nothing
    pub status: u16,
    /// in the audit event; absent where the proxy refused what no filter could read
    #[serde(default)]
    pub reason: Option<Reason>,
    /// parts of what is denied were allowed before, and had left
    #[serde(default)]
    pub begun: bool,
    /// further fields of the audit event
    #[serde(default)]
    pub event: BTreeMap<String, Value>,
    /// the body that the caller gets, where the model server's own is changed
    #[serde(default)]
    pub shown: Option<String>,
}

/// One file of the corpus.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// the file's name without extension
    #[serde(skip)]
    pub name: String,
    /// what it is about
    pub about: String,
    /// its cases
    pub cases: Vec<Case>,
}

impl Expect {
    /// Whether the request reaches the model server whole: an answer may be refused later.
    #[must_use]
    pub fn reaches(&self) -> bool {
        self.verdict == Verdict::Allow || self.reason == Some(Reason::ListUnreadable)
    }
}

impl Case {
    /// What must come of it in Envoy.
    #[must_use]
    pub fn in_envoy(&self, stream: bool) -> &Expect {
        self.envoy.as_ref().unwrap_or_else(|| self.natively(stream))
    }

    /// What must come of it in the machine.
    #[must_use]
    pub fn natively(&self, stream: bool) -> &Expect {
        self.stream
            .as_ref()
            .filter(|_| stream)
            .unwrap_or(&self.expect)
    }

    /// Whether it runs there.
    #[must_use]
    pub fn runs(&self, place: Place) -> bool {
        self.places.contains(&place)
    }
}

/// Reads the whole corpus, sorted by file.
///
/// # Errors
/// A file does not parse, is empty, or has two cases of one name.
pub fn corpus() -> Result<Vec<Subject>> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder())?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    files.retain(|path| path.extension().is_some_and(|found| found == "yaml"));
    files.sort();
    let mut subjects: Vec<Subject> = files.iter().map(|path| read(path)).collect::<Result<_>>()?;
    subjects.extend(endpoints::subjects()?);
    Ok(subjects)
}

/// Where the corpus is.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")
}

fn read(path: &Path) -> Result<Subject> {
    let place = || path.display().to_string();
    let text = fs::read_to_string(path).with_context(place)?;
    let mut subject: Subject = serde_saphyr::from_str(&text).with_context(place)?;
    subject.name = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into();
    let mut names: Vec<&str> = subject
        .cases
        .iter()
        .map(|case| case.name.as_str())
        .collect();
    names.sort_unstable();
    if names.is_empty() {
        bail!("{}: no case", place());
    }
    if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        bail!("{}: two cases are called `{}`", place(), pair[0]);
    }
    for case in &subject.cases {
        check(case).with_context(|| format!("{}: `{}`", place(), case.name))?;
    }
    Ok(subject)
}

/// An expectation that contradicts itself would test nothing.
fn check(case: &Case) -> Result<()> {
    for expect in [
        Some(&case.expect),
        case.stream.as_ref(),
        case.envoy.as_ref(),
    ]
    .into_iter()
    .flatten()
    {
        let allowed = expect.reason == Some(Reason::Allowed);
        if allowed != (expect.verdict == Verdict::Allow) {
            bail!("the verdict does not go with the reason");
        }
    }
    if case.runs(Place::Envoy) && (case.now.is_some() || case.keys.is_some()) {
        bail!("`now` and `keys` need `where: [native]`");
    }
    case.who.check()?;
    case.request.check()
}

fn everywhere() -> Vec<Place> {
    vec![Place::Native, Place::Envoy]
}
