//! `whoami` and `try`: tokens and requests, one and many.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cli::Exit;
use libtest_mimic::Failed;
use serde_json::{Value, json};
use tests::token::{Key, jwks, mint};

use super::Test;
use super::session::{Session, expect, run};

/// These tests.
pub const TESTS: &[Test] = &[
    (
        "whoami: an accepted token gives its identity",
        an_accepted_token,
    ),
    ("whoami: a refused token gives the reason", a_refused_token),
    (
        "whoami: keys that are published elsewhere can be given",
        keys_can_be_given,
    ),
    ("whoami: a batch is answered in order", a_batch_of_tokens),
    (
        "whoami: warnings are on standard error alone",
        warnings_are_apart,
    ),
    ("try: a raw message is judged", a_raw_message),
    ("try: a batch is answered in order", a_batch_of_requests),
    (
        "try: a request does not profit from an earlier one",
        requests_are_alone,
    ),
    ("try: odd bytes do no harm", odd_bytes),
];

const POLICY: &str = "cases/policy";
const AT: u64 = 1_770_000_000;
const PATH: &str = "/seldon/fraud/fraud-detector/api/v1.0/predictions";

fn token(key: Key, issuer: &str, claims: &Value) -> String {
    let mut payload = json!({ "iss": issuer, "aud": "ml-models", "exp": AT + 600, "iat": AT });
    if let (Value::Object(payload), Value::Object(claims)) = (&mut payload, claims) {
        payload.extend(claims.clone());
    }
    let algorithm = if key.id().starts_with("rsa") {
        "RS256"
    } else {
        "ES256"
    };
    let header = json!({ "alg": algorithm, "kid": key.id() });
    mint(&header.to_string(), &payload.to_string(), key, key.scheme())
}

fn analyst(key: Key) -> String {
    token(
        key,
        "https://id.example.com/realms/people",
        &json!({ "email": "ana@example.com", "email_verified": true, "groups": ["analysts"] }),
    )
}

fn partner() -> String {
    token(
        Key::Rsa2,
        "https://partners.example.net/",
        &json!({ "sub": "pia" }),
    )
}

fn answers(session: &Session) -> Result<Vec<Value>, Failed> {
    session
        .output
        .lines()
        .map(|line| serde_json::from_str(line).map_err(Failed::from))
        .collect()
}

fn same(found: &Value, expected: &Value) -> Result<(), Failed> {
    if found == expected {
        Ok(())
    } else {
        Err(format!("{found:#}\nexpected {expected:#}").into())
    }
}

fn an_accepted_token() -> Result<(), Failed> {
    for key in [Key::Rsa1, Key::Ec1] {
        let session = run(
            &format!("whoami {POLICY} --at {AT}"),
            format!("  {}\r\n", analyst(key)).as_bytes(),
        );
        let expected = "accepted\nissuer: people\nuser: ana@example.com\ngroups: analysts\nvalid until: 2026-02-02T02:51:00.000Z\n";
        expect(
            session.exit == Exit::Clean && session.output == expected,
            &session,
        )?;
    }
    let session = run(
        &format!("whoami {POLICY} --at 2026-02-02T02:40:00Z"),
        analyst(Key::Ec1).as_bytes(),
    );
    expect(session.exit == Exit::Clean, &session)
}

fn a_refused_token() -> Result<(), Failed> {
    let late = run(
        &format!("whoami {POLICY} --at {}", AT + 7200),
        analyst(Key::Rsa1).as_bytes(),
    );
    expect(
        late.exit == Exit::Problems && late.output.starts_with("refused: token_expired\n"),
        &late,
    )?;
    let forged = run(
        &format!("whoami {POLICY} --at {AT}"),
        format!("{}A", analyst(Key::Ec1)).as_bytes(),
    );
    expect(
        forged.exit == Exit::Problems && forged.output.starts_with("refused: "),
        &forged,
    )?;
    let none = run(&format!("whoami {POLICY} --at {AT}"), b"");
    expect(
        none.exit == Exit::Problems && none.output.starts_with("refused: "),
        &none,
    )
}

