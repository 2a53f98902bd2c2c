//! Fields of `ModelAccess` and `AccessTest`, and those that every kind has.

/// Every kind.
pub(super) const COMMON: &[(&str, &str)] = &[
    (
        "apiVersion",
        "Version of this format: `modelgate.dev/v1alpha1`.",
    ),
    (
        "kind",
        "What the document is: `ModelAccess`, `ModelGate`, `Roles` or `AccessTest`.",
    ),
    ("metadata", "Names of the document."),
    (
        "metadata.namespace",
        "Kubernetes namespace that the document speaks for; the gate must list it.",
    ),
    (
        "metadata.name",
        "Name of the document, as Kubernetes takes it: small letters, digits, `-` and `.`.",
    ),
    (
        "metadata.labels",
        "Labels, as in Kubernetes; they mean nothing here.",
    ),
    (
        "metadata.annotations",
        "Annotations, as in Kubernetes; they mean nothing here.",
    ),
];

/// `ModelAccess`.
pub(super) const ACCESS: &[(&str, &str)] = &[
    (
        "",
        "Which models a team has, and who may do what with them. Nobody may do anything unless a rule allows it.",
    ),
    ("spec", "Models and rules."),
    (
        "spec.models",
        "Models of the namespace that the rules of this file speak of.",
    ),
    (
        "spec.models.name",
        "Name that callers use; `risk-*` is every name that begins so. For Seldon and BentoML the name of the backend's service.",
    ),
    (
        "spec.models.api",
        "Protocol that the model server speaks; one of the namespace's backends must speak it.",
    ),
    (
        "spec.models.public",
        "Whether guardrails see it as public. `false` unless given.",
    ),
    (
        "spec.allow",
        "Rules that allow. A deny beats every one of them.",
    ),
    (
        "spec.allow.who",
        "Whom the rule speaks of: any of these people, groups and workloads.",
    ),
    (
        "spec.allow.who.users",
        "People: `NAME` at the gate's default issuer, or `ISSUER/NAME`.",
    ),
    (
        "spec.allow.who.groups",
        "Groups of people: `NAME` at the gate's default issuer, or `ISSUER/NAME`.",
    ),
    (
        "spec.allow.who.serviceAccounts",
        "Machines: a workload `NAMESPACE/NAME` by its certificate, or `ISSUER/NAME` by its token.",
    ),
    (
        "spec.allow.who.roles",
        "Roles of the namespace, as its `Roles` documents name them.",
    ),
    (
        "spec.allow.who.everyone",
        "`true`: everyone who comes with a token of any issuer; in a deny everyone at all. Nothing else can stand beside it but `through`.",
    ),
    (
        "spec.allow.who.all",
        "Narrows it to callers who are in each of these, too.",
    ),
    ("spec.allow.who.all.users", "One of these people."),
    ("spec.allow.who.all.groups", "In one of these groups."),
    (
        "spec.allow.who.through",
        "Narrows it to callers who come through one of these applications: a workload `NAMESPACE/NAME`, or `ISSUER/NAME` that the token was given to.",
    ),
    (
        "spec.allow.can",
        "What may be done: actions, and groups of the namespace's `Roles` documents. `[predict]` unless given; `predict` includes `generate`, `chat`, `complete` and `embed`.",
    ),
    (
        "spec.allow.models",
        "Which models of this file, by name or pattern. All of them unless given.",
    ),
    (
        "spec.allow.versions",
        "Which versions of these models, as requests name them, such as `\"3\"`. Whatever the version unless given.",
    ),
    (
        "spec.allow.when",
        "A condition in Cedar, such as `context.hour >= 6` or `context.claims has level && context.claims.level >= 2`.",
    ),
    (
        "spec.allow.until",
        "When the grant ends by itself: a date, the last day in UTC, or a time such as `2027-01-31T18:00:00Z`. Never unless given.",
    ),
    ("spec.deny", "Rules that deny, whatever is allowed."),
    (
        "spec.deny.because",
        "Why, for the audit event; never shown to the caller.",
    ),
];

