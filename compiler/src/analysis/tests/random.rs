//! Small policies and requests, made by dice.

use std::collections::BTreeSet;

use policies::action::Action;
use policies::bundle::{Api, Attribute, ClaimKind};
use policies::facts::{self, VERSION};
use policies::principal::{ClaimValue, Claims};
use policies::profile::Versions;
use policies::time::UnixTime;

use crate::analysis::Example;
use crate::analysis::caller::Kind;
use crate::analysis::models::Class;
use crate::analysis::offers::offers;
use crate::fixture::{
    account, all, allow, deny, everyone, group, policy_with, through, until, user, when,
};
use crate::policy::{Policy, Rule, Term};

use super::brute::Request;

/// Numbers that look like dice, the same for the same seed (xorshift64*, Vigna 2016).
pub struct Dice(u64);

impl Dice {
    pub const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(number).unwrap() % most
    }

    pub fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    fn some<T: Clone>(&mut self, of: &[T], most: usize) -> Vec<T> {
        let count = 1 + self.below(most);
        (0..count).map(|_| self.one(of)).collect()
    }

    fn happens(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }
}

const ACTIONS: [Action; 6] = [
    Action::Predict,
    Action::Chat,
    Action::Explain,
    Action::Read,
    Action::List,
    Action::Metrics,
];
const MODELS: [&str; 6] = [
    "fraud-detector",
    "risk-*",
    "risk-a*",
    "risk-ab",
    "risk-x",
    "@risk-server",
];
const CONDITIONS: [&str; 29] = [
    "principal in Group::\"corp/a\" && context.hour >= 6",
    "!(principal in Group::\"corp/b\")",
    "principal == User::\"corp/ann\" || principal in Group::\"corp/a\" && !(context has peer)",
    "context has version && context.version == \"3\"",
    "context.address.isInRange(ip(\"10.0.0.0/8\")) && !context.address.isInRange(ip(\"10.128.0.0/9\"))",
    "context.address.isIpv6() || context.address == ip(\"10.0.0.1\")",
    "!(context.address.isInRange(ip(\"2001:db8::/32\")) || context.address.isLoopback())",
    "context.headers has \"x-purpose\" && context.headers[\"x-purpose\"] == \"batch\"",
    "context.headers has \"x-purpose\" && context.headers[\"x-purpose\"] != \"batch\" || context.headers has purpose",
    "!(context.headers has \"x-purpose\" && [\"batch\", \"test\"].contains(context.headers[\"x-purpose\"]))",
    "context.local[\"Europe/Berlin\"].hour >= 6 && context.local[\"Asia/Kolkata\"].weekday <= 5",
    "context.hour >= 6",
    "context.hour < 6",
    "context.hour == 12",
    "context.weekday != 6 && context.hour < 18",
    "context.now < 1798761600",
    "context.now >= 1798761600 && context.now < 1798790400 && context.hour < 6",
    "context.method == \"GET\"",
    "resource.public",
    "!resource.public || context.hour == 5",
    "resource.name == \"risk-x\" || resource in Pattern::\"fraud/risk-ab*\"",
    "context has peer && context.peer == ServiceAccount::\"payments/checkout\"",
    "!(context has client)",
    "context has client && context.client == ServiceAccount::\"corp/portal\"",
    "context.claims has level && context.claims.level > 1",
    "!(context.claims has level && context.claims.level > 2)",
    "context.claims has mfa && context.claims.mfa.containsAny([\"otp\", \"key\"])",
    "context.claims has flag && !context.claims.flag",
    "if context has peer then principal in Group::\"corp/b\" else context.claims has tier && context.claims.tier == \"gold\"",
];
const GUARDRAILS: [&str; 5] = [
    "forbid (principal, action == Action::\"predict\", resource) unless { context has version };",
    "forbid (principal in Group::\"corp/b\", action, resource) unless { resource.public };",
    "forbid (principal, action == Action::\"metrics\", resource) when { context.hour < 6 };",
    "forbid (principal, action in [Action::\"read\"], resource in Pattern::\"fraud/r*\") unless { context has peer };",
    "forbid (principal == User::\"corp/ann\", action, resource == Model::\"fraud/risk-x\");",
];

/// Whom rules name.
pub fn terms() -> Vec<Term> {
    vec![
        user("corp/ann"),
        user("corp/bob"),
        group("corp/a"),
        group("corp/b"),
        account("corp/bot"),
        account("payments/checkout"),
        account("machines/job"),
    ]
}

