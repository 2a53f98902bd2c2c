//! Mistakes that the words of Cedar do not show, or lead astray from: by what it says and by what was written.

use crate::zone;

const ADDRESS: &str =
    "an address is asked for its range: `context.address.isInRange(ip(\"10.0.0.0/8\"))`";
const TWICE: &str = "compare twice: `context.hour >= 8 && context.hour <= 18`";
const MOMENT: &str = "a number stands without quotes, also a moment: `context.now` counts seconds since 1970, and a grant that ends has `until`";
const CALLER: &str = "a caller stands with its kind: `principal in Group::\"ISSUER/NAME\"`, `principal == User::\"ISSUER/NAME\"`, `ServiceAccount::\"NAMESPACE/NAME\"`; what its token says is `context.claims.NAME`";
const NEGATED: &str = "brackets are due behind `!`: `!(principal in Group::\"ISSUER/NAME\")`";
const SIGNS: &str = "the signs are `==`, `!=`, `<`, `<=`, `>` and `>=`";

/// By how Cedar's message begins, and what is in it.
const KNOWN: [(&str, &str, &str); 26] = [
    (
        "`not` is not a valid function",
        "",
        "write `!( )` for not: `!(context.hour < 6)`",
    ),
    (
        "invalid policy effect",
        "",
        "a guardrail forbids: `forbid (principal, action, resource) when { !resource.public };`",
    ),
    ("the types ", "ipaddr", ADDRESS),
    ("unexpected type", "expected ipaddr", ADDRESS),
    ("unexpected type", "but saw ipaddr", ADDRESS),
    (
        "unexpected type: expected Set<__cedar::internal::Any>",
        "but saw String",
        "a text is compared as a whole, `== \"TEXT\"`; `contains` asks a list, as which the gate declares a claim with `type: list`",
    ),
    (
        "the types ",
        "Set<String>",
        "a list is asked whether it has a text: `context.claims.NAME.contains(\"TEXT\")`",
    ),
    (
        "the types ",
        "Bool",
        "a yes or no stands without quotes: `== true` or `== false`",
    ),
    ("unexpected type: expected Long", "but saw String", MOMENT),
    ("unexpected type: expected Long", "but saw datetime", MOMENT),
    ("the types ", "User", CALLER),
    ("the types ", "ServiceAccount", CALLER),
    ("attribute ", "on entity type `User`", CALLER),
    ("attribute ", "on entity type `ServiceAccount`", CALLER),
    (
        "the types ",
        "Model",
        "a model is asked for its name: `resource.name == \"NAME\"`",
    ),
    (
        "attribute `version` on entity type `Model`",
        "",
        "the version that a request names is `context.version`; which versions a rule is about stands in its `versions`",
    ),
    ("unexpected type: expected Bool but saw User", "", NEGATED),
    (
        "unexpected type: expected Bool but saw ServiceAccount",
        "",
        NEGATED,
    ),
    ("unexpected type: expected Bool but saw Model", "", NEGATED),
    (
        "unexpected type: ",
        "OpenRecord{} but saw Bool",
        "brackets are due behind `!`: `!(context.claims has NAME)`",
    ),
    (
        "unexpected type: expected Bool but saw {",
        "",
        "brackets are due behind `!`: `!(context.claims has NAME)`",
    ),
    ("multiple relational operators", "", TWICE),
    ("unexpected token `between`", "", TWICE),
    ("unexpected token `=`", "", SIGNS),
    ("unexpected token `>`", "", SIGNS),
    (
        "unexpected token `contains`",
        "",
        "a list is asked like this: `context.claims.NAME.contains(\"TEXT\")`",
    ),
];

/// Signs of word processors, and what is meant.
const LETTERS: [(&[char], &str); 5] = [
    (
        &['“', '”', '„', '‟', '«', '»', '‘', '’', '‚'],
        "typographic quotes are no quotes to Cedar: write `\"`",
    ),
    (&['≥'], "write `>=`"),
    (&['≤'], "write `<=`"),
    (&['≠'], "write `!=`"),
    (&['–', '—', '−'], "this is no hyphen: write `-`"),
];

/// Words of other languages, and what is meant by them.
const WORDS: [(&[&str], &str); 4] = [
    (
        &["null", "none", "nil", "undefined"],
        "whether a request has something is asked like this: `context.claims has NAME`",
    ),
    (&["true", "yes", "on"], "write `true`"),
    (&["false", "no", "off"], "write `false`"),
    (
        &[
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
            "sunday",
        ],
        "a day of the week is a number: Monday is 1, and Sunday 7",
    ),
];

