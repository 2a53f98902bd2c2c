//! What a server says that it ran: the lines that its models wrote before they answered, or, of a server with one model that cannot
//! write, its answer.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use anyhow::{Context, Result};

/// A deed of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// `predict`, `unload`, ...
    pub deed: String,
    /// who did it
    pub model: String,
    /// `-` where the server knows none
    pub version: String,
}

/// Where to read it.
#[derive(Debug)]
pub enum Record {
    /// a file with a line for each deed
    File(File),
    /// answers alone
    Answers,
}

/// What is in an answer of a server with one model that ran, and in none of its refusals.
const ANSWERS: [&[u8]; 5] = [
    b"\"choices\"",
    b"\"content\"",
    b"\"tokens\"",
    b"\"embedding\"",
    b"\"output\"",
];

impl Record {
    /// From now on.
    pub fn follow(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else {
            return Ok(Self::Answers);
        };
        let mut file = File::open(path).with_context(|| path.display().to_string())?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self::File(file))
    }

    /// What ran since the last look; `answer` is what came back.
    pub fn since(&mut self, status: u16, answer: &[u8]) -> Result<Vec<Ran>> {
        match self {
            Self::File(file) => {
                let mut text = String::new();
                file.read_to_string(&mut text)?;
                text.lines().map(deed).collect()
            }
            Self::Answers => {
                let said = |mark: &&[u8]| holds(answer, mark);
                let ran = status == 200 && ANSWERS.iter().any(said);
                Ok(ran
                    .then(|| Ran::new("predict", "*", "-"))
                    .into_iter()
                    .collect())
            }
        }
    }
}

impl Ran {
    fn new(deed: &str, model: &str, version: &str) -> Self {
        Self {
            deed: deed.to_owned(),
            model: model.to_owned(),
            version: version.to_owned(),
        }
    }
}

fn deed(line: &str) -> Result<Ran> {
    let parts: Vec<&str> = line.split(' ').collect();
    let [deed, model, version] = parts[..] else {
        anyhow::bail!("a record without three words: `{line}`")
    };
    Ok(Ran::new(deed, model, version))
}

/// Whether `mark` is in `bytes`.
pub fn holds(bytes: &[u8], mark: &[u8]) -> bool {
    bytes.windows(mark.len()).any(|part| part == mark)
}
