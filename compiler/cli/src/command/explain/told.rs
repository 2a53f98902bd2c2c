//! An explanation in words: for whoever may read the files, and for the caller.

use std::collections::BTreeSet;

use compiler::analysis::Side;
use compiler::analysis::rules::written_id;
use compiler::analysis::why::{Why, why};
use compiler::source::Source;
use policies::audit::MAX_RULES;
use policies::decision::{Reason, Verdict};
use serde_json::{Value, json};

use super::event;
use super::request::Known;
use crate::codes;
use crate::instead::instead;
use crate::paper::{Paper, Style};
use crate::shown::{self, printable};

/// An explanation.
pub struct Told<'a> {
    known: &'a Known,
    side: &'a Side<'a>,
    sources: &'a [Source],
    why: Option<Why>,
}

impl<'a> Told<'a> {
    /// Looks the rules up.
    pub fn new(known: &'a Known, side: &'a Side<'a>, sources: &'a [Source]) -> Self {
        let why = known.request.as_ref().map(|request| why(side, request));
        Self {
            known,
            side,
            sources,
            why,
        }
    }

    /// For whoever may read the files.
    pub fn text(&self, paper: Paper) -> String {
        let event = &self.known.event;
        let (verdict, style) = if event.verdict == Verdict::Allow {
            ("allow", Style::Good)
        } else {
            ("deny", Style::Bad)
        };
        let reason = codes::reason(event.reason.code());
        let mut text = format!(
            "{}: {} ({})\n",
            paper.styled(verdict, style),
            event.reason.code(),
            self.known.status
        );
        text += &paper.wrapped("  meaning   ", &reason.meaning);
        if let Some(request) = &self.known.request {
            text += &paper.wrapped("  request   ", &printable(&request.to_string()));
        }
        for rule in self.decided() {
            text += &paper.wrapped("  decided   ", &format!("by {rule}"));
        }
        if let Some(because) = &event.because {
            text += &paper.wrapped("  because   ", &printable(because));
        }
        for line in self.changes() {
            text += &paper.wrapped("  to change ", &line);
        }
        let helps = self.helps();
        if !helps.is_empty() && event.reason != Reason::NotPermitted {
            text += &paper.wrapped("  helps     ", &printable(&helps));
        }
        for note in self.notes() {
            text += &paper.wrapped("  note      ", &printable(&note));
        }
        text
    }

    /// The rules that decided, by their ids: those of the event, which names not all where there are many, and what else is known.
    fn rules(&self) -> Vec<&str> {
        let mut rules: Vec<&str> = self.known.event.rules.iter().map(String::as_str).collect();
        let refused = self.known.event.verdict == Verdict::Deny;
        let matching = self
            .why
            .as_ref()
            .map(|why| if refused { &why.denies } else { &why.grants });
        for position in matching.into_iter().flatten() {
            let id = self.side.rule(*position).id.as_str();
            if self.known.whole && !rules.contains(&id) {
                rules.push(id);
            }
        }
        rules
    }

    /// The rules that decided, where they stand, and whom they speak of.
    fn decided(&self) -> Vec<String> {
        let told = |id: &str| match self.side.position(id) {
            Some(position) => {
                let rule = shown::rule(self.side, position, self.sources);
                format!("{rule}: {}", shown::whom(self.side, position))
            }
            None => format!("{}, which is not in the files", printable(id)),
        };
        self.rules().into_iter().map(told).collect()
    }

    /// What would turn the verdict.
    fn changes(&self) -> Vec<String> {
        let Some(why) = &self.why else {
            return Vec::new();
        };
        if self.known.event.verdict == Verdict::Allow {
            return Vec::new();
        }
        let mut lines = Vec::new();
        if self.known.event.reason != Reason::NotPermitted {
            lines = self.denials();
            if lines.is_empty() || !why.grants.is_empty() {
                return lines;
            }
            lines.push(match self.known.whole {
                true => "and some rule must allow it, which none does:".into(),
                false => {
                    "and some rule must allow it, which none does for what is known of the caller:"
                        .into()
                }
            });
        }
        let nearest = why.missed.iter();
        let nearest = nearest.map(|miss| shown::miss(self.side, miss, self.sources));
        let nearest: Vec<String> = nearest.collect();
        if nearest.is_empty() {
            lines.push(
                "no rule that speaks of this model would allow it: add one to `allow`".into(),
            );
        }
        lines.extend(nearest);
        lines
    }

    /// Of each rule that refused; one about machines has several parts.
    fn denials(&self) -> Vec<String> {
        let rules = self.rules().into_iter();
        let mut told = BTreeSet::new();
        let denies = rules.filter(|id| told.insert(written_id(id)));
        let denies = denies.filter_map(|id| self.side.position(id));
        let line = |position| {
            let rule = shown::rule(self.side, position, self.sources);
            let whom = shown::whom(self.side, position);
            format!("{rule} must not match: it denies this to {whom}")
        };
        denies.map(line).collect()
    }

