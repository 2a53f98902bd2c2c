//! MG0322 to MG0325: a team grants what the gate lets it grant. Denies take away and are not limited.
//!
//! How far away an end is depends on the clock, so it is a question of the compile ([`far`]); all else is one of the files.

use policies::time::{UnixTime, duration};

use crate::cedar::code;
use crate::diagnostic::Diagnostic;
use crate::policy::Policy;
use crate::source::Span;
use crate::syntax::access::Rule;
use crate::syntax::grants::Grants;
use crate::syntax::who::Principals;
use crate::syntax::{ModelAccess, Text, suggest};

use super::names::Names;
use super::principals::report;
use super::roles::ByName;
use super::{Scope, written};

const DAY: u64 = 86_400;

/// Every allow of every file.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    let Some(grants) = &scope.gate.grants else {
        return;
    };
    let names = Names::new(scope.gate);
    let groups = written(grants.groups.iter().flatten());
    found.extend(groups.filter_map(|name| report(name, names.person(&name.value))));
    let limits = Limits {
        grants,
        names,
        roles: ByName::new(&scope.reading.roles),
    };
    for file in &scope.reading.files {
        for rule in &file.allow {
            limits.rule(rule, file, found);
        }
    }
}

struct Limits<'a> {
    grants: &'a Grants,
    names: Names<'a>,
    roles: ByName<'a>,
}

impl Limits<'_> {
    fn rule(&self, rule: &Rule, file: &ModelAccess, found: &mut Vec<Diagnostic>) {
        if rule.who.everyone {
            found.extend(self.everyone(rule));
        }
        found.extend(self.condition(rule));
        if let Some(longest) = self.grants.longest.filter(|_| rule.until.is_none()) {
            let message = "the gate lets no team grant something without an end";
            let problem = Diagnostic::error("MG0323", rule.span, message);
            found.push(problem.with_help(near_enough(longest.into())));
        }
        let namespace = file.namespace.value.as_str();
        let roles = written(&rule.who.roles);
        let roles = roles.filter_map(|name| Some((self.roles.get(namespace, &name.value)?, name)));
        let roles = roles.map(|(role, name)| (&role.who, Some(name)));
        let mut outside = Vec::new();
        for (list, role) in std::iter::once((&rule.who.any, None)).chain(roles) {
            self.users(list, role, found);
            self.groups(list, role, &mut outside);
        }
        // whoever is in all lists is in one of persons
        let lists = &rule.who.all;
        lists.iter().for_each(|list| self.users(list, None, found));
        // one of the lists is whom the rule speaks of; the others take away
        let fits = |list: &Principals| {
            let mut problems = Vec::new();
            self.groups(list, None, &mut problems);
            problems.is_empty()
        };
        if lists.iter().any(fits) {
            return;
        }
        if rule.who.any.count() == 0 && rule.who.roles.is_empty() {
            let first = lists.iter().take(1);
            first.for_each(|list| self.groups(list, None, &mut outside));
        }
        found.append(&mut outside);
    }

    /// A condition could make of everyone, and of a group that all are in, a single person.
    fn condition(&self, rule: &Rule) -> Option<Diagnostic> {
        let when = rule.when.as_ref().filter(|_| !self.grants.users)?;
        let message = "a condition that names a person: the gate lets no team grant something to single people";
        let help = "name a group that they are in; who is not to have it is named in a `deny`";
        let problem = Diagnostic::error("MG0325", when.span, message).with_help(help);
        names_a_person(&when.value).then_some(problem)
    }

    fn everyone(&self, rule: &Rule) -> Option<Diagnostic> {
        let message = match &self.grants.groups {
            _ if !self.grants.everyone => "the gate lets no team grant something to everyone",
            Some(_) => {
                "the gate lets teams grant something to some groups alone, and not to everyone"
            }
            None => return None,
        };
        let help = match &self.grants.groups {
            Some(groups) if !groups.is_empty() => {
                let names: Vec<&str> = groups.iter().map(|group| group.value.as_str()).collect();
                format!("name one of these groups: `{}`", names.join("`, `"))
            }
            _ => "name groups, users or service accounts".to_owned(),
        };
        Some(Diagnostic::error("MG0322", rule.span, message).with_help(help))
    }

    fn users(&self, who: &Principals, role: Option<&Text>, found: &mut Vec<Diagnostic>) {
        for name in written(&who.users).filter(|_| !self.grants.users) {
            let (what, span) = through(name, role);
            let message = format!("{what}: the gate lets no team grant something to single people");
            let help = "name a group that they are in";
            found.push(Diagnostic::error("MG0325", span, message).with_help(help));
        }
    }

    fn groups(&self, who: &Principals, role: Option<&Text>, found: &mut Vec<Diagnostic>) {
        // an empty list was reported
        let groups = self.grants.groups.as_ref();
        let Some(groups) = groups.filter(|groups| !groups.is_empty()) else {
            return;
        };
        let full = |name: &Text| self.names.person(&name.value).ok();
        for name in written(&who.groups) {
            let known = full(name);
            if known.is_none() || groups.iter().any(|group| full(group) == known) {
                continue;
            }
            let (what, span) = through(name, role);
            let message =
                format!("{what} is none of the groups that the gate lets teams grant something to");
            let names = groups.iter().map(|group| group.value.as_str());
            let help = suggest::help(&name.value, names, "these are");
            found.push(Diagnostic::error("MG0324", span, message).with_help(help));
        }
    }
}

