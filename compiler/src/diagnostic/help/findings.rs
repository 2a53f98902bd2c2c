//! The same for what lints, tests and the importer of Istio's policies tell.

/// Code and help, in the order of the codes.
pub(super) const FINDINGS: &[(&str, &str)] = &[
    (
        "MG0501",
        "delete the rule, or change its condition so that some request fits it",
    ),
    ("MG0502", "delete the allow, or make the deny narrower"),
    ("MG0503", "delete the rule, or those that say the same"),
    ("MG0504", "delete the rule, or write a later `until`"),
    (
        "MG0505",
        "write a later `until` for those who still need it",
    ),
    (
        "MG0506",
        "write the groups that need it, or add `when` or `through`",
    ),
    ("MG0507", "delete the deny, or those that say the same"),
    (
        "MG0508",
        "write a group of the list, or bring the list up to date",
    ),
    (
        "MG0509",
        "write a model of the list, or bring the list up to date",
    ),
    (
        "MG0510",
        "write the group in place of the persons, so that who joins or leaves counts",
    ),
    (
        "MG0511",
        "let the policy select other pods, or delete it: who may use models is said in access files",
    ),
    (
        "MG0512",
        "write `forwardOriginalToken: true` beside the issuer, or delete the resource",
    ),
    (
        "MG0513",
        "write `HOST:*` beside each host of a policy that denies",
    ),
    (
        "MG0514",
        "take the guardrail out, or those that say the same",
    ),
    (
        "MG0515",
        "write `everyone: true` for everyone who is signed in, or the group by the name that it has in tokens",
    ),
    (
        "MG0516",
        "write `action in [Action::\"predict\"]`, which is about all that `predict` includes",
    ),
    ("MG0517", "write shorter conditions, or several rules"),
    (
        "MG0518",
        "take `when` out, or ask for what not every request has",
    ),
    ("MG0601", "change the rule, or what the test expects"),
    ("MG0602", "add a test that the rule decides"),
    (
        "MG0603",
        "add a test for which the condition comes out the other way",
    ),
    ("MG0604", "add the test that is printed below"),
    (
        "MG0605",
        "look at the host, the path and the model's name; if it is meant, write the reason as `reason`",
    ),
    (
        "MG0701",
        "mend the resource as `istioctl validate` says, or leave its file out if the mesh has no such resource",
    ),
    (
        "MG0702",
        "say it by users, groups or service accounts in Istio first and import again, or write the backend's access file by hand",
    ),
    ("MG0703", "delete the policy once the filter runs"),
    (
        "MG0704",
        "name users, groups or service accounts in Istio first, or write the rule by hand",
    ),
    (
        "MG0705",
        "write the rule by hand, with a `when` over claims",
    ),
    (
        "MG0706",
        "write the hosts as `--backend NAMESPACE/SERVICE:API@HOST`, and the rule by hand",
    ),
    (
        "MG0707",
        "let the policy allow all paths of the action, or write the rule by hand",
    ),
    (
        "MG0708",
        "write by hand who may: `who: { groups: [NAME] }`, or `who: { everyone: true }`",
    ),
    (
        "MG0709",
        "name the workload with `--backend NAMESPACE/SERVICE:API@HOST`",
    ),
    ("MG0710", "write by hand who may: `who: { groups: [NAME] }`"),
    (
        "MG0711",
        "write the users or groups of the tokens as well, and the service account as `through`",
    ),
    ("MG0712", "name the models: `--model NAMESPACE/NAME`"),
    (
        "MG0713",
        "add `audiences` to the issuer in Istio and import again, or write the issuer into the gate by hand",
    ),
    (
        "MG0714",
        "look whether the model server needs it; if so, write `identityHeaders` into the gate",
    ),
    (
        "MG0715",
        "look whether every token has the claim; if not, write another one as `claims.user` of the issuer",
    ),
    (
        "MG0716",
        "put one of the two into a namespace of its own, or write its access file by hand",
    ),
    (
        "MG0717",
        "nothing is missing if the policy let nobody in; otherwise add a `RequestAuthentication` with the issuer whose tokens it means",
    ),
];
