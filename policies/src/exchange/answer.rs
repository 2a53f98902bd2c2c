//! The answer on its way back: nothing passes before the decision, and a list of models is cut down to what its caller may use.

use std::mem::take;

use serde_json::{Map, Value};

use super::{Exchange, Listed, State, content};
use crate::action::Action;
use crate::authorize::{Decision, Question};
use crate::decision::Reason;
use crate::guard::Guard;
use crate::profile;
use crate::step::{Denial, Step};

/// Largest list in bytes; of a longer one nothing is shown.
pub const MAX_LIST: usize = 1024 * 1024;
/// Most values in a list; of one with more nothing is shown. A value takes up to 500 bytes of memory for eight of its text.
pub const MAX_LIST_VALUES: usize = 65_536;
/// Fields of a response that speak of the bytes of its body.
pub const OF_THE_BODY: [&str; 6] = [
    "content-length",
    "content-digest",
    "repr-digest",
    "digest",
    "content-md5",
    "etag",
];
/// Fields of a request by which a server answers with something else than the whole plain list.
const UNREADABLE: [&[u8]; 6] = [
    b"accept-encoding",
    b"range",
    b"if-none-match",
    b"if-modified-since",
    b"if-range",
    b"te",
];
/// Members beside the list that name no model: flags, and texts so short.
const KEPT: [&str; 3] = ["object", "has_more", "nextPageToken"];
const LONGEST_KEPT: usize = 32;
/// Members of an item that say something of its model alone: flags, numbers and texts.
const KEPT_OF_ITEMS: [&str; 14] = [
    "object",
    "type",
    "created",
    "created_at",
    "owned_by",
    "display_name",
    "version",
    "state",
    "ready",
    "size",
    "modified_at",
    "digest",
    "max_model_len",
    "modelUrl",
];

/// A response's head; only a list needs more than the status.
#[derive(Debug, Clone, Default)]
pub struct ResponseHead {
    /// `:status`
    pub status: u16,
    /// `content-type`
    pub media_type: Option<Vec<u8>>,
    /// `content-encoding`
    pub encoding: Option<Vec<u8>>,
}

/// What becomes of a response.
#[must_use = "an answer that is not carried out lets the response pass"]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// it passes
    Pass,
    /// its head passes without [`OF_THE_BODY`]; its body is collected, and what `list` makes of it passes
    Collect,
    /// this is sent instead
    Refuse(Denial),
}

/// Fields to take off a request whose answer must be readable.
pub(super) fn unreadable() -> impl Iterator<Item = Vec<u8>> {
    UNREADABLE.into_iter().map(<[u8]>::to_vec)
}

impl Exchange {
    /// Whether the answer is a list of models: then its head must be brought with type and encoding.
    #[must_use]
    pub const fn lists(&self) -> bool {
        self.listed.is_some()
    }

    /// The response's head is about to reach the client. Nothing passes that nobody decided on.
    pub fn response_head(&mut self, head: &ResponseHead) -> Answer {
        // a denial in gRPC's form has status 200: what it stands for is known without it
        if !self.has_denied_call() {
            self.record.status = Some(head.status);
        }
        match (&self.state, &self.listed) {
            (State::Denied, _) | (State::Allowed(_), None) => Answer::Pass,
            (State::Allowed(_), Some(_)) if head.is_plain_json() => Answer::Collect,
            (State::Allowed(_), Some(listed)) => {
                let api = Some(listed.route.api);
                self.listed = None;
                self.refuse_answer(Reason::ListUnreadable, api)
            }
            (
                State::Fresh
                | State::Authenticating { .. }
                | State::Waiting { .. }
                | State::Reading(_),
                _,
            ) => self.refuse_answer(Reason::ResponseBeforeDecision, None),
        }
    }

    /// What of a collected list the caller may see. A list that cannot be read is empty: its head has left already.
    #[inline(never)]
    pub fn list(&self, guard: &Guard, body: &[u8]) -> Vec<u8> {
        let read = |listed: &Listed| {
            let whole = body.len() <= MAX_LIST && most_values(body) <= MAX_LIST_VALUES;
            let value = whole.then(|| serde_json::from_slice(body).ok()).flatten();
            listed.shown(value, |model| self.may_see(guard, listed, model))
        };
        let shown = self.listed.as_deref().map(read);
        shown.map_or_else(Vec::new, |value| value.to_string().into_bytes())
    }

