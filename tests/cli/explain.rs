//! `explain`: codes and requests.

use cli::Exit;
use compiler::diagnostic::help;
use libtest_mimic::Failed;
use serde_json::{Value, json};
use tests::token::{Key, mint};

use super::Test;
use super::access::{snapshot, temporary};
use super::session::{Session, expect, run};

/// These tests.
pub const TESTS: &[Test] = &[
    ("explain: a code's page", a_code),
    (
        "explain: every code says what is wrong, why, and what to type",
        every_code,
    ),
    ("explain: an allowed request", an_allowed_request),
    (
        "explain: a refused request, and what would have to change",
        a_refused_request,
    ),
    ("explain: a line as `try` takes it", a_line),
    (
        "explain: advice does not lead to a refusal by another rule",
        refused_by_another,
    ),
    ("explain: every rule that refuses is named", every_deny),
    (
        "explain: a token is advised where one would help",
        with_a_token,
    ),
    (
        "explain: at the install target that is meant, by an identity that can be one",
        where_it_is_asked,
    ),
    (
        "explain: a token is the same whatever letters its field is written in",
        fields_in_capitals,
    ),
    ("explain: a code for programs", a_code_for_programs),
    (
        "explain: a caller hears nothing about models or rules",
        for_the_caller,
    ),
    (
        "explain: what is neither request nor event cannot be explained",
        nonsense,
    ),
];

pub const POLICY: &str = "access/old";
pub const AT: &str = "--at 2026-02-02T02:40:00Z";

pub fn message(method: &str, path: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: risk.example.com\r\n\r\n")
}

pub fn asked(options: &str, peer: &str, input: &str) -> Session {
    let (namespace, name) = peer.split_once('/').unwrap_or_default();
    let peer = format!("--peer spiffe://cluster.local/ns/{namespace}/sa/{name}");
    run(
        &format!("explain {POLICY} {AT} {peer} {options}"),
        input.as_bytes(),
    )
}

/// The page of diagnostics has what the program types, and every code has all of it.
fn every_code() -> Result<(), Failed> {
    let page = std::fs::read_to_string("../docs/diagnostics.md")?;
    let rows = page.lines().filter_map(|line| line.strip_prefix("| MG"));
    let mut count = 0;
    for row in rows {
        let cells: Vec<&str> = row
            .trim_end_matches('|')
            .split('|')
            .map(str::trim)
            .collect();
        let [number, wrong, why, typed] = cells.as_slice() else {
            return Err(format!("MG{row}: four cells are due").into());
        };
        let code = format!("MG{number}");
        let help = help::of(&code).unwrap_or_default();
        if help.is_empty() || *typed != help || wrong.is_empty() || why.is_empty() {
            return Err(
                format!("{code}: `{help}` is what to type, the page says `{typed}`").into(),
            );
        }
        let session = run(&format!("explain {code}"), b"");
        let said = [
            "  what is wrong  ",
            "  why            ",
            "  what to type   ",
        ];
        expect(
            said.iter().all(|part| session.output.contains(part)),
            &session,
        )?;
        count += 1;
    }
    match count > 100 {
        true => Ok(()),
        false => Err(format!("{count} codes").into()),
    }
}

fn a_code() -> Result<(), Failed> {
    let diagnostic = run("explain MG0304", b"");
    snapshot(&diagnostic, Exit::Clean, "explain-code.txt")?;
    let reason = run("explain not_permitted", b"");
    snapshot(&reason, Exit::Clean, "explain-reason.txt")?;
    let both = run("explain MG0304 not_permitted", b"");
    let each = [diagnostic.output.as_str(), &reason.output].join("\n");
    expect(both.exit == Exit::Clean && both.output == each, &both)?;
    let unknown = run("explain MG9999", b"");
    expect(
        unknown.exit == Exit::CannotRun && unknown.output.is_empty(),
        &unknown,
    )
}

fn an_allowed_request() -> Result<(), Failed> {
    let session = asked(
        "",
        "payments/checkout",
        &message("POST", "/v2/models/churn/infer"),
    );
    snapshot(&session, Exit::Clean, "explain-allowed.txt")
}

fn a_refused_request() -> Result<(), Failed> {
    let session = asked("", "payments/checkout", &message("GET", "/v2/models/churn"));
    snapshot(&session, Exit::Problems, "explain-refused.txt")?;
    let wide = session
        .output
        .lines()
        .find(|line| line.chars().count() > 80);
    expect(wide.is_none(), &session)?;
    let session = asked(
        "-o json",
        "payments/checkout",
        &message("GET", "/v2/models/churn"),
    );
    snapshot(&session, Exit::Problems, "explain-refused.json")
}