/// Ends of grants, around the times of requests.
const ENDS: [&str; 2] = ["2027-01-01T06:00:00Z", "2027-01-06T12:00:00Z"];

/// Up to three different guardrails, or none.
pub fn guardrails(dice: &mut Dice) -> Option<String> {
    dice.happens(2).then(|| {
        let chosen: BTreeSet<&str> = dice.some(&GUARDRAILS, 3).into_iter().collect();
        chosen.into_iter().collect::<Vec<_>>().join("\n")
    })
}

/// A few rules, sometimes guardrails, sometimes a public model.
pub fn policy(dice: &mut Dice) -> Policy {
    let count = 1 + dice.below(5);
    let rules = (0..count).map(|number| rule(dice, number)).collect();
    let guardrails = guardrails(dice);
    let mut policy = policy_with(rules, guardrails.as_deref());
    policy.files[0].models[1].public = dice.happens(3);
    let attribute = |(name, kind): (&String, &ClaimKind)| Attribute {
        name: name.clone(),
        claim: vec![name.clone()],
        kind: *kind,
    };
    let attributes = policy.gate.attributes.iter().map(attribute).collect();
    policy.gate.issuers[0].claims.attributes = attributes;
    policy
}

/// One with many rules, most of which name few that the others name.
pub fn crowd(dice: &mut Dice) -> Policy {
    let mut policy = policy(dice);
    for number in 10..30 {
        let mut rule = rule(dice, number);
        if !rule.everyone && !dice.happens(3) {
            let groups = [1, 2].map(|_| group(&format!("corp/g{}", dice.below(12))));
            rule.who = dice.some(&groups, 2).into_iter().collect();
            if dice.happens(4) {
                rule.who.insert(user("corp/somebody"));
            }
        }
        if dice.happens(5) {
            let of = dice.below(12);
            let asked = format!("principal in Group::\"corp/g{of}\"");
            let negated = format!("!({asked})");
            rule = when(rule, if dice.happens(2) { &negated } else { &asked });
        }
        policy.files[0].rules.push(rule);
    }
    policy
}

/// The same with one to three changes.
pub fn changed(policy: &Policy, dice: &mut Dice) -> Policy {
    let mut policy = policy.clone();
    for step in 100..=100 + dice.below(3) {
        let file = &mut policy.files[0];
        let number = file.rules.len();
        match dice.below(8) {
            0 if number > 1 => drop(file.rules.remove(dice.below(number))),
            1 | 2 => {
                let new = rule(dice, step);
                file.rules.push(new);
            }
            3 => {
                let models = &mut file.models[dice.below(2)];
                models.public = !models.public;
            }
            4 if dice.happens(2) => {
                file.models[1].api = dice.one(&[Api::OpenInference, Api::KServe])
            }
            5 => {
                policy.gate.guardrails =
                    guardrails(dice).map(|text| crate::fixture::cedar_text(&text));
            }
            _ if number > 0 => {
                let at = dice.below(number);
                let new = rule(dice, step);
                file.rules[at] = new;
            }
            _ => {}
        }
    }
    policy
}

fn rule(dice: &mut Dice, number: usize) -> Rule {
    let (who, models) = (dice.some(&terms(), 2), dice.some(&MODELS, 2));
    let actions = dice.some(&ACTIONS, 2);
    let mut rule = if dice.happens(3) {
        deny(&format!("deny[{number}]"), &who, &actions, &models)
    } else {
        allow(&format!("allow[{number}]"), &who, &actions, &models)
    };
    if dice.happens(6) {
        rule = everyone(rule);
    } else if dice.happens(6) {
        rule = all(rule, &[&dice.some(&terms(), 2)]);
    }
    if dice.happens(6) {
        rule = through(
            rule,
            &[account(dice.one(&["corp/portal", "payments/checkout"]))],
        );
    }
    if dice.happens(2) {
        rule = when(rule, dice.one(&CONDITIONS));
    }
    if dice.happens(6) {
        rule = until(rule, dice.one(&ENDS));
    }
    rule
}

/// A request near what the policies speak of.
pub fn request(dice: &mut Dice) -> Request {
    Request::of(&example(dice))
}