    fn may_see(&self, guard: &Guard, listed: &Listed, model: &str) -> bool {
        let question = Question {
            namespace: &listed.route.namespace,
            model,
            version: None,
            api: listed.route.api,
            action: Action::List,
            method: "GET",
            now: self.now,
        };
        let decision = guard.engine().decide(&listed.caller, question);
        let engine = guard.engine();
        let folds = listed.route.api.profile().folds_names;
        let one = !folds || !engine.is_other_spelling(&listed.route.namespace, model);
        one && profile::is_model_name(model) && matches!(decision, Decision::Allowed(..))
    }

    fn refuse_answer(&mut self, reason: Reason, api: Option<crate::api::Api>) -> Answer {
        match self.deny(reason, api) {
            Step::Deny(denial) => Answer::Refuse(denial),
            _ => Answer::Refuse(Denial::internal()),
        }
    }
}

impl ResponseHead {
    fn is_plain_json(&self) -> bool {
        let json = self.media_type.as_deref().is_some_and(content::is_json);
        let plain = |value: &Vec<u8>| value.eq_ignore_ascii_case(b"identity");
        self.status == 200 && json && self.encoding.as_ref().is_none_or(plain)
    }
}

/// No JSON text has more values than this: each but the outermost comes first in a list or an object, or after a comma. An object counts
/// twice: it takes the most memory, whatever is in it.
fn most_values(text: &[u8]) -> usize {
    let (mut values, mut quoted, mut escaped) = (1_usize, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            b',' | b'[' if !quoted => values = values.saturating_add(1),
            b'{' if !quoted => values = values.saturating_add(2),
            _ => {}
        }
    }
    values
}

impl Listed {
    /// The list without what `may_see` refuses, and without all that is not known to name no model.
    fn shown(&self, value: Option<Value>, may_see: impl Fn(&str) -> bool) -> Value {
        let kept = |items: Vec<Value>| {
            let items = items.into_iter();
            let shown = items.filter(|item| self.shows(item, &may_see));
            Value::Array(shown.map(|item| self.known(item)).collect())
        };
        match (value, self.listing.arrays) {
            (Some(Value::Array(items)), []) => kept(items),
            (_, []) => Value::Array(Vec::new()),
            (Some(Value::Object(mut members)), arrays) => {
                let mut shown = Map::new();
                for array in arrays {
                    // taken and not removed, which would be four kilobytes of module
                    if let Some(Value::Array(items)) = members.get_mut(*array) {
                        shown.insert((*array).to_owned(), kept(take(items)));
                    }
                }
                let rest = members.into_iter();
                shown.extend(rest.filter(|(name, value)| harmless(name, value)));
                Value::Object(shown)
            }
            (_, arrays) => {
                let empty = |array: &&str| ((*array).to_owned(), Value::Array(Vec::new()));
                let mut shown = Map::new();
                shown.extend(arrays.iter().take(1).map(empty));
                Value::Object(shown)
            }
        }
    }

    /// What of an item is known to name no other model.
    fn known(&self, item: Value) -> Value {
        let Value::Object(members) = item else {
            return item;
        };
        let plain = |value: &Value| !value.is_array() && !value.is_object();
        let names =
            |name: &str| self.listing.names.contains(&name) || KEPT_OF_ITEMS.contains(&name);
        // not collected at once: that would sort, and each sort of another type is another kilobyte of module
        let mut kept = Map::new();
        let members = members.into_iter();
        kept.extend(members.filter(|(name, value)| names(name) && plain(value)));
        Value::Object(kept)
    }

    /// An item names its model at least once, and every name that it has may be seen.
    fn shows(&self, item: &Value, may_see: &impl Fn(&str) -> bool) -> bool {
        let name = |value: &Value| value.as_str().is_some_and(may_see);
        if self.listing.names.is_empty() {
            return name(item);
        }
        let mut names = self
            .listing
            .names
            .iter()
            .filter_map(|member| item.get(*member))
            .peekable();
        names.peek().is_some() && names.all(name)
    }
}

fn harmless(name: &str, value: &Value) -> bool {
    let short = match value {
        Value::Bool(_) => true,
        Value::String(text) => text.len() <= LONGEST_KEPT,
        _ => false,
    };
    KEPT.contains(&name) && short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_text_is_no_value() {
        assert_eq!(most_values(b"7"), 1);
        assert_eq!(most_values(br#"{"a":[1,2],"b":{}}"#), 8);
        assert_eq!(most_values(br#"["a,[{\",\\",2]"#), 3);
    }
}
