//! What is sent to a server over one wire: `tests/servers/requests/*.yaml`, and what comes of it by the mutations.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Map, Value};
use tests::cases::caller::Caller;
use tests::cases::message::{Message, Request};
use tests::cases::{Case, Expect};
use tests::mutation::Dice;
use tests::setup::project;

use crate::mutate::{self, Words};
use crate::world::now;

/// One file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Plan {
    /// what it is about
    pub about: String,
    /// how many requests are sent
    pub count: usize,
    /// the caller may use nothing here
    #[serde(default)]
    pub closed: bool,
    /// names of models
    pub words: Words,
    /// what each request has unless it says otherwise
    every: Map<String, Value>,
    /// requests that mutations start from: those that pass, and plain ones that do not
    plain: Vec<Map<String, Value>>,
    /// requests that some server reads in another way than its neighbour
    confusions: Vec<Map<String, Value>>,
}

/// All requests of a plan.
#[derive(Debug)]
pub struct Requests {
    /// as they are sent
    pub all: Vec<Message>,
    /// those that some server is known to read in another way
    pub confusions: Vec<Message>,
}

impl Plan {
    /// The plan with this name.
    pub fn read(name: &str) -> Result<Self> {
        let file = project()
            .join("tests/servers/requests")
            .join(name)
            .with_extension("yaml");
        let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        serde_saphyr::from_str(&text).with_context(|| file.display().to_string())
    }

    /// Its requests with this seed: the plain ones and the confusions as they are, then changed ones, and a plain one at the end.
    pub fn requests(&self, seed: u64) -> Result<Requests> {
        let messages = |requests: &[Map<String, Value>]| -> Result<Vec<Message>> {
            requests
                .iter()
                .map(|request| self.message(request))
                .collect()
        };
        let (plain, confusions) = (messages(&self.plain)?, messages(&self.confusions)?);
        let mut dice = Dice::new(seed);
        let mut all = [plain.clone(), confusions.clone()].concat();
        while all.len() + 1 < self.count {
            let kind = if dice.below(4) == 0 {
                &confusions
            } else {
                &plain
            };
            let start = dice.pick(kind).clone();
            all.push(mutate::changed(start, &self.words, &mut dice));
        }
        all.extend(plain.first().cloned());
        Ok(Requests { all, confusions })
    }

    fn message(&self, request: &Map<String, Value>) -> Result<Message> {
        let mut whole = self.every.clone();
        whole.extend(request.clone());
        let request: Request = serde_json::from_value(Value::Object(whole))?;
        let case = Case {
            name: String::new(),
            note: None,
            who: Caller::Known("nobody".to_owned()),
            request,
            keys: None,
            now: None,
            expect: serde_json::from_value::<Expect>(
                serde_json::json!({ "verdict": "deny", "status": 0 }),
            )?,
            stream: None,
            envoy: None,
            places: Vec::new(),
        };
        let mut message = Message::of(&case, now()?, "");
        message.headers.retain(|(name, _)| name != b"x-request-id");
        Ok(message)
    }
}