/// A name and its place: the role's, where a role has it.
fn through(name: &Text, role: Option<&Text>) -> (String, Span) {
    match role {
        Some(role) => (
            format!("`{}` of role `{}`", name.value, role.value),
            role.span,
        ),
        None => (format!("`{}`", name.value), name.span),
    }
}

/// Blanks and comments may stand between the words of a name.
fn names_a_person(when: &str) -> bool {
    let words: String = code(when).split_whitespace().collect();
    words.contains("User::")
}

/// What to write where the day of the compile is not known. A date means the end of its day, so that of a few hours none may be left.
fn near_enough(longest: u64) -> String {
    let most = duration(longest);
    match (longest / DAY).checked_sub(1) {
        Some(0) => "add `until: YYYY-MM-DD` with the day of today in UTC".to_owned(),
        Some(days) => {
            format!("add `until: YYYY-MM-DD` with a day in UTC, today or one of the next {days}")
        }
        None => format!("add `until: YYYY-MM-DDTHH:MM:SSZ` with a time at most {most} from now"),
    }
}

/// A date means the end of its day.
fn latest(now: UnixTime, last: u64) -> String {
    let day = (last / DAY).saturating_sub(1).saturating_mul(DAY);
    let last = UnixTime::from_secs(last).rfc3339();
    let last = last.replace(".000Z", "Z");
    if day < now.secs() {
        return format!("write no later end than `{last}`");
    }
    let day = UnixTime::from_secs(day).rfc3339();
    let (date, _) = day.split_once('T').unwrap_or_default();
    format!("write no later day than `{date}`, or no later time than `{last}`")
}

/// Grants that end later than the gate lets them.
pub fn far(policy: &Policy, now: UnixTime) -> Vec<Diagnostic> {
    let Some(longest) = policy.gate.grants.longest else {
        return Vec::new();
    };
    let last = now.secs().saturating_add(longest);
    let rules = policy.files.iter().flat_map(|file| &file.rules);
    let ends = rules.filter(|rule| !rule.denies);
    let ends = ends.filter_map(|rule| rule.until.as_ref());
    ends.filter(|until| until.ends > last)
        .map(|until| {
            let end = UnixTime::from_secs(until.ends).rfc3339();
            let most = duration(longest);
            let message =
                format!("a grant until {end}, the gate lets none end later than in {most}");
            Diagnostic::error("MG0323", until.span, message).with_help(latest(now, last))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::near_enough;
    use crate::checks::vectors::{ACCESS, GATE, codes};

    #[test]
    fn the_latest_day_is_counted_as_it_is_compared() {
        const HOUR: u64 = 3600;
        assert_eq!(
            near_enough(30 * 24 * HOUR),
            "add `until: YYYY-MM-DD` with a day in UTC, today or one of the next 29"
        );
        assert!(near_enough(24 * HOUR).ends_with("with the day of today in UTC"));
        assert!(near_enough(23 * HOUR).contains("with a time at most 23"));
    }

    /// Who is in all lists is in each: one that may be named is enough.
    #[test]
    fn a_list_that_takes_away_is_enough() {
        let gate = GATE.replace("spec:\n", "spec:\n  grants: { groups: [analysts] }\n");
        let rule = "who: { groups: [analysts] }";
        let with = |who: &str| codes(&[("g", &gate), ("a", &ACCESS.replace(rule, who))]);
        assert!(ACCESS.contains(rule));
        assert_eq!(with(rule), [""; 0]);
        assert_eq!(with("who: { groups: [leads] }"), ["MG0324"]);
        assert_eq!(
            with("who: { groups: [leads], all: [{ groups: [b] }] }"),
            ["MG0324"]
        );
        assert_eq!(
            with("who: { groups: [leads], all: [{ groups: [analysts] }] }"),
            [""; 0]
        );
        assert_eq!(
            with("who: { groups: [leads], all: [{ groups: [b] }, { groups: [analysts] }] }"),
            [""; 0]
        );
    }

    #[test]
    fn what_cannot_be_read_limits_nothing() {
        let gate = GATE.replace("spec:\n", "spec:\n  grants: { groups: analysts }\n");
        assert_eq!(codes(&[("g", &gate), ("a", ACCESS)]), ["MG0102"]);
    }
}