fn a_line() -> Result<(), Failed> {
    let line = r#"{"method":"POST","authority":"risk.example.com","path":"/v2/models/churn/infer","headers":[],"at":1770000000,
        "peer":"spiffe://cluster.local/ns/payments/sa/checkout"}"#;
    let given = run(
        &format!("explain {POLICY} --peer spiffe://cluster.local/ns/a/sa/b"),
        line.replace('\n', "").as_bytes(),
    );
    let refused = given.exit == Exit::CannotRun && given.errors.contains("HTTP message");
    expect(refused, &given)?;
    let plain = line.replace("[],", "[],\"body\":\"{}\",");
    let plain = run(
        &format!("explain {POLICY}"),
        plain.replace('\n', "").as_bytes(),
    );
    let refused = plain.exit == Exit::CannotRun && plain.errors.contains("in base64");
    expect(refused, &plain)?;
    let session = run(
        &format!("explain {POLICY}"),
        line.replace('\n', "").as_bytes(),
    );
    expect(
        session.exit == Exit::Clean && session.output.contains("risk/models/allow[1]"),
        &session,
    )
}

const DENIES: &str = "access/old/gate.yaml access/denies.yaml";

fn refused_by_another() -> Result<(), Failed> {
    let peer = "--peer spiffe://cluster.local/ns/payments/sa/checkout";
    let command = format!("explain {DENIES} {AT} {peer}");
    let session = run(
        &command,
        message("POST", "/v2/models/churn/infer").as_bytes(),
    );
    snapshot(&session, Exit::Problems, "explain-denies.txt")
}

fn every_deny() -> Result<(), Failed> {
    let peer = "--peer spiffe://cluster.local/ns/jobs/sa/nightly";
    let command = format!("explain {DENIES} {AT} {peer}");
    let session = run(
        &command,
        message("POST", "/v2/models/churn/infer").as_bytes(),
    );
    for number in 2..12 {
        let rule = format!("  to change risk/models/deny[{number}] ");
        expect(session.output.contains(&rule), &session)?;
    }
    expect(
        session.output.matches("must not match").count() == 10,
        &session,
    )?;
    let json = run(
        &format!("{command} -o json"),
        message("POST", "/v2/models/churn/infer").as_bytes(),
    );
    let value: Value = serde_json::from_str(&json.output)?;
    let decided = value["decidedBy"].as_array().map(Vec::len);
    expect(decided == Some(20), &json)
}

fn with_a_token() -> Result<(), Failed> {
    let folder = temporary("with-a-token")?;
    let gate = std::fs::read_to_string("access/old/gate.yaml")?;
    let (head, _) = gate
        .split_once("  guardrails: |\n")
        .ok_or("no guardrails")?;
    let guardrail = "    forbid (principal, action == Action::\"manage\", resource) unless { principal == ServiceAccount::\"web/portal\" };\n";
    let files = "apiVersion: modelgate.dev/v1alpha1\nkind: ModelAccess\nmetadata: { namespace: risk, name: open }\nspec:\n  models: [{ name: churn, api: open-inference }]\n  allow:
    - { who: { everyone: true }, can: [manage, predict] }
    - { who: { everyone: true }, can: [metadata], when: 'principal == ServiceAccount::\"web/portal\"' }
    - { who: { serviceAccounts: [web/portal] }, can: [health] }\n";
    std::fs::write(
        folder.join("gate.yaml"),
        format!("{head}  guardrails: |\n{guardrail}"),
    )?;
    std::fs::write(folder.join("open.yaml"), files)?;
    let explained = |method: &str, path: &str| {
        let peer = "--peer spiffe://cluster.local/ns/web/sa/portal";
        let command = format!("explain {} {AT} {peer}", folder.display());
        let session = run(&command, message(method, path).as_bytes());
        let words: Vec<&str> = session.output.split_whitespace().collect();
        (words.join(" "), session)
    };
    let token = "would allow it, if the caller came with a token";
    let (told, session) = explained("POST", "/v2/models/churn/infer");
    expect(
        told.contains(token) && !told.contains("did not deny"),
        &session,
    )?;
    let (told, session) = explained("POST", "/v2/repository/models/churn/load");
    expect(
        told.contains(token) && told.contains("if guardrail[0]"),
        &session,
    )?;
    // a rule that no token's bearer can match is not told of, and of others what leads somewhere
    let (told, session) = explained("GET", "/v2/models/churn");
    let leads = !told.contains("open/allow[1]") && !told.contains("guardrail[0]");
    expect(leads && told.contains("if it were predict"), &session)
}