/// The same as it is explained.
pub fn example(dice: &mut Dice) -> Example {
    let kind = match dice.below(6) {
        0 => Kind::Workload,
        1 => Kind::Account("corp".into()),
        2 => Kind::Account("machines".into()),
        _ => Kind::User("corp".into()),
    };
    let names: &[&str] = match &kind {
        Kind::Workload => &["payments/checkout", "zz/zz"],
        Kind::Account(_) => &["bot", "job", "zz"],
        _ => &["ann", "bob", "zz"],
    };
    let token = kind != Kind::Workload;
    let groups = ["a", "b"].iter().filter(|_| token && dice.happens(2));
    let groups: BTreeSet<String> = groups.map(|group| (*group).to_owned()).collect();
    let peers = [None, Some("payments/checkout"), Some("zz/zz")];
    let clients = [None, Some("portal"), Some("zz")];
    let person = matches!(kind, Kind::User(_));
    let corp = kind == Kind::User("corp".into()) || kind == Kind::Account("corp".into());
    let (model, api) = model(dice);
    let offered = offers(&Class::exactly("fraud", model), api);
    let actions: Vec<Action> = offered.keys().copied().collect();
    let action = dice.one(&actions);
    let methods: Vec<&str> = offered[&action].names().collect();
    let mut facts = facts(dice, model, api);
    if !offered[&action].name_versions() {
        facts.remove(VERSION);
    }
    Example {
        name: (dice.one(names)).to_owned(),
        groups,
        peer: dice.one(&peers).filter(|_| token).map(str::to_owned),
        client: dice.one(&clients).filter(|_| person).map(str::to_owned),
        claims: if corp { claims(dice) } else { Claims::new() },
        facts,
        namespace: "fraud".into(),
        model: model.to_owned(),
        api,
        action,
        now: UnixTime::from_secs(
            // Mondays and Saturdays of 1970 and 2027
            dice.one(&[4, 9, 20_819, 20_824, 20_831]) * 86_400 + dice.one(&[5, 6, 12, 18]) * 3600,
        ),
        dated: true,
        method: dice.one(&methods).to_owned(),
        kind,
    }
}

fn model(dice: &mut Dice) -> (&'static str, Api) {
    let model = dice.one(&[
        "fraud-detector",
        "risk-a",
        "risk-ab",
        "risk-abc",
        "risk-x",
        "risk-y",
        "@risk-server",
    ]);
    let api = match model {
        "fraud-detector" => Api::Seldon,
        _ if dice.happens(8) => Api::KServe,
        _ => Api::OpenInference,
    };
    (model, api)
}

fn facts(dice: &mut Dice, model: &str, api: Api) -> Claims {
    let mut said = Claims::new();
    if api.profile().versions != Versions::None && !model.starts_with('@') && dice.happens(2) {
        let version = ClaimValue::Text(dice.one(&["3", "4"]).to_owned());
        said.insert(facts::VERSION.to_owned(), version);
    }
    for name in ["x-purpose", "purpose"] {
        if dice.happens(2) {
            let value = dice.one(&["batch", "test", "x"]).to_owned();
            said.insert(facts::of_header(name), ClaimValue::Text(value));
        }
    }
    let addresses = [
        "10.0.0.1",
        "10.127.255.255",
        "10.128.0.0",
        "11.0.0.0",
        "2001:db8::1",
        "::1",
        "fe80::1",
    ];
    if dice.happens(2) {
        let address = facts::bits(dice.one(&addresses).parse().unwrap());
        said.insert(facts::ADDRESS.to_owned(), ClaimValue::Text(address));
    }
    said
}

fn claims(dice: &mut Dice) -> Claims {
    let mut claims = Claims::new();
    let set =
        |texts: &[&str]| ClaimValue::List(texts.iter().map(|text| (*text).to_owned()).collect());
    let choices = [
        (
            "level",
            vec![
                ClaimValue::Number(1),
                ClaimValue::Number(2),
                ClaimValue::Number(3),
            ],
        ),
        ("mfa", vec![set(&["otp"]), set(&["pwd"]), set(&[])]),
        (
            "flag",
            vec![ClaimValue::Boolean(true), ClaimValue::Boolean(false)],
        ),
        (
            "tier",
            vec![
                ClaimValue::Text("gold".into()),
                ClaimValue::Text("x".into()),
            ],
        ),
    ];
    for (name, values) in choices {
        if dice.happens(2) {
            claims.insert(name.to_owned(), dice.one(&values));
        }
    }
    claims
}