fn keys_can_be_given() -> Result<(), Failed> {
    let without = run(&format!("whoami {POLICY} --at {AT}"), partner().as_bytes());
    expect(
        without.exit == Exit::Problems && without.output.starts_with("refused: jwks_unavailable\n"),
        &without,
    )?;
    let file = std::env::temp_dir().join(format!("modelgate-cli-jwks-{}.json", std::process::id()));
    fs::write(&file, jwks(&[Key::Rsa2]).to_string())?;
    let with = run(
        &format!(
            "whoami {POLICY} --at {AT} --jwks partners={}",
            file.display()
        ),
        partner().as_bytes(),
    );
    fs::remove_file(&file)?;
    expect(
        with.exit == Exit::Clean
            && with
                .output
                .starts_with("accepted\nissuer: partners\nuser: pia\n"),
        &with,
    )
}

fn a_batch_of_tokens() -> Result<(), Failed> {
    let machine = token(
        Key::Ec2,
        "https://id.example.com/realms/workloads",
        &json!({ "client_id": "checkout" }),
    );
    let lines = [
        json!({ "token": analyst(Key::Rsa1), "at": AT }).to_string(),
        json!({ "token": analyst(Key::Rsa1), "at": AT + 7200 }).to_string(),
        "{".to_owned(),
        json!({ "token": { "base64": "//79" }, "at": AT }).to_string(),
        json!({ "token": { "base64": "*" }, "at": AT }).to_string(),
        json!({ "at": AT }).to_string(),
        String::new(),
        json!({ "token": machine, "at": "2026-02-02T02:40:00Z" }).to_string(),
        json!({ "token": analyst(Key::Ec1) }).to_string(),
        json!({ "token": analyst(Key::Ec1), "at": 1_770_000_000.75 }).to_string(),
        json!({ "token": analyst(Key::Ec1), "at": -1.5 }).to_string(),
    ];
    let session = run(
        &format!("whoami {POLICY} --batch --at {AT}"),
        lines.join("\n").as_bytes(),
    );
    expect(session.exit == Exit::CannotRun, &session)?;
    let found = answers(&session)?;
    expect(found.len() == lines.len(), &session)?;
    same(
        &found[0],
        &json!({ "accepted": true, "reason": "allowed", "issuer": "people", "user": "ana@example.com", "groups": ["analysts"], "serviceAccount": null }),
    )?;
    same(
        &found[1],
        &json!({ "accepted": false, "reason": "token_expired", "issuer": null, "user": null, "groups": [], "serviceAccount": null }),
    )?;
    same(&found[3]["reason"], &json!("token_malformed"))?;
    for wrong in [2, 4, 5, 6, 10] {
        expect(found[wrong]["error"].is_string(), &session)?;
    }
    same(&found[7]["serviceAccount"], &json!("checkout"))?;
    same(&found[8]["accepted"], &json!(true))?;
    same(&found[9]["accepted"], &json!(true))
}

fn warnings_are_apart() -> Result<(), Failed> {
    let session = run(
        "whoami bad-input/gate-jwks-insecure-warns.yaml --batch",
        b"{\"token\":\"x\"}\n",
    );
    expect(
        session.exit == Exit::Clean && session.errors.contains("warning[MG0213]"),
        &session,
    )?;
    expect(answers(&session)?.len() == 1, &session)
}

fn a_raw_message() -> Result<(), Failed> {
    let message = |authorization: &str| {
        format!(
            "POST {PATH} HTTP/1.1\r\nHost: fraud.models.example.com\r\n{authorization}Content-Length: 2\r\n\r\n{{}}"
        )
    };
    let allowed = message(&format!("Authorization: Bearer {}\r\n", analyst(Key::Rsa1)));
    let session = run(&format!("try {POLICY} --at {AT}"), allowed.as_bytes());
    let expected =
        "allow: allowed (200)\nnamespace: fraud\nmodel: fraud-detector\naction: predict\n";
    expect(
        session.exit == Exit::Clean && session.output.starts_with(expected),
        &session,
    )?;
    let session = run(&format!("try {POLICY} --at {AT}"), message("").as_bytes());
    expect(
        session.exit == Exit::Problems && session.output.starts_with("deny: token_missing (401)\n"),
        &session,
    )?;
    let peer = "--peer spiffe://cluster.local/ns/payments/sa/checkout";
    let session = run(
        &format!("try {POLICY} --at {AT} {peer}"),
        message("").as_bytes(),
    );
    expect(
        session.exit == Exit::Clean
            && session
                .output
                .contains("\nrules: fraud/fraud-models/allow[2]"),
        &session,
    )
}