fn where_it_is_asked() -> Result<(), Failed> {
    let request = message("POST", "/v2/models/churn/infer");
    let at = |target: &str| asked(&format!("--target {target}"), "payments/checkout", &request);
    expect(at("edge").exit == Exit::Clean, &at("edge"))?;
    let other = at("inner");
    let told = other.errors.contains("no install target `inner`");
    expect(other.exit == Exit::CannotRun && told, &other)?;
    let event = std::fs::read("access/events.log")?;
    let line = event
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let recorded = run(&format!("explain {POLICY} --target edge"), line);
    let told = recorded.errors.contains("an event says at which target");
    expect(recorded.exit == Exit::CannotRun && told, &recorded)?;
    for command in ["explain", "try"] {
        let named = run(
            &format!("{command} {POLICY} {AT} --peer payments/checkout"),
            request.as_bytes(),
        );
        let told = named
            .errors
            .contains("write `spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/NAME`");
        expect(named.exit == Exit::CannotRun && told, &named)?;
    }
    Ok(())
}

fn fields_in_capitals() -> Result<(), Failed> {
    let now = 1_770_000_000;
    let header = json!({ "alg": "RS256", "kid": Key::Rsa1.id() }).to_string();
    let payload = json!({ "iss": "https://id.example.com/realms/people", "aud": "ml-models", "exp": now + 600, "iat": now,
        "email": "ana@example.com", "email_verified": true, "groups": ["interns"] });
    let token = mint(&header, &payload.to_string(), Key::Rsa1, Key::Rsa1.scheme());
    let explained = |name: &str| {
        let line = json!({ "method": "POST", "authority": "fraud.models.example.com", "at": now,
            "path": "/seldon/fraud/fraud-detector/api/v1.0/predictions", "headers": [[name, format!("Bearer {token}")]] });
        run("explain cases/policy", line.to_string().as_bytes())
    };
    let session = explained("Authorization");
    expect(
        session.output.contains("in `interns`") && session == explained("authorization"),
        &session,
    )
}

/// Not permitted, denied, unknown: the same to the byte.
fn for_the_caller() -> Result<(), Failed> {
    for format in ["text", "json"] {
        let options = format!("--for caller -o {format}");
        let told = |peer: &str, path: &str| asked(&options, peer, &message("GET", path));
        let forbidden = told("payments/checkout", "/v2/models/churn");
        expect(forbidden.exit == Exit::Problems, &forbidden)?;
        for word in ["churn", "allow[", "risk", "rule", "not_permitted"] {
            expect(!forbidden.output.contains(word), &forbidden)?;
        }
        for (peer, path) in [
            ("payments/checkout", "/v2/models/nothing"),
            ("payments/checkout", "/v2/models/open-a"),
            ("payments/checkout", "/nowhere"),
        ] {
            let other = told(peer, path);
            expect(other.output == forbidden.output, &other)?;
        }
    }
    let nobody = run(
        &format!("explain {POLICY} {AT} --for caller"),
        message("GET", "/v2/models/churn").as_bytes(),
    );
    expect(nobody.output.starts_with("refused (401)\n"), &nobody)
}

fn a_code_for_programs() -> Result<(), Failed> {
    let code = run("explain -o json MG0304", b"");
    let value: Value = serde_json::from_str(&code.output)?;
    expect(
        value["kind"] == "Code" && value["code"] == "MG0304" && value["help"].is_string(),
        &code,
    )?;
    let reason = run("explain -o json not_permitted", b"");
    let value: Value = serde_json::from_str(&reason.output)?;
    expect(
        value["status"] == 403 && value["meaning"].is_string(),
        &reason,
    )?;
    let unknown = run("explain -o json MG9999", b"");
    expect(
        unknown.exit == Exit::CannotRun && unknown.errors.contains("no file and no code"),
        &unknown,
    )
}

fn nonsense() -> Result<(), Failed> {
    for input in [
        "",
        "{}",
        "{",
        "[]",
        "hello",
        r#"{"kind":"modelgate.audit"}"#,
    ] {
        let session = run(&format!("explain {POLICY}"), input.as_bytes());
        expect(
            session.exit == Exit::CannotRun && session.output.is_empty(),
            &session,
        )?;
    }
    for input in ["", "{}", "[]", "hello", "a log of requests: {}"] {
        let session = run(&format!("explain {POLICY}"), input.as_bytes());
        let forms = [
            "an HTTP message",
            "as `try --batch`",
            "line of an audit log",
        ];
        expect(
            forms.iter().all(|form| session.errors.contains(form)),
            &session,
        )?;
    }
    let broken = run("explain bad-input/unknown-field.yaml", b"");
    expect(broken.exit == Exit::CannotRun, &broken)
}