/// `Roles`.
pub(super) const ROLES: &[(&str, &str)] = &[
    (
        "",
        "Names for lists of principals, and for groups of actions, that the rules of a namespace share.",
    ),
    ("spec", "The roles, and the groups of actions."),
    ("spec.roles", "The roles, each a name and who has it."),
    (
        "spec.roles.name",
        "What `who.roles` of the namespace's rules calls it.",
    ),
    (
        "spec.roles.who",
        "Who has the role: any of these people, groups and workloads.",
    ),
    (
        "spec.roles.who.users",
        "People: `NAME` at the gate's default issuer, or `ISSUER/NAME`.",
    ),
    (
        "spec.roles.who.groups",
        "Groups of people: `NAME` at the gate's default issuer, or `ISSUER/NAME`.",
    ),
    (
        "spec.roles.who.serviceAccounts",
        "Machines: a workload `NAMESPACE/NAME` by its certificate, or `ISSUER/NAME` by its token.",
    ),
    (
        "spec.actions",
        "The groups of actions, each a name and what may be done.",
    ),
    (
        "spec.actions.name",
        "What `can` of the namespace's rules calls it. No action is called so.",
    ),
    ("spec.actions.can", "The actions that it stands for."),
];

/// `AccessTest`.
pub(super) const TEST: &[(&str, &str)] = &[
    (
        "",
        "Who asks what, and what the answer must be: run by `modelgate test`.",
    ),
    ("spec", "The tests."),
    (
        "spec.target",
        "Install target whose bundle judges. The first one that has the host unless given.",
    ),
    ("spec.tests", "The tests, each one request."),
    ("spec.tests.name", "What it shows, in a sentence."),
    ("spec.tests.who", "Who asks."),
    (
        "spec.tests.who.user",
        "A person: `NAME` at the gate's default issuer, or `ISSUER/NAME`.",
    ),
    (
        "spec.tests.who.serviceAccount",
        "A machine with a token: `ISSUER/NAME`, with one of Kubernetes `ISSUER/NAMESPACE/NAME`.",
    ),
    (
        "spec.tests.who.nobody",
        "Nobody: a request without a token.",
    ),
    (
        "spec.tests.who.groups",
        "Groups, as the token says them: without the issuer's name.",
    ),
    (
        "spec.tests.who.issuer",
        "Issuer of the token, if it is not in the name.",
    ),
    (
        "spec.tests.who.client",
        "Application that the user's token was given to.",
    ),
    (
        "spec.tests.who.claims",
        "Attributes in the token, by their names in conditions: texts, numbers, booleans, lists of texts.",
    ),
    (
        "spec.tests.who.peer",
        "Workload whose certificate the connection has: `NAMESPACE/NAME`.",
    ),
    ("spec.tests.request", "What is asked."),
    (
        "spec.tests.request.method",
        "Method. `POST` where there is a body, otherwise `GET`, unless given.",
    ),
    (
        "spec.tests.request.host",
        "Host without port; one of the namespace's.",
    ),
    ("spec.tests.request.path", "Path and query."),
    (
        "spec.tests.request.headers",
        "Further headers; a list gives one several times.",
    ),
    ("spec.tests.request.body", "Body."),
    (
        "spec.tests.request.at",
        "When: `2026-01-01T12:00:00Z`, or Unix seconds.",
    ),
    (
        "spec.tests.request.address",
        "Address that it comes from, such as `10.0.0.1` or `2001:db8::1`; `192.0.2.1`, which is nobody's, unless given.",
    ),
    ("spec.tests.expect", "What the answer must be."),
    ("spec.tests.expect.verdict", "`allow` or `deny`."),
    (
        "spec.tests.expect.reason",
        "Code of the reason; `modelgate explain CODE` says what it means.",
    ),
    ("spec.tests.expect.status", "HTTP status of the answer."),
];