    /// What helps after all: of a name that is declared in another spelling, that one.
    fn helps(&self) -> String {
        let spelling = self.spelling();
        let unknown = self.known.event.reason == Reason::ModelUnknown;
        let help = codes::reason(self.known.event.reason.code()).help;
        spelling
            .filter(|_| unknown)
            .or_else(|| {
                Some(format!(
                    "{}; or {help}",
                    instead(self.side, &self.known.event)?
                ))
            })
            .unwrap_or(help)
    }

    /// A declared name that the event has in another spelling.
    fn spelling(&self) -> Option<String> {
        let event = &self.known.event;
        let (namespace, model) = (event.namespace.as_ref()?, event.model.as_ref()?);
        if let Some(added) = self.side.declared.added(namespace, model) {
            return Some(format!(
                "have `{added}*` declared: servers may take `{added}` off, or add it to another name, and no declared beginning has it"
            ));
        }
        let known = self.side.declared.other_spelling(namespace, model)?;
        Some(format!(
            "ask for `{}`: `{model}` is another spelling of it, which servers may take for it, so that requests with it are refused",
            known.entry_name()
        ))
    }

    fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = self.known_notes().into_iter().map(str::to_owned).collect();
        let helps = self.known.event.reason == Reason::ModelUnknown;
        notes.extend(self.spelling().filter(|_| !helps));
        notes
    }

    fn known_notes(&self) -> Vec<&'static str> {
        let mut notes = Vec::new();
        if !self.known.current {
            notes.push("it was judged by another bundle than these files give: rules may have changed since");
        }
        if !self.known.whole && self.known.request.is_some() {
            notes.push("an audit event says neither the caller's groups and attributes nor header fields and the client's address: they count as none here");
        }
        if !self.known.whole && !event::fits(&self.known.event) {
            notes.push("its `verdict`, `reason` and `rules` do not belong together: it is not as the filter wrote it");
        }
        if !self.known.whole && self.known.event.rules.len() == MAX_RULES {
            notes.push("an audit event names at most 8 rules: more may have matched");
        }
        notes
    }

    /// For programs of whoever may read the files.
    pub fn json(&self) -> Value {
        let event = &self.known.event;
        let reason = codes::reason(event.reason.code());
        let rules = self
            .rules()
            .into_iter()
            .map(|id| match self.side.position(id) {
                Some(position) => shown::rule_json(self.side, position, self.sources),
                None => json!({ "rule": id }),
            });
        let why = self.why.as_ref();
        let nearest = why.into_iter().flat_map(|why| &why.missed).map(|miss| {
            let mut rule = shown::rule_json(self.side, miss.position, self.sources);
            rule["missing"] = json!(shown::missing(self.side, miss, self.sources));
            rule
        });
        json!({
            "apiVersion": shown::VERSION,
            "kind": "Explanation",
            "verdict": event.verdict,
            "reason": event.reason.code(),
            "status": self.known.status,
            "meaning": reason.meaning,
            "helps": self.helps(),
            "request": self.known.request.as_ref().map(shown::example_json),
            "decidedBy": rules.collect::<Vec<_>>(),
            "because": event.because,
            "nearest": nearest.collect::<Vec<_>>(),
            "toChange": self.changes(),
            "notes": self.notes(),
        })
    }

    /// What the caller may hear: of a refusal after the caller is known the same for every model, whether it exists or not.
    pub fn for_caller(&self, paper: Paper) -> String {
        let (verdict, status, message) = self.message();
        format!("{verdict} ({status})\n") + &paper.wrapped("  ", &message)
    }

    /// The same for programs.
    pub fn for_caller_json(&self) -> Value {
        let (verdict, status, message) = self.message();
        json!({
            "apiVersion": shown::VERSION,
            "kind": "CallerExplanation",
            "verdict": verdict,
            "status": status,
            "message": message,
        })
    }

    fn message(&self) -> (&'static str, u16, String) {
        let event = &self.known.event;
        let status = self.known.status;
        if event.verdict == Verdict::Allow {
            return ("allowed", status, "the request may reach the model".into());
        }
        let about_request = matches!(event.reason.status(), 400 | 401 | 413 | 415 | 503);
        let message = if about_request {
            let reason = codes::reason(event.reason.code());
            match reason.help.as_str() {
                "" => reason.meaning,
                // which is no caller's to change
                help if help.contains("gate") => {
                    format!("{}: tell whoever gave you the address", reason.meaning)
                }
                help => format!("{}: {help}", reason.meaning),
            }
        } else {
            "you may not do this, or there is no such model: ask whoever gave you the address, and tell them the \
             time and the request id"
                .into()
        };
        ("refused", status, message)
    }
}
