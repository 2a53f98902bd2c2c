//! A condition of the table as text, close to how one would write it. Two conditions that differ have different texts.

use policies::action::Action;
use policies::bundle::{ClaimTest, Comparison, Condition, Number, Text};
use policies::facts;
use policies::time::UnixTime;

use crate::lower::Table;
use crate::policy::Term;

/// `context.hour >= 6 && !resource.public`.
#[must_use]
pub fn condition(condition: &Condition, table: &Table) -> String {
    within(condition, table, false)
}

/// A principal as Cedar writes it.
#[must_use]
pub fn entity(term: &Term) -> String {
    let (kind, id) = match term {
        Term::User(id) => ("User", id),
        Term::Group(id) => ("Group", id),
        Term::ServiceAccount(id) => ("ServiceAccount", id),
    };
    format!("{kind}::{id:?}")
}

/// A principal as people say it: `group corp/analysts`.
#[must_use]
pub fn principal(term: &Term) -> String {
    let (kind, id) = match term {
        Term::User(id) => ("user", id),
        Term::Group(id) => ("group", id),
        Term::ServiceAccount(id) => ("service account", id),
    };
    format!("{kind} {id}")
}

/// What a fact of a request is.
#[must_use]
pub fn fact(fact: &str) -> String {
    match (fact, facts::header(fact)) {
        (facts::VERSION, _) => "versions".to_owned(),
        (facts::ADDRESS, _) => "the client's address".to_owned(),
        (_, Some(name)) => format!("the header field `{name}`"),
        (other, None) => format!("`{other}`"),
    }
}

/// Actions as one would write them in an access file: a group stands for those of its members that are offered, where these are
/// more than one.
#[must_use]
pub fn actions(actions: &[Action], offered: impl Fn(Action) -> bool) -> Vec<String> {
    let whole = |group: &Action| {
        let members = group.members().iter().copied();
        let members = members.filter(|member| *member != Action::Read && offered(*member));
        let members: Vec<Action> = members.collect();
        let mut more = members
            .iter()
            .filter(|member| **member != Action::List || *group == Action::Read);
        let many = more.clone().count() > 1 || more.any(|member| member == group);
        many && members.iter().all(|member| actions.contains(member))
    };
    let groups: Vec<Action> = [Action::Predict, Action::Read]
        .into_iter()
        .filter(whole)
        .collect();
    let implied = |action: &&Action| groups.iter().any(|group| group.members().contains(action));
    let rest = actions.iter().filter(|action| !implied(action));
    let rest = rest.map(|action| match action {
        Action::Predict => "predict itself".to_owned(),
        other => other.name().to_owned(),
    });
    let groups = groups.iter().map(|group| group.name().to_owned());
    groups.chain(rest).collect()
}

fn within(condition: &Condition, table: &Table, closed: bool) -> String {
    match condition {
        Condition::Always(value) => value.to_string(),
        Condition::All(parts) => list(parts, " && ", table, closed),
        Condition::Any(parts) => list(parts, " || ", table, closed),
        Condition::Not(part) => match part.as_ref() {
            simple @ (Condition::Public | Condition::Always(_)) => {
                format!("!{}", within(simple, table, true))
            }
            part => format!("!({})", within(part, table, false)),
        },
        Condition::PrincipalIn(terms) => format!("principal in {}", names(terms, table)),
        Condition::PeerIn(terms) => format!("context.peer in {}", names(terms, table)),
        Condition::HasPeer => "context has peer".into(),
        Condition::ClientIn(terms) => format!("context.client in {}", names(terms, table)),
        Condition::HasClient => "context has client".into(),
        Condition::Claim(name, test) => claim(name, test, closed),
        Condition::ModelIn(patterns) => format!("resource in [{}]", patterns.join(", ")),
        Condition::Public => "resource.public".into(),
        Condition::Number(number, comparison, constant) => {
            let number = match number {
                Number::Hour => "hour",
                Number::Minute => "minute",
                Number::Weekday => "weekday",
                Number::Now => "now",
            };
            let date = u64::try_from(*constant).ok().filter(|_| number == "now");
            let date = date.map_or_else(String::new, |secs| {
                format!(" ({})", UnixTime::from_secs(secs).rfc3339())
            });
            format!("context.{number} {} {constant}{date}", sign(*comparison))
        }
        Condition::Text(text, constant) => {
            let text = match text {
                Text::Method => "context.method",
                Text::Namespace => "resource.namespace",
                Text::Name => "resource.name",
                Text::Api => "resource.api",
            };
            format!("{text} == {constant:?}")
        }
    }
}

fn list(parts: &[Condition], between: &str, table: &Table, closed: bool) -> String {
    let parts: Vec<String> = parts.iter().map(|part| within(part, table, true)).collect();
    let text = parts.join(between);
    if closed { format!("({text})") } else { text }
}

fn claim(name: &str, test: &ClaimTest, closed: bool) -> String {
    let (of, name, whole) = match facts::header(name) {
        Some(name) => (
            "context.headers",
            format!("{name:?}"),
            format!("[{name:?}]"),
        ),
        None if name == facts::VERSION => ("context", "version".to_owned(), ".version".to_owned()),
        None => ("context.claims", name.to_owned(), format!(".{name}")),
    };
    match test {
        ClaimTest::Present => format!("{of} has {name}"),
        ClaimTest::True => format!("{of}{whole}"),
        ClaimTest::Text(texts) => match texts.as_slice() {
            [text] => format!("{of}{whole} == {text:?}"),
            texts => format!("{texts:?}.contains({of}{whole})"),
        },
        ClaimTest::Number(comparison, constant) => {
            format!("{of}{whole} {} {constant}", sign(*comparison))
        }
        ClaimTest::Contains(texts) => match texts.as_slice() {
            [text] => format!("{of}{whole}.contains({text:?})"),
            texts => format!("{of}{whole}.containsAny({texts:?})"),
        },
        ClaimTest::Begins(ranges) => {
            let ranges: Vec<String> = ranges.iter().map(|bits| address(bits)).collect();
            let text = ranges.join(" || ");
            if closed && ranges.len() > 1 {
                format!("({text})")
            } else {
                text
            }
        }
    }
}

/// A range of addresses by its bits.
fn address(bits: &str) -> String {
    match (bits, facts::address(bits)) {
        ("4", _) => "context.address.isIpv4()".into(),
        ("6", _) => "context.address.isIpv6()".into(),
        (_, Some(first)) => {
            let length = bits.len().saturating_sub(1);
            format!("context.address.isInRange(ip(\"{first}/{length}\"))")
        }
        (_, None) => format!("context.address of {bits:?}"),
    }
}

/// The day, of 1 to 7.
pub(super) const fn weekday(number: u64) -> &'static str {
    match number {
        1 => "Monday",
        2 => "Tuesday",
        3 => "Wednesday",
        4 => "Thursday",
        5 => "Friday",
        6 => "Saturday",
        _ => "Sunday",
    }
}

const fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Eq => "==",
        Comparison::Lt => "<",
        Comparison::Le => "<=",
        Comparison::Gt => ">",
        Comparison::Ge => ">=",
    }
}

fn names(terms: &[u32], table: &Table) -> String {
    let term = |position: &u32| table.terms.names().get(usize::try_from(*position).ok()?);
    let mut names: Vec<String> = terms.iter().filter_map(term).map(entity).collect();
    names.sort_unstable();
    match names.as_slice() {
        [only] => only.clone(),
        names => format!("[{}]", names.join(", ")),
    }
}
