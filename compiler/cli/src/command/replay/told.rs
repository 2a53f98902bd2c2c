//! A replay in words, and for programs.

use compiler::analysis::Side;
use compiler::replay::{Key, Report, Times};
use compiler::source::Source;
use policies::time::UnixTime;
use serde_json::{Value, json};

use crate::paper::{Paper, Style};
use crate::shown::{self, counted, printable};

/// What came of the events, and the files that decide now.
pub struct Told<'a> {
    /// what was read
    pub report: &'a Report,
    /// the changed files
    pub side: &'a Side<'a>,
    /// their texts
    pub sources: &'a [Source],
}

impl Told<'_> {
    /// For people.
    pub fn text(&self, paper: Paper) -> String {
        let mut text = String::new();
        let report = self.report;
        for (perhaps, before, heading, style, more) in [
            (
                false,
                false,
                "newly allowed",
                Style::Mixed,
                report.more_allowed,
            ),
            (false, true, "newly denied", Style::Good, report.more_denied),
            (
                true,
                false,
                "perhaps newly allowed: what events do not hold decides",
                Style::Mixed,
                0,
            ),
            (
                true,
                true,
                "perhaps newly denied: what events do not hold decides",
                Style::Bold,
                report.more_perhaps,
            ),
        ] {
            let groups = self.groups(perhaps, before);
            if !groups.is_empty() {
                text += &format!("{}\n", paper.styled(heading, style));
            }
            for (key, times) in groups {
                text += &self.group(key, times, paper);
            }
            if more > 0 {
                text += &format!("  {}\n\n", further(more));
            }
        }
        text += &self.left(paper);
        let summary = self.summary();
        let lines = summary.lines().map(|line| paper.wrapped("", line));
        text += &lines.collect::<String>();
        let assumed = self.assumed();
        text + &assumed.map_or_else(String::new, |line| paper.wrapped("", &line))
    }

    /// What could not be decided anew.
    fn left(&self, paper: Paper) -> String {
        if self.report.left.is_empty() {
            return String::new();
        }
        let mut text = format!("{}\n", paper.styled("not replayed", Style::Bold));
        for (why, count) in self.report.left.iter() {
            text += &paper.wrapped(&format!("  {count:>7}  "), &printable(&why.to_string()));
        }
        text + "\n"
    }

    /// The most frequent first.
    pub(super) fn groups(&self, perhaps: bool, before: bool) -> Vec<(&Key, &Times)> {
        let groups = self.report.changed.iter();
        let wanted = groups.filter(|(key, _)| (key.perhaps, key.before) == (perhaps, before));
        let mut groups: Vec<_> = wanted.collect();
        groups.sort_by_key(|(_, times)| std::cmp::Reverse(times.count));
        groups
    }

    fn group(&self, key: &Key, times: &Times, paper: Paper) -> String {
        let request = request(key);
        let mut text = paper.wrapped("  ", &printable(&request));
        text += &paper.wrapped("    ", &often(times));
        let [before, now] = self.verdicts(key);
        text += &paper.wrapped("    before  ", &printable(&before));
        text += &paper.wrapped("    now     ", &now);
        text.push('\n');
        text
    }

    /// What was decided, and what would be.
    pub(super) fn verdicts(&self, key: &Key) -> [String; 2] {
        let before = match (key.before, key.rules_before.is_empty()) {
            (true, true) => "allowed".to_owned(),
            (true, false) => format!("allowed by {}", key.rules_before.join(", ")),
            (false, true) => "refused: no rule allowed it".to_owned(),
            (false, false) => format!("refused by {}", key.rules_before.join(", ")),
        };
        let rules = key.rules_now.iter();
        let rules: Vec<String> = rules
            .map(|position| shown::rule(self.side, *position, self.sources))
            .collect();
        let now = match (key.before, rules.is_empty()) {
            (false, _) => format!("allowed by {}", rules.join(", ")),
            (true, true) => {
                "refused: no rule allows it, or it is refused before any is asked".to_owned()
            }
            (true, false) => format!("refused by {}", rules.join(", ")),
        };
        [before, now]
    }

    pub(super) fn summary(&self) -> String {
        let report = self.report;
        format!(
            "{} in {}: {} as before, {} newly allowed,\n{} newly denied, {} perhaps otherwise, {} not replayed",
            counted(report.events, "event"),
            counted(report.lines, "line"),
            report.same,
            report.allowed(),
            report.denied(),
            report.perhaps(),
            report.left()
        )
    }

    /// What was taken for granted.
    pub(super) fn assumed(&self) -> Option<String> {
        let count = self.report.foreign;
        let events = counted(count, "replayed event");
        let are = if count == 1 { "is" } else { "are" };
        (count > 0).then(|| {
            format!(
                "{events} {are} of bundles that these files do not give: that the gate reads tokens as it did then is taken for granted"
            )
        })
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let group = |(key, times): &(&Key, &Times)| {
            let rules = key.rules_now.iter();
            let rules = rules.map(|position| shown::rule_json(self.side, *position, self.sources));
            json!({
                "caller": { "kind": key.who.kind, "issuer": key.who.issuer, "name": key.who.name },
                "action": key.action.name(),
                "namespace": key.namespace,
                "model": key.model,
                "before": verdict(key.before),
                "now": verdict(!key.before),
                "decidedBefore": key.rules_before,
                "decidedNow": rules.collect::<Vec<_>>(),
                "count": times.count,
                "first": times.first.map(time),
                "last": times.last.map(time),
            })
        };
        let list = |perhaps, before| {
            let groups = self.groups(perhaps, before);
            groups.iter().map(group).collect::<Vec<_>>()
        };
        let left = self.report.left.iter();
        let left: Vec<Value> = left
            .map(|(why, count)| json!({ "why": why.to_string(), "count": count }))
            .collect();
        let report = self.report;
        json!({
            "apiVersion": shown::VERSION,
            "kind": "Replay",
            "lines": report.lines,
            "linesWithoutEvent": report.others,
            "events": report.events,
            "replayedOfOtherBundles": report.foreign,
            "asBefore": report.same,
            "newlyAllowed": { "count": report.allowed(), "groups": list(false, false), "inFurtherGroups": report.more_allowed },
            "newlyDenied": { "count": report.denied(), "groups": list(false, true), "inFurtherGroups": report.more_denied },
            "perhaps": { "count": report.perhaps(), "newlyAllowed": list(true, false), "newlyDenied": list(true, true),
                "inFurtherGroups": report.more_perhaps },
            "notReplayed": { "count": report.left(), "reasons": left },
        })
    }
}

