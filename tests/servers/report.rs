//! What came of the requests of a plan, and the ones that should not have come out so, whole, to be made cases of the corpus.

use std::collections::BTreeMap;
use std::fmt;

use policies::action::Action;
use policies::audit::AuditEvent;
use policies::decision::Verdict;
use tests::cases::message::Message;

use crate::client::Answer;
use crate::plan::Plan;
use crate::record::{Ran, holds};

/// A request, and what came of it.
#[derive(Debug)]
pub struct Sent {
    pub id: String,
    pub message: Message,
    pub answer: Answer,
    pub ran: Vec<Ran>,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Tally {
    pub sent: usize,
    /// the filter or the proxy said no
    pub refused: usize,
    /// the filter let them pass
    pub passed: usize,
    /// a model ran
    pub ran: usize,
    /// what must not be
    pub disagreements: Vec<String>,
}

/// The deed that runs later.
const TASK: &str = "groom";
/// Most disagreements that are told.
const MOST: usize = 20;

impl Tally {
    /// Counts and judges.
    pub fn of(plan: &Plan, sent: &[Sent], events: &BTreeMap<String, AuditEvent>) -> Self {
        let mut tally = Self {
            sent: sent.len(),
            ..Self::default()
        };
        let mut tasks = Tasks::default();
        for sent in sent {
            let event = events.get(&sent.id);
            let allowed = event.is_some_and(|event| event.verdict == Verdict::Allow);
            tasks.note(plan, sent, event.filter(|_| allowed));
            tally.passed += usize::from(allowed);
            tally.refused += usize::from(!allowed);
            tally.ran += usize::from(!sent.ran.is_empty());
            if let Some(why) = disagreement(plan, sent, event)
                && tally.disagreements.len() < MOST
            {
                tally
                    .disagreements
                    .push(format!("{why}\n  event: {event:?}\n  {}", told(sent)));
            }
        }
        if tasks.ran > tasks.allowed {
            tally.disagreements.push(format!("{tasks:?}"));
        }
        tally
    }
}

/// What runs later than the request that it is of: as many of them at most, of the caller's own models, as were allowed.
#[derive(Debug, Default)]
struct Tasks {
    allowed: usize,
    ran: usize,
}

impl Tasks {
    fn note(&mut self, plan: &Plan, sent: &Sent, allowed: Option<&AuditEvent>) {
        let asked = allowed.and_then(|event| event.path.as_deref());
        self.allowed += usize::from(asked.is_some_and(|path| path.contains(TASK)));
        let mine = |ran: &&Ran| ran.deed == TASK && plan.words.mine.contains(&ran.model);
        self.ran += sent.ran.iter().filter(mine).count();
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            sent,
            refused,
            passed,
            ran,
            disagreements,
        } = self;
        write!(
            f,
            "{sent} sent, {refused} refused, {passed} passed, {ran} ran a model, {} disagreements",
            disagreements.len()
        )
    }
}

/// Why this is not as it must be.
fn disagreement(plan: &Plan, sent: &Sent, event: Option<&AuditEvent>) -> Option<String> {
    let mark = format!("the mark of {}", plan.words.theirs);
    if holds(&sent.answer.body, mark.as_bytes()) {
        return Some("an answer of a model that the caller may not use".to_owned());
    }
    let later = |ran: &&Ran| ran.deed == TASK && plan.words.mine.contains(&ran.model);
    sent.ran.iter().filter(|ran| !later(ran)).find_map(|ran| {
        let Some(event) = event else {
            return Some(format!("{ran:?} without an audit event"));
        };
        let named: Vec<&String> = event.model.iter().chain(&event.other_models).collect();
        let same = ran.model == "*" || named.contains(&&ran.model);
        let mine = !named.is_empty() && named.iter().all(|name| plan.words.mine.contains(name));
        let deed = event
            .action
            .is_some_and(|action| is_deed(&ran.deed, action));
        let fine = event.verdict == Verdict::Allow && same && mine && deed;
        (!fine).then(|| format!("{ran:?}, not what was decided"))
    })
}

/// Whether this is what was asked for.
fn is_deed(deed: &str, action: Action) -> bool {
    use Action::{Chat, Complete, Embed, Explain, Feedback, Generate, Predict};
    match deed {
        "predict" => matches!(action, Predict | Chat | Complete | Embed | Generate),
        "explain" => action == Explain,
        "feedback" => action == Feedback,
        _ => false,
    }
}

/// The request as the corpus would have it; its token is ana's.
fn told(sent: &Sent) -> String {
    let text = |bytes: &[u8]| bytes.escape_ascii().to_string();
    let message = &sent.message;
    let fields = message
        .headers
        .iter()
        .filter(|(name, _)| name != b"authorization");
    let fields: Vec<String> = fields
        .map(|(name, value)| format!("[{}, {}]", text(name), text(value)))
        .collect();
    let pieces: Vec<String> = message
        .body
        .iter()
        .flatten()
        .map(|piece| format!("\"{}\"", text(piece)))
        .collect();
    format!(
        "request: {{ method: {}, host: {}, path: {}, http: {}, headers: [{}], chunks: [{}] }}\n  answer: {} {:.300}",
        text(&message.method),
        text(&message.authority),
        text(&message.path),
        message.http,
        fields.join(", "),
        pieces.join(", "),
        sent.answer.status,
        text(&sent.answer.body),
    )
}
