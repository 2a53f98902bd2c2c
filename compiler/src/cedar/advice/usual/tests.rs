//! Messages of Cedar, and what is told instead.

use super::of;

const ELSEWHERE: [(&str, &str, &str); 15] = [
    (
        "attribute `version` on entity type `Model` not found",
        "",
        "`context.version`",
    ),
    (
        "attribute `local[\"Europe/Berlin\"].minute` in context not found",
        "",
        "`hour`, from 0 to 23, and `weekday`",
    ),
    (
        "attribute `groups` on entity type `User` not found",
        "",
        "`principal in Group::\"ISSUER/NAME\"`",
    ),
    ("the types String and User are not compatible", "", "User::"),
    (
        "the types String and Model are not compatible",
        "",
        "`resource.name",
    ),
    (
        "unexpected type: expected Bool but saw User",
        "",
        "`!(principal in Group",
    ),
    (
        "unexpected type: expected X::AnyEntity but saw Bool",
        "resource.public is True",
        "`resource.public`",
    ),
    (
        "unexpected type: expected Long but saw datetime",
        "",
        "seconds since 1970",
    ),
    ("invalid variable: null", "", "`context.claims has NAME`"),
    ("unrecognized entity type `null`", "", "has NAME"),
    (
        "unrecognized entity type `Issuer`",
        "",
        "Group::\"ISSUER/NAME\"",
    ),
    (
        "unexpected token `5`: expected identifier",
        "context.claims.level >= 3.5",
        "numbers are whole",
    ),
    ("invalid variable: TRUE", "", "write `true`"),
    ("invalid variable: monday", "", "Monday is 1"),
    ("invalid variable: Action::predict", "", "`can`"),
];

#[test]
fn words_of_other_languages_are_said_in_this_one() {
    for (message, text, part) in ELSEWHERE {
        let help = of(message, None, text).unwrap_or_default();
        assert!(help.contains(part), "{message}: {help}");
    }
}

#[test]
fn what_was_written_says_what_was_meant() {
    for (message, text, part) in [
        ("invalid token", "context.method == „POST“", "write `\"`"),
        ("invalid token", "context.hour ≥ 6", "`>=`"),
        ("invalid token", "a && b & c", "`&&` for and"),
        (
            "invalid variable: Group::admins",
            "principal in Group::admins",
            "`Group::\"ISSUER/admins\"`",
        ),
        (
            "invalid variable: purpose",
            "context.headers.x-purpose == \"a\"",
            "`context.headers[\"x-purpose\"]`",
        ),
        (
            "unexpected token `;`: expected `!=`",
            "context.hour >= 6; ",
            "take the `;`",
        ),
        (
            "the types String and ipaddr are not compatible",
            "",
            "isInRange",
        ),
        (
            "unexpected type: expected Long but saw String",
            "",
            "without quotes",
        ),
        (
            "the types Bool and String are not compatible",
            "",
            "`== true`",
        ),
    ] {
        let help = of(message, None, text).unwrap_or_default();
        assert!(help.contains(part), "{message}: {help}");
    }
}

#[test]
fn of_what_is_unusual_nothing_is_told() {
    for (message, text) in [
        ("invalid token", "a ^ b"),
        ("invalid variable: x", "context.headers.purpose == x"),
        (
            "unexpected token `;`: expected `!=`",
            "forbid (principal) when { a; };",
        ),
        (
            "unexpected token `)`: expected identifier",
            "context.address.isInRange(ip(\"10.0.0.0/8\") && )",
        ),
    ] {
        assert_eq!(of(message, None, text), None, "{text}");
    }
}

#[test]
fn guardrails_by_who_knows_other_languages() {
    for (message, part) in [
        ("invalid policy effect: deny", "`forbid (principal"),
        (
            "expected an entity uid or matching template slot, found name `Group::contractors`",
            "`Group::\"ISSUER/contractors\"`",
        ),
    ] {
        let help = of(message, None, "").unwrap_or_default();
        assert!(help.contains(part), "{message}: {help}");
    }
}

#[test]
fn a_zone_is_not_another_one() {
    let told = |zone: &str| {
        let message = format!("attribute `local{zone}` in context not found");
        of(&message, Some("did you mean `Europe/Berlin`?"), "")
    };
    for (zone, part) in [
        (".Berlin", "`context.local[\"Europe/Berlin\"].hour`"),
        ("[\"Europe/Rome\"]", "`timeZones: [Europe/Rome]`"),
    ] {
        let help = told(zone).unwrap_or_default();
        assert!(help.contains(part), "{zone}: {help}");
    }
    // Cedar's own words lead there
    assert_eq!(told("[\"Europe/Belrin\"]"), None);
}