/// What to type; `theirs` is what Cedar proposes, and `text` what is wrong.
pub fn of(message: &str, theirs: Option<&str>, text: &str) -> Option<String> {
    let known = |(begins, has, _): &&(&str, &str, &str)| {
        message.starts_with(begins) && message.contains(has)
    };
    if let Some((.., help)) = KNOWN.iter().find(known) {
        return Some((*help).to_owned());
    }
    if let Some(name) =
        message.strip_prefix("expected an entity uid or matching template slot, found name `")
    {
        return entity(name.trim_end_matches('`'));
    }
    if message == "invalid token" {
        return token(text).map(str::to_owned);
    }
    if message.starts_with("unexpected token `;`")
        && text.trim_end().ends_with(';')
        && !text.contains('}')
    {
        return Some("take the `;` at the end out".to_owned());
    }
    if let Some(name) = message.strip_prefix("invalid variable: ") {
        return header(text).or_else(|| entity(name)).or_else(|| word(name));
    }
    if let Some(name) = message.strip_prefix("unrecognized entity type `") {
        return kind(name.trim_end_matches('`'));
    }
    if message.starts_with("unexpected token `") && has_point(text) {
        return Some("numbers are whole: write one without a point".to_owned());
    }
    if message.contains("AnyEntity but saw") {
        return no_entity(text).map(str::to_owned);
    }
    message
        .starts_with("attribute `local")
        .then(|| local(message, theirs))
        .flatten()
}

/// What is meant by a kind of entity that there is not.
fn kind(name: &str) -> Option<String> {
    let of_issuer = || {
        "names begin with their issuer: `principal in Group::\"ISSUER/NAME\"` or `principal == User::\"ISSUER/NAME\"`".to_owned()
    };
    let is_issuer = name.eq_ignore_ascii_case("issuer");
    word(name).or_else(|| is_issuer.then(of_issuer))
}

/// Whether digits stand before and behind a point, outside of quotes.
fn has_point(text: &str) -> bool {
    let digit = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_digit());
    let mut points = text.split('"').step_by(2).flat_map(|part| {
        let points = part.match_indices('.');
        points.map(|(at, _)| part.split_at(at))
    });
    points.any(|(before, behind)| digit(before.chars().next_back()) && digit(behind.chars().nth(1)))
}

/// A word of another language.
fn word(name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let mut rows = WORDS.iter();
    let (_, help) = rows.find(|(words, _)| words.contains(&name.as_str()))?;
    Some((*help).to_owned())
}

/// What no entity stands before, which `in` and `is` ask for.
fn no_entity(text: &str) -> Option<&'static str> {
    let negated = ["!principal in", "!resource in", "!principal is"];
    if negated.iter().any(|negated| text.contains(negated)) {
        return Some(NEGATED);
    }
    if text.contains("principal in \"") {
        return Some(CALLER);
    }
    text.contains(" is ").then_some(
        "a yes or no is asked by itself: `resource.public`; whether a request has something, with `has`: `context.claims has NAME`",
    )
}

/// `Group::contractors`, as Cedar has it.
fn entity(name: &str) -> Option<String> {
    let (kind, name) = name.split_once("::")?;
    let before = match kind {
        "User" | "Group" => "ISSUER/",
        "ServiceAccount" => "NAMESPACE-OR-ISSUER/",
        "Model" | "Pattern" => "NAMESPACE/",
        "Action" => {
            return Some(format!(
                "a name stands in quotes: `Action::\"{name}\"`; in an access file the rule's `can` says the actions"
            ));
        }
        "Namespace" => "",
        _ => return None,
    };
    Some(format!(
        "a name stands in quotes: `{kind}::\"{before}{name}\"`"
    ))
}

fn token(text: &str) -> Option<&'static str> {
    let mut rows = LETTERS.iter();
    let row = rows.find(|(letters, _)| text.contains(*letters));
    let single = || {
        let alone = |sign: &str| text.replace(&sign.repeat(2), "").contains(sign);
        (alone("&") || alone("|")).then_some("write `&&` for and, `||` for or")
    };
    row.map(|(_, help)| *help).or_else(single)
}

/// A header field with a hyphen, which Cedar takes for a subtraction.
fn header(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("context.headers.")?;
    let end =
        rest.find(|letter: char| !letter.is_ascii_alphanumeric() && !['-', '_'].contains(&letter));
    let name = rest.get(..end.unwrap_or(rest.len()))?;
    name.contains('-').then(|| {
        let name = name.to_ascii_lowercase();
        format!("a name with `-` stands in brackets: `context.headers[\"{name}\"]`")
    })
}

/// The zone that was meant; another one that only looks like it would be another clock.
fn local(message: &str, theirs: Option<&str>) -> Option<String> {
    let (_, rest) = message.split_once("attribute `local")?;
    let (asked, _) = rest.split_once('`')?;
    let near = theirs.and_then(|theirs| theirs.strip_prefix("did you mean `")?.strip_suffix("`?"));
    if let Some(zone) = asked
        .strip_prefix("[\"")
        .and_then(|zone| zone.strip_suffix("\"]"))
    {
        return zone::is_known(zone)
            .then(|| format!("the gate lists the zones: `timeZones: [{zone}]`"));
    }
    if asked.contains("\"].") {
        return Some("of a zone there are `hour`, from 0 to 23, and `weekday`".to_owned());
    }
    let city = asked.strip_prefix('.')?;
    let near = near.filter(|near| {
        near.rsplit('/')
            .next()
            .is_some_and(|last| last.eq_ignore_ascii_case(city))
    });
    let zone = near.unwrap_or("Europe/Berlin");
    Some(format!(
        "a zone stands in brackets, as the gate lists it: `context.local[\"{zone}\"].hour`"
    ))
}

#[cfg(test)]
mod tests;
