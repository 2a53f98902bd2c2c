//! Every difference that is reported is one: the request that shows it is judged otherwise by the machine.

mod edits;
mod plain;

use policies::authorize::{Decision, Question};
use policies::engine::Engine;
use policies::principal::{Identity, Subject, Workload};

use crate::analysis::caller::Kind;
use crate::checks::vectors::{ACCESS, GATE};
use crate::source::Source;

use super::*;

const GATE_CLAIMS: &str = "      audiences: [ml-models]
      requiredClaims: [{ claim: groups }]
      claims: { user: sub, groups: groups, serviceAccount: azp, attributes: { mfa: { claim: amr, type: list } } }
";
const RULES: &str = "  allow:
    - who: { groups: [analysts], users: [ann] }
      can: [predict, metadata]
    - who: { serviceAccounts: [payments/checkout] }
      when: context.hour >= 6
    - who: { groups: [leads], through: [corp/portal] }
      can: [predict, manage]
      models: [churn-a]
      when: context.claims has mfa && context.claims.mfa.contains(\"otp\")
    - who: { users: [ann] }
    - who: { groups: [guests] }
      when: context.weekday <= 5
      until: 2027-01-31
  deny:
    - who: { groups: [interns] }
      models: [churn-a]
    - who: { users: [eve], serviceAccounts: [batch/job] }
    - who: { users: [nobody-at-all] }
      when: context.hour > 25
";

/// What is for everyone is for this workload because a rule names it; none grants it more than that.
const NAMED: &str = "  allow:
    - who: { everyone: true }
    - who: { serviceAccounts: [payments/checkout] }
      models: [churn-a]
  deny:
    - who: { serviceAccounts: [batch/job] }
      models: [churn-a]
";

/// Accounts of tokens, at the issuer of plain names.
const MACHINES: &str = "  allow:
    - who: { serviceAccounts: [corp/bot] }
    - who: { serviceAccounts: [corp/team/bot], through: [payments/checkout] }
      can: [metadata]
  deny:
    - who: { serviceAccounts: [corp/old] }
";

/// What requests say besides: a header field, an address, a version, and a quarter of an hour.
const SAID: &str = "  allow:
    - who: { groups: [analysts] }
    - who: { groups: [clerks] }
      when: context.headers has \"x-purpose\" && context.headers[\"x-purpose\"] == \"it's\"
    - who: { groups: [leads] }
      when: context.address.isInRange(ip(\"10.0.0.0/8\"))
    - who: { groups: [guests] }
      versions: [\"3\"]
    - who: { groups: [night] }
      when: context.local[\"Asia/Kolkata\"].hour >= 18
  deny:
    - who: { groups: [clerks] }
      versions: [\"1\", \"2\"]
    - who: { groups: [leads] }
      when: context.headers has \"x-purpose\"
";

fn loaded(tests: &str) -> crate::Loaded {
    with(RULES, tests)
}

fn with(rules: &str, tests: &str) -> crate::Loaded {
    let (head, _) = ACCESS.split_once("  allow:").unwrap();
    let document = format!(
        "apiVersion: modelgate.dev/v1alpha1\nkind: AccessTest\nmetadata: {{ namespace: risk, name: t }}\nspec:\n  tests:\n{tests}"
    );
    let asked = "  timeZones: [Asia/Kolkata]
  conditions: { headers: [x-purpose], address: true }
  namespaces:
";
    let gate = GATE.replace("      audiences: [ml-models]\n", GATE_CLAIMS);
    let gate = gate.replace("  namespaces:\n", asked);
    let files = [
        ("gate.yaml", gate),
        ("risk.yaml", format!("{head}{rules}")),
        ("tests.yaml", document),
    ];
    let sources = files.map(|(name, text)| Source {
        name: name.into(),
        bytes: text.into_bytes(),
    });
    let (loaded, found) = crate::load(&sources);
    loaded.unwrap_or_else(|| panic!("{found:?}"))
}

const ONE: &str = "    - name: analysts predict
      who: { user: ada, groups: [analysts] }
      request: { host: risk.example.com, path: /v2/models/churn-x/infer, body: '{}' }
      expect: { verdict: allow }
";

fn mutants(loaded: &crate::Loaded) -> Vec<Mutant> {
    let mut heard = Vec::new();
    let found = run(
        &loaded.policy,
        &loaded.tests,
        &|_| true,
        usize::MAX,
        &mut |done, all| heard.push((done, all)),
    );
    let found = found.unwrap();
    assert!(found.complete);
    assert_eq!(heard.last().unwrap().0, heard.last().unwrap().1);
    found.mutants
}

/// However the rules are divided, the same changes are told.
#[test]
fn it_ends_when_enough_was_found() {
    let loaded = loaded(ONE);
    let all = mutants(&loaded);
    let rules = loaded.policy.files[0].rules.len();
    let silent = all.iter().filter(|mutant| mutant.is_silent()).count();
    assert!(silent > 5 && rules > 2);
    let told = |mutants: &[Mutant]| -> Vec<String> {
        let one = |mutant: &Mutant| format!("{} {}", mutant.rule, mutant.change.name());
        mutants.iter().map(one).collect()
    };
    for most in [1, 2, silent / 2, silent, silent + 1] {
        let part = |wanted: &dyn Fn(usize) -> bool| {
            let found = run(&loaded.policy, &loaded.tests, wanted, most, &mut |_, _| ());
            found.unwrap()
        };
        let whole = part(&|_| true);
        let found = whole.mutants.iter().filter(|mutant| mutant.is_silent());
        assert_eq!(found.count(), most.min(silent));
        assert_eq!(whole.complete, whole.mutants.len() == all.len());
        assert_eq!(
            told(&whole.mutants),
            told(&all[..whole.mutants.len()]),
            "{most}"
        );
        for middle in [0, 1, rules / 2, rules] {
            let joined = part(&|rule| rule < middle).and(part(&|rule| rule >= middle), most);
            assert_eq!(told(&joined.mutants), told(&whole.mutants), "{most}");
            assert_eq!(joined.complete, whole.complete, "{most} {middle}");
        }
    }
}

/// What the machine's table says to an example.
fn verdict(engine: &Engine, example: &Example) -> bool {
    let workload = |name: &str| {
        let (namespace, name) = name.split_once('/').unwrap();
        Workload::new(namespace, name).unwrap()
    };
    let identity = |issuer: &str, subject: Subject| Identity {
        issuer: issuer.to_owned(),
        subject,
        groups: example.groups.iter().cloned().collect(),
        client: example.client.clone(),
        claims: std::rc::Rc::new(example.claims.clone()),
        valid_until: 0,
    };
    let name = example.name.clone();
    let (identity, peer) = match &example.kind {
        Kind::User(issuer) => (Some(identity(issuer, Subject::User(name))), None),
        Kind::Account(issuer) => (Some(identity(issuer, Subject::ServiceAccount(name))), None),
        Kind::Token(issuer) => {
            let subject = Subject::Workload(workload(&name));
            (Some(identity(issuer, subject)), None)
        }
        Kind::Workload => (None, Some(workload(&name))),
    };
    let peer = peer.or_else(|| example.peer.as_deref().map(workload));
    let caller = policies::principal::Caller {
        facts: policies::facts::given(&crate::referee::boundary::with_address(&example.facts)),
        ..engine.caller(identity.as_ref(), peer.as_ref())
    };
    let question = Question {
        namespace: &example.namespace,
        model: &example.model,
        version: None,
        api: example.api,
        action: example.action,
        method: &example.method,
        now: example.now,
    };
    matches!(engine.decide(&caller, question), Decision::Allowed(..))
}

fn engine(policy: &Policy, side: &Side<'_>) -> Engine {
    let bundle = lower::bundle(&side.table, policy, &policy.gate.installs[0]);
    Engine::load(&serde_json::to_vec(&bundle).unwrap()).unwrap()
}

#[test]
fn what_no_test_notices_is_judged_otherwise() {
    let counts = [RULES, NAMED, MACHINES, SAID].map(judged_otherwise);
    let least = [15, 5, 5, 20];
    let mut pairs = counts.into_iter().zip(least);
    assert!(pairs.all(|(count, least)| count > least), "{counts:?}");
}

fn judged_otherwise(rules: &str) -> usize {
    let loaded = with(rules, ONE);
    let own = own(&loaded.policy, "risk");
    let changed = Changed::build(&own).unwrap();
    let original = engine(&own, &changed.side(&own, changed.original()));
    let mut shown = 0;
    for mutant in mutants(&loaded) {
        let Fate::Silent(silent) = &mutant.fate else {
            continue;
        };
        let rules = own.files.iter().flat_map(|file| &file.rules);
        let rule = rules.clone().find(|rule| rule.id == mutant.rule).unwrap();
        let rules = changed.after(&changed.swap(rule, mutant.change).unwrap());
        let now = engine(&own, &changed.side(&own, rules));
        let opens = silent.direction == Direction::Allowed;
        let verdicts = [&original, &now].map(|engine| verdict(engine, &silent.example));
        assert_eq!(verdicts, [!opens, opens], "{mutant:#?}");
        shown += 1;
        let killer = silent.killer.as_ref();
        let killer = killer.unwrap_or_else(|| panic!("no test for {mutant:#?}"));
        let allowed = killer.verdict == policies::decision::Verdict::Allow;
        assert_eq!(allowed, !opens);
    }
    shown
}

#[test]
fn a_workload_that_is_named_no_more_is_told() {
    let found = mutants(&with(NAMED, ONE)).into_iter();
    let dropped = found.filter(|mutant| mutant.change == Change::Out);
    let told = dropped.filter_map(|mutant| match mutant.fate {
        Fate::Silent(silent) => Some((mutant.rule, silent.direction, silent.example.to_string())),
        _ => None,
    });
    let told: Vec<_> = told.collect();
    let account = told.iter().find(|(rule, ..)| rule.ends_with("allow[1]"));
    let (_, direction, example) = account.unwrap_or_else(|| panic!("{told:?}"));
    assert_eq!(*direction, Direction::Denied);
    assert!(
        example.starts_with("workload `payments/checkout` by its certificate"),
        "{example}"
    );
}

/// Without a rule that names it a workload is nobody, and a test that says why it is refused notices.
#[test]
fn who_is_named_by_a_deny_alone_is_known_no_more() {
    let job = ONE.replace("analysts predict", "the job is known");
    let job = job
        .replace("user: ada, groups: [analysts]", "peer: batch/job")
        .replace("churn-x", "churn-a");
    let job = job.replace("verdict: allow", "verdict: deny, reason: denied_by_rule");
    let found = mutants(&with(NAMED, &format!("{ONE}{job}")));
    let dropped = found
        .iter()
        .find(|mutant| mutant.denies && mutant.change == Change::Out);
    let fate = &dropped.unwrap().fate;
    let noticed = matches!(fate, Fate::Noticed { test, .. } if test == "the job is known");
    assert!(noticed, "{fate:?}");
}

/// They are read and checked as all files are.
#[test]
fn the_tests_that_are_given_notice() {
    for rules in [RULES, NAMED, MACHINES, SAID] {
        all_notice(rules);
    }
}

fn all_notice(rules: &str) {
    let first = with(rules, ONE);
    let silent = mutants(&first).into_iter().filter_map(|mutant| {
        let Fate::Silent(silent) = mutant.fate else {
            return None;
        };
        silent.killer
    });
    let indented = |killer: Killer| -> String {
        let lines = killer.text.lines().map(|line| format!("    {line}\n"));
        lines.collect()
    };
    let more: String = silent.map(indented).collect();
    let second = with(rules, &format!("{ONE}{more}"));
    for mutant in mutants(&second) {
        assert!(!matches!(mutant.fate, Fate::Silent(_)), "{mutant:#?}");
    }
}

#[test]
fn what_changes_nothing_is_not_counted() {
    let found = mutants(&loaded(ONE));
    let fate = |rule: &str, change: Change| {
        let mutant = found
            .iter()
            .find(|mutant| mutant.rule.ends_with(rule) && mutant.change == change);
        mutant.map(|mutant| mutant.fate.clone())
    };
    // another rule allows all of it; another deny could never match
    assert!(matches!(
        fate("allow[3]", Change::Out),
        Some(Fate::Equivalent)
    ));
    assert!(matches!(
        fate("deny[2]", Change::Out),
        Some(Fate::Equivalent)
    ));
    assert!(matches!(
        fate("allow[0]", Change::Out),
        Some(Fate::Noticed { .. })
    ));
    assert!(fate("allow[0]", Change::Models).is_none());
}

/// No protocol of the namespace has requests that give feedback.
#[test]
fn what_is_in_no_request_is_not_counted() {
    let rule = "  allow:\n    - who: { groups: [analysts] }\n      can: [feedback]\n";
    for mutant in mutants(&with(rule, ONE.replace("allow }", "deny }").as_str())) {
        let is_more = matches!(mutant.change, Change::Actions);
        let counts = !matches!(mutant.fate, Fate::Equivalent);
        assert_eq!(counts, is_more, "{mutant:#?}");
    }
}

#[test]
fn tests_that_fail_already_are_no_measure() {
    let wrong = ONE.replace("verdict: allow", "verdict: deny");
    let loaded = loaded(&wrong);
    let refused = ready(&loaded.policy, &loaded.tests);
    let Err(Refused::Failing(failing)) = refused else {
        panic!("{refused:?}");
    };
    let told: Vec<_> = failing.iter().map(|test| (test.code, test.span)).collect();
    let case = &loaded.tests[0].tests[0];
    assert_eq!(told, [("MG0601", case.span)]);
}
