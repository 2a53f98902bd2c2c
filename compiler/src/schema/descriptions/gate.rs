//! Fields of `ModelGate`.

/// `ModelGate`.
pub(super) const GATE: &[(&str, &str)] = &[
    (
        "",
        "Whose tokens are accepted, who owns what, and where the filter sits: the file of the mesh's administrator.",
    ),
    (
        "spec",
        "Issuers, namespaces, and where the filter is installed.",
    ),
    (
        "spec.issuers",
        "Identity providers whose tokens are accepted.",
    ),
    (
        "spec.issuers.name",
        "Short name, used in rules, messages and audit events.",
    ),
    (
        "spec.issuers.issuer",
        "Value of `iss` in its tokens, to the letter.",
    ),
    (
        "spec.issuers.audiences",
        "Accepted values of `aud`; one of them must be in the token.",
    ),
    (
        "spec.issuers.jwksUri",
        "Address of its key set. With none of `jwksUri`, `jwks` and `secret` it is discovered (OpenID Connect Discovery).",
    ),
    (
        "spec.issuers.jwks",
        "The key set itself: `{keys: [...]}` with public keys.",
    ),
    (
        "spec.issuers.secret",
        "Secret that it signs with (HMAC), in base64url. Needs `algorithms`.",
    ),
    (
        "spec.issuers.verifiedBy",
        "`istio`: Istio's RequestAuthentication verifies the signatures, and the filter relies on it.",
    ),
    (
        "spec.issuers.insecureJwks",
        "Lets the keys come over plain HTTP or from an IP address; for local trials only.",
    ),
    (
        "spec.issuers.algorithms",
        "Accepted signature algorithms. `[RS256, ES256]` unless given.",
    ),
    (
        "spec.issuers.types",
        "Accepted values of `typ`; `none` stands for a token without it. `[JWT, at+jwt, none]` unless given.",
    ),
    (
        "spec.issuers.maxLifetime",
        "Longest time from `iat` to `exp`, such as `24h`. Not limited unless given.",
    ),
    (
        "spec.issuers.keepKeys",
        "How long fetched keys are used after the last good fetch, from `15m` to `7d`. `24h` unless given.",
    ),
    (
        "spec.issuers.clockSkew",
        "Seconds by which clocks may differ. 60 unless given.",
    ),
    (
        "spec.issuers.kubernetes",
        "Whether its tokens are those of Kubernetes' service accounts.",
    ),
    (
        "spec.issuers.requiredClaims",
        "Claims that a token must have to be accepted.",
    ),
    (
        "spec.issuers.requiredClaims.claim",
        "Name of the claim; dots walk into objects.",
    ),
    (
        "spec.issuers.requiredClaims.values",
        "Accepted values; any value unless given.",
    ),
    ("spec.issuers.claims", "Where tokens say who is calling."),
    (
        "spec.issuers.claims.user",
        "Claim with the user's name. `sub` unless given.",
    ),
    (
        "spec.issuers.claims.groups",
        "Claim with the groups. `groups` unless given.",
    ),
    (
        "spec.issuers.claims.serviceAccount",
        "Claim with a machine's name, such as `azp` or `client_id`.",
    ),
    (
        "spec.issuers.claims.serviceAccountWhen",
        "What makes a token a machine's own, where both `user` and `serviceAccount` are named.",
    ),
    (
        "spec.issuers.claims.unverifiedEmail",
        "Whether `email` names a user also where `email_verified` does not say so.",
    ),
    (
        "spec.issuers.claims.attributes",
        "Further claims that conditions can ask for as `context.claims.NAME`.",
    ),
    (
        "spec.issuers.claims.attributes.*.claim",
        "Name of the claim; dots walk into objects.",
    ),
    (
        "spec.issuers.claims.attributes.*.type",
        "What it must be: a `text`, a whole `number`, a `boolean`, a `list` of texts, or `words` with spaces between them.",
    ),
    (
        "spec.defaultIssuer",
        "Issuer whose users and groups a plain name means. Needed where there are several.",
    ),
    (
        "spec.trustDomain",
        "Trust domain of the mesh. `cluster.local` unless given.",
    ),
    (
        "spec.namespaces",
        "Who owns what: nobody else's file can speak for a namespace, its hosts and its model servers.",
    ),
    ("spec.namespaces.name", "Kubernetes namespace."),
    (
        "spec.namespaces.hosts",
        "Host names of the namespace, exactly as callers write them.",
    ),
    (
        "spec.namespaces.backends",
        "Model servers of the namespace.",
    ),
    (
        "spec.namespaces.backends.service",
        "Kubernetes service of the model server.",
    ),
    ("spec.namespaces.backends.api", "Protocol that it speaks."),
    (
        "spec.namespaces.backends.hosts",
        "Hosts of the namespace that lead to it. All of them unless given.",
    ),
    (
        "spec.namespaces.backends.port",
        "Port of the service. 80 unless given.",
    ),
    (
        "spec.namespaces.backends.pods",
        "The one label that all of its pods have and no others, such as `{ app: NAME }`.",
    ),
    (
        "spec.install",
        "Where the filter is installed; a bundle is written for each.",
    ),
    ("spec.install.name", "Name of the target."),
    (
        "spec.install.gateway",
        "A gateway, by the labels of its pods.",
    ),
    (
        "spec.install.gateway.namespace",
        "Namespace of the gateway's pods.",
    ),
    (
        "spec.install.gateway.labels",
        "Labels of the gateway's pods.",
    ),
    ("spec.install.sidecars", "The sidecars of workloads."),
    (
        "spec.install.sidecars.namespaces",
        "Namespaces of the workloads; the gate must list them.",
    ),
    (
        "spec.body",
        "What becomes of a request's body before the decision.",
    ),
    (
        "spec.body.mode",
        "`stream`: bytes leave, a whole request never does. `hold`: nothing leaves. `stream` unless given.",
    ),
    (
        "spec.body.limit",
        "Most bytes of a body that is looked at, such as `1Mi`.",
    ),
    (
        "spec.floor",
        "What still denies when the filter is missing: `native`, Istio's own policies.",
    ),
    ("spec.audit", "What is written about each decision."),
    ("spec.audit.level", "How much: `decision`."),
    (
        "spec.audit.batch",
        "Whether several events are written at once, five times a second at least.",
    ),
    (
        "spec.identityHeaders",
        "Headers that tell the model server who is calling. They are taken from every request first.",
    ),
    ("spec.identityHeaders.user", "Header with the user's name."),
    ("spec.identityHeaders.groups", "Header with the groups."),
    (
        "spec.identityHeaders.serviceAccount",
        "Header with the machine's name.",
    ),
    (
        "spec.identityHeaders.issuer",
        "Header with the issuer's short name.",
    ),
    (
        "spec.reselectingHeaders",
        "Headers by which another gateway would choose another model: `refuse` the request, or `remove` them.",
    ),
    (
        "spec.hideModels",
        "Whether a model that the caller may not use looks like one that is not there.",
    ),
    (
        "spec.grants",
        "What teams may grant with `allow`. Anything that guardrails leave unless given.",
    ),
    (
        "spec.grants.everyone",
        "Whether to everyone who is signed in. `true` unless given, and `false` where there are `groups`.",
    ),
    (
        "spec.grants.users",
        "Whether to people by their names, in `who` or in a condition; `false` leaves groups and workloads. `true` unless given.",
    ),
    (
        "spec.grants.longest",
        "How far away the end of a grant may be when it is compiled, such as `90d`; every grant must have an `until` then.",
    ),
    (
        "spec.grants.groups",
        "The only groups that may be granted something: `NAME` at the gate's default issuer, or `ISSUER/NAME`.",
    ),
    (
        "spec.timeZones",
        "Time zones whose clocks conditions can ask for, by their names in the IANA database, such as `Europe/Berlin`.",
    ),
    (
        "spec.conditions",
        "What conditions can ask for besides what every request has.",
    ),
    (
        "spec.conditions.headers",
        "Header fields that conditions can ask for as `context.headers[\"NAME\"]`, such as `x-purpose`.",
    ),
    (
        "spec.conditions.address",
        "Whether conditions can ask for `context.address`, the client's address as the proxies have it. `false` unless given.",
    ),
    (
        "spec.guardrails",
        "Cedar policies over every namespace; only `forbid`.",
    ),
];