/// Who asked for what.
pub(super) fn request(key: &Key) -> String {
    let who = match &key.who.issuer {
        Some(issuer) => format!("{} `{}` of `{issuer}`", key.who.kind, key.who.name),
        None => format!("{} `{}` by its certificate", key.who.kind, key.who.name),
    };
    format!("{who}: {} on {}/{}", key.action, key.namespace, key.model)
}

const fn verdict(allowed: bool) -> &'static str {
    if allowed { "allow" } else { "deny" }
}

fn time(seconds: u64) -> String {
    let text = UnixTime::from_secs(seconds).rfc3339();
    text.replace(".000Z", "Z")
}

/// Of requests in more groups than are told.
pub(super) fn further(more: u64) -> String {
    let are = if more == 1 { "is" } else { "are" };
    let requests = counted(more, "request");
    format!("and {requests} of further groups, which {are} not kept apart")
}

pub(super) fn often(times: &Times) -> String {
    let count = if times.count == 1 {
        "once".to_owned()
    } else {
        format!("{} times", times.count)
    };
    match (times.first, times.last) {
        (Some(first), Some(last)) if first != last => {
            format!("{count}, from {} to {}", time(first), time(last))
        }
        (Some(first), _) => format!("{count}, at {}", time(first)),
        _ => count,
    }
}