fn request(token: &str) -> Value {
    json!({
        "method": "POST", "authority": "fraud.models.example.com", "path": PATH,
        "headers": [["content-type", "application/json"], ["authorization", format!("Bearer {token}")]],
        "body": STANDARD.encode("{}"), "trailers": [], "at": AT, "peer": null,
    })
}

fn a_batch_of_requests() -> Result<(), Failed> {
    let contractor = json!({ "email": "carl@example.com", "email_verified": true, "groups": ["analysts", "contractors"] });
    let contractor = token(
        Key::Rsa1,
        "https://id.example.com/realms/people",
        &contractor,
    );
    let lines = [
        request(&analyst(Key::Rsa1)),
        json!({ "nonsense": 1, "headers": 7 }),
        request(&contractor),
        json!({ "method": "GET", "authority": "elsewhere.example.com", "path": "/", "at": AT }),
    ];
    let input: Vec<String> = lines.iter().map(Value::to_string).collect();
    let session = run(
        &format!("try {POLICY} --batch"),
        input.join("\n").as_bytes(),
    );
    expect(session.exit == Exit::CannotRun, &session)?;
    let found = answers(&session)?;
    let event = &found[0]["event"];
    same(
        &json!([event["kind"], event["subject"], event["bundle"].is_string()]),
        &json!(["modelgate.audit", "ana@example.com", true]),
    )?;
    same(
        &without_event(&found[0]),
        &json!({
            "verdict": "allow", "status": 200, "reason": "allowed", "namespace": "fraud", "model": "fraud-detector",
            "action": "predict", "rules": ["fraud/fraud-models/allow[0]"],
        }),
    )?;
    expect(found[1]["error"].is_string(), &session)?;
    same(
        &json!([found[2]["verdict"], found[2]["status"], found[2]["reason"]]),
        &json!(["deny", 403, "denied_by_rule"]),
    )?;
    same(&found[2]["rules"], &json!(["fraud/fraud-models/deny[0]"]))?;
    same(&found[3]["verdict"], &json!("deny"))
}

fn without_event(answer: &Value) -> Value {
    let mut answer = answer.clone();
    if let Some(fields) = answer.as_object_mut() {
        fields.remove("event");
    }
    answer
}

fn requests_are_alone() -> Result<(), Failed> {
    let now = request(&analyst(Key::Rsa1));
    let mut late = now.clone();
    late["at"] = json!(AT + 7200);
    let mut forged = now.clone();
    forged["headers"][1][1] = json!(format!(
        "Bearer {}",
        analyst(Key::Rsa1).replace(".ey", ".ez")
    ));
    let input = format!("{now}\n{late}\n{forged}\n{now}\n");
    let session = run(&format!("try {POLICY} --batch"), input.as_bytes());
    let verdicts: Vec<Value> = answers(&session)?
        .iter()
        .map(|answer| answer["verdict"].clone())
        .collect();
    same(&json!(verdicts), &json!(["allow", "deny", "deny", "allow"]))
}

fn odd_bytes() -> Result<(), Failed> {
    let odd = json!({ "base64": STANDARD.encode([0xff, 0, 0xe9, b'\n']) });
    let mut lines = Vec::new();
    for field in ["method", "authority", "path", "peer"] {
        let mut line = request(&analyst(Key::Ec1));
        line[field] = odd.clone();
        lines.push(line.to_string());
    }
    let mut line = request(&analyst(Key::Ec1));
    line["headers"][0] = json!([odd, odd]);
    lines.push(line.to_string());
    let session = run(
        &format!("try {POLICY} --batch"),
        lines.join("\n").as_bytes(),
    );
    expect(session.exit == Exit::Clean, &session)?;
    let found = answers(&session)?;
    expect(
        found.len() == 5
            && found
                .iter()
                .all(|answer| answer["event"]["kind"] == "modelgate.audit"),
        &session,
    )
}
