//! What to type instead, for every code. A diagnostic that knows better says so; the page of diagnostics and `explain` have these.

mod findings;

use findings::FINDINGS;

/// Code and help, in the order of the codes, of what stops a compile.
const ERRORS: &[(&str, &str)] = &[
    ("MG0000", "please report it, with the files"),
    (
        "MG0001",
        "split the file into several, for instance one for each model",
    ),
    ("MG0002", "save the file as UTF-8"),
    ("MG0003", "save the file as UTF-8 without a byte-order mark"),
    ("MG0004", "indent with blanks, two for each level"),
    (
        "MG0005",
        "look at the marked line and the one above: a colon, a quote or a bracket is missing there, or the indentation is another one",
    ),
    ("MG0006", "write the field once, with all that is meant"),
    (
        "MG0007",
        "write fewer levels: no document needs more than ten",
    ),
    ("MG0008", "write out what `*name` stands for"),
    (
        "MG0009",
        "write a document, or delete the file; `modelgate init` writes a first one",
    ),
    (
        "MG0010",
        "put a text that begins with `!` into quotes as a whole: `when: \"!resource.public\"`; delete a type such as `!!str`",
    ),
    (
        "MG0011",
        "write `kind: ModelAccess` in a file that says who may use which model",
    ),
    ("MG0012", "write `apiVersion: modelgate.dev/v1alpha1`"),
    (
        "MG0013",
        "mend the first ones and check again: many problems mostly have one cause",
    ),
    (
        "MG0014",
        "run `modelgate check` on the file and mend what it says, or leave the file as it is",
    ),
    (
        "MG0015",
        "end the line as all others, or delete the character; in a text in quotes write `\\u2028`",
    ),
    (
        "MG0101",
        "delete the field, or look for its right name in what `modelgate schema` prints",
    ),
    ("MG0102", "write a value as the message says"),
    (
        "MG0103",
        "add the field; `modelgate schema` prints what goes into it",
    ),
    (
        "MG0104",
        "write a value after the colon, or delete the line",
    ),
    ("MG0105", "put the value in quotes: `'no'`, `'010'`"),
    ("MG0106", "write at least one entry, or delete the field"),
    (
        "MG0107",
        "write the name that is meant, or delete the entry",
    ),
    ("MG0108", "write one of the values that the message names"),
    ("MG0109", "keep exactly one of the two fields"),
    (
        "MG0110",
        "write whom the rule is about: `who: { groups: [NAME] }`, or `who: { everyone: true }`",
    ),
    (
        "MG0111",
        "write one caller: a `user` with `groups`, a `serviceAccount`, a `peer`, or `nobody: true`",
    ),
    (
        "MG0112",
        "write the algorithm that the issuer signs with, mostly `algorithms: [RS256]`",
    ),
    (
        "MG0113",
        "delete the type: access tokens have `at+jwt` or `JWT`",
    ),
    (
        "MG0114",
        "write a name such as `cost_center`: a small letter, then letters, digits and `_`",
    ),
    ("MG0115", "delete the setting that says nothing"),
    ("MG0201", "write `floor: native`, or delete the line"),
    (
        "MG0202",
        "name the administrator's file as well: `modelgate check gate.yaml access.yaml`",
    ),
    (
        "MG0203",
        "keep one of the two; one gate can list every namespace",
    ),
    ("MG0204", "give each a name of its own"),
    (
        "MG0205",
        "keep one of the two issuers; its `audiences` can be several",
    ),
    (
        "MG0206",
        "write small letters, digits and `-`, at most 63, with a letter or digit at both ends",
    ),
    ("MG0207", "write the `name` of one of the gate's `issuers`"),
    (
        "MG0208",
        "write the bare name that callers use, such as `fraud.models.example.com`",
    ),
    (
        "MG0209",
        "leave the host to one namespace, and give the other one its own",
    ),
    (
        "MG0210",
        "write a host of the namespace, or add this one to its `hosts`",
    ),
    ("MG0211", "give each of the backends `hosts` of its own"),
    (
        "MG0212",
        "write an address such as `https://id.example.com/realms/ml/certs`",
    ),
    (
        "MG0213",
        "before anybody relies on it, delete `insecureJwks: true` and write an `https://` address",
    ),
    (
        "MG0214",
        "write the public keys that the issuer publishes, or its address as `jwksUri`",
    ),
    (
        "MG0215",
        "write namespaces that the gate lists under `namespaces`",
    ),
    (
        "MG0216",
        "write `mode: stream` for proxies older than Istio 1.29",
    ),
    (
        "MG0217",
        "write the same `type` at every issuer, or two names",
    ),
    (
        "MG0218",
        "load the module that was built with `portable`, or let the issuer sign with `RS256`",
    ),
    (
        "MG0219",
        "add to the issuer `requiredClaims: [{ claim: groups }]`",
    ),
    (
        "MG0220",
        "write a header of your own, such as `x-model-user`",
    ),
    ("MG0221", "keep `kubernetes: true` at one of the two"),
    ("MG0222", "write a name such as `Europe/Berlin`"),
    ("MG0223", "write a field of your own, such as `x-purpose`"),
    (
        "MG0301",
        "write a namespace that the gate lists, or ask the administrator to add this one",
    ),
    (
        "MG0302",
        "write the folder's name as `namespace`, or put the file into the namespace's folder",
    ),
    (
        "MG0303",
        "write the name that callers use, such as `churn`, or its beginning and `*`, such as `risk-*`",
    ),
    (
        "MG0304",
        "write a name that stands under `models`, or add this one there",
    ),
    (
        "MG0305",
        "write the protocol of one of the namespace's backends, or ask the administrator for a backend that speaks this one",
    ),
    (
        "MG0306",
        "write the `service` of one of the namespace's backends as the model's name",
    ),
    ("MG0307", "keep one of the two"),
    (
        "MG0308",
        "write the `name` of one of the gate's issuers before the `/`",
    ),
    (
        "MG0309",
        "write `ISSUER/NAME`, or ask the administrator for a `defaultIssuer`",
    ),
    (
        "MG0310",
        "write `NAMESPACE/NAME`, such as `payments/checkout`",
    ),
    (
        "MG0311",
        "ask the administrator to give the issuer another name",
    ),
    (
        "MG0312",
        "write the whole name as it is, without `*`, without blanks or quotes around it, and without characters that are not seen",
    ),
    ("MG0313", "put people into groups, or write several files"),
    ("MG0314", "say it in at most 256 characters in one line"),
    ("MG0315", "name a group that they are in"),
    (
        "MG0316",
        "write the common beginning of their names and `*`, such as `risk-*`",
    ),
    (
        "MG0317",
        "write the workload as `serviceAccounts: [NAMESPACE/NAME]`",
    ),
    (
        "MG0318",
        "write the service account as `serviceAccounts: [ISSUER/NAME]`, or a user of another issuer",
    ),
    (
        "MG0319",
        "take `objects` and `administer` out of `can`, or take `models` and `versions` out of the rule",
    ),
    (
        "MG0320",
        "write a day such as `2027-01-31`, or a time with its zone such as `2027-01-31T18:00:00+01:00`",
    ),
    (
        "MG0321",
        "write a role that a `Roles` document of the namespace has, or add this one there",
    ),
    (
        "MG0322",
        "write the groups, users or service accounts that need it, or ask the administrator",
    ),
    (
        "MG0323",
        "write `until` with a day that is near enough, or ask the administrator",
    ),
    (
        "MG0324",
        "write one of the groups that the gate allows, or ask the administrator to add this one",
    ),
    (
        "MG0325",
        "write a group that the person is in, or ask the administrator",
    ),
    (
        "MG0326",
        "delete `versions`, or leave the models out whose protocol has none",
    ),
    (
        "MG0327",
        "write the version as requests name it, such as `\"3\"`, without zeros before a number",
    ),
    (
        "MG0328",
        "type the name anew with the letters of one script; where it comes from it may be spelt so, then leave it",
    ),
    (
        "MG0329",
        "write a longer beginning or the models' own names, or declare both in one file",
    ),
    (
        "MG0330",
        "write the name with the same letters wherever it stands, without `registry.ollama.ai/`, `library/`, `:latest` and `:local`, or have it declared as the rule says it",
    ),
    (
        "MG0331",
        "write each name for itself: `groups: [analysts, leads]`; where it comes from it may be spelt so, then leave it",
    ),
    (
        "MG0332",
        "write the beginning of the names and `*`: `churn*`",
    ),
    (
        "MG0401",
        "write the `name` of one of the gate's install targets, or delete the line",
    ),
    (
        "MG0402",
        "write `NAMESPACE/NAME` for a workload, or `ISSUER/NAME` for a service account with a token",
    ),
    (
        "MG0403",
        "write a group, claim or application as tokens of this issuer say it, or name another issuer",
    ),
    ("MG0404", "write an address, such as `203.0.113.7`"),
    (
        "MG0405",
        "write the name in one line, without control characters and signs that turn its direction",
    ),
    ("MG0901", "write a comparison such as `context.hour >= 6`"),
    (
        "MG0902",
        "look up names and types in docs/language.md: what a condition may ask is listed there",
    ),
    (
        "MG0903",
        "write `forbid`; what is allowed is said in access files",
    ),
    (
        "MG0904",
        "write `@id(\"a-name\")` above each, with letters, digits and `-`",
    ),
    (
        "MG0905",
        "write the names themselves instead of `?principal` and `?resource`",
    ),
    (
        "MG0906",
        "write the condition with comparisons, `!`, `in`, `contains` and `&&`",
    ),
    ("MG0907", "write a name that the gate or an access file has"),
    (
        "MG0908",
        "look at the condition again: Cedar takes it, and doubts that it says what is meant",
    ),
    ("MG0909", "write a shorter condition, or several rules"),
    ("MG0910", "split the rule into several"),
    (
        "MG0911",
        "write the character by its number, such as `\\u{200b}`",
    ),
    (
        "MG0912",
        "take the comment out, or have YAML keep the lines",
    ),
    ("MG0950", "please report it, with the files"),
    ("MG0951", "please report it, with the files"),
    ("MG0952", "please report it, with the files"),
];

/// What to type where a diagnostic has this code; none for one that there is not.
#[must_use]
pub fn of(code: &str) -> Option<&'static str> {
    [ERRORS, FINDINGS].into_iter().find_map(|table| {
        let position = table.binary_search_by(|(known, _)| (*known).cmp(code));
        table.get(position.ok()?).map(|(_, help)| *help)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_found() {
        let mut all = [ERRORS, FINDINGS].into_iter().flatten();
        assert!(all.all(|(code, help)| of(code) == Some(help)));
        assert_eq!(of("nothing"), None);
    }
}
