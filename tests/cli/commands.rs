//! Files, folders, exit statuses, and what goes to which stream.

use std::fs;

use cli::Exit;
use libtest_mimic::Failed;

use super::Test;
use super::session::{expect, run};

/// These tests.
pub const TESTS: &[Test] = &[
    ("check: the example is clean", the_example_is_clean),
    (
        "check: folders are read to the bottom, each file once",
        folders_are_read_once,
    ),
    ("check: standard input is a file", standard_input_is_a_file),
    (
        "check: windows line endings are as good",
        windows_line_endings,
    ),
    ("check: 10 MB are refused unread", ten_megabytes_are_refused),
    (
        "check: colours only when asked for",
        colours_only_when_asked_for,
    ),
    ("what cannot run has exit status 2", what_cannot_run),
    ("help and version are results", help_and_version),
    ("test: every test of the example passes", tests_pass),
    (
        "test: a failing test is shown with its place",
        a_failing_test,
    ),
    (
        "test: a failing test says what is near to what it asks",
        advised,
    ),
];

fn the_example_is_clean() -> Result<(), Failed> {
    let session = run("check ../examples/platform", b"");
    let summary = session.output.trim_end().ends_with(" files ok");
    expect(
        session.exit == Exit::Clean && summary && session.errors.is_empty(),
        &session,
    )
}

fn folders_are_read_once() -> Result<(), Failed> {
    let once = run("check ../examples/platform", b"");
    let twice = run(
        "check ../examples/platform ../examples/platform/fraud ../examples/platform/gate.yaml",
        b"",
    );
    expect(once == twice, &twice)
}

fn standard_input_is_a_file() -> Result<(), Failed> {
    let gate = fs::read("bad-input/gate.yaml")?;
    let clean = run("check -", &gate);
    expect(
        clean.exit == Exit::Clean && clean.output == "1 file ok\n",
        &clean,
    )?;
    let wrong = run("check -", b"kind: 7");
    expect(
        wrong.exit == Exit::Problems && wrong.errors.contains("--> <stdin>:1:7"),
        &wrong,
    )
}

fn windows_line_endings() -> Result<(), Failed> {
    let gate = fs::read_to_string("bad-input/gate.yaml")?.replace('\n', "\r\n");
    let session = run("check -", gate.as_bytes());
    expect(
        session.exit == Exit::Clean && session.errors.is_empty(),
        &session,
    )
}

fn ten_megabytes_are_refused() -> Result<(), Failed> {
    let file = b"a: [a, a, a]\n".repeat(10 * 1024 * 1024 / 13 + 1);
    let session = run("check -", &file);
    expect(
        session.exit == Exit::Problems && session.errors.contains("error[MG0001]"),
        &session,
    )
}

fn colours_only_when_asked_for() -> Result<(), Failed> {
    let plain = run("check bad-input/unknown-kind.yaml", b"");
    expect(!plain.errors.contains('\u{1b}'), &plain)?;
    let colored = run("--color always check bad-input/unknown-kind.yaml", b"");
    expect(colored.errors.contains('\u{1b}'), &colored)
}

fn what_cannot_run() -> Result<(), Failed> {
    let cannot = [
        "check",
        "check nowhere.yaml",
        "check keys",
        "chekc .",
        "check --colour=always bad-input/gate.yaml",
        "test bad-input/gate.yaml",
        "compile bad-input/gate.yaml",
        "compile bad-input/gate.yaml --emit bundle --target elsewhere",
        "compile cases/policy --emit bundle --out x",
        "compile bad-input/gate.yaml --emit istio --wasm bad-input/gate.yaml",
        "compile bad-input/gate.yaml --emit istio --wasm nowhere.wasm",
        "whoami bad-input/gate.yaml --at noon",
        "whoami bad-input/gate.yaml --jwks corp=nowhere.json",
        "whoami bad-input/gate.yaml --jwks elsewhere=bad-input/gate.yaml",
        "whoami bad-input/gate.yaml --jwks corp=bad-input/gate.yaml",
        "try bad-input/gate.yaml --target elsewhere",
        "try bad-input/gate.yaml",
    ];
    for arguments in cannot {
        let session = run(arguments, b"");
        expect(
            session.exit == Exit::CannotRun
                && session.output.is_empty()
                && !session.errors.is_empty(),
            &session,
        )
        .map_err(|failed| format!("{arguments}: {}", failed.message().unwrap_or_default()))?;
    }
    Ok(())
}

fn help_and_version() -> Result<(), Failed> {
    for arguments in ["--help", "--version", "help check", "compile --help"] {
        let session = run(arguments, b"");
        expect(
            session.exit == Exit::Clean && !session.output.is_empty() && session.errors.is_empty(),
            &session,
        )?;
    }
    Ok(())
}

fn tests_pass() -> Result<(), Failed> {
    let session = run("test ../examples/platform", b"");
    let last = session.output.lines().last().unwrap_or_default();
    expect(
        session.exit == Exit::Clean
            && last.ends_with(" passed, 0 failed")
            && !last.starts_with("0 "),
        &session,
    )
}

fn a_failing_test() -> Result<(), Failed> {
    let test = b"apiVersion: modelgate.dev/v1alpha1\nkind: AccessTest\nmetadata: { namespace: risk, name: t }\nspec:\n  tests:\n    \
        - name: it is open\n      who: { nobody: true }\n      request: { host: risk.models.example.com, path: /v2/models/a/infer }\n      \
        expect: { verdict: allow }\n";
    let session = run("test bad-input/gate.yaml -", test);
    let shown = "FAIL  risk/t: it is open\n      expected allow, got deny: token_missing (401)\n      no `Authorization` header, and no rule knows the connection's workload:\n      \
        write `user`, `serviceAccount` or `peer` in `who`\n      <stdin>:6:7\n0 passed, 1 failed\n";
    expect(
        session.exit == Exit::Problems && session.output == shown,
        &session,
    )
}

/// What a failed test advises, by what is wrong with it.
fn advised() -> Result<(), Failed> {
    let failed = |host: &str, path: &str, output: &str| {
        let test = format!(
            "apiVersion: modelgate.dev/v1alpha1\nkind: AccessTest\nmetadata: {{ namespace: risk, name: t }}\nspec:\n  tests:\n    - name: a\n      \
             who: {{ user: zoe, groups: [leads] }}\n      request: {{ host: {host}, path: {path}, method: POST }}\n      expect: {{ verdict: allow, status: 200 }}\n"
        );
        run(&format!("test access/old - -o {output}"), test.as_bytes())
    };
    let (host, path) = ("risk.example.com", "/v2/models/churn/infer");
    for (host, path, said) in [
        (
            host,
            "/v2/models/fraud/infer",
            "the files declare: `churn`, `open-*`",
        ),
        (
            host,
            "/v1/models/churn:predict",
            "the usual one is `POST /v2/models/churn/infer`",
        ),
        ("risk.example.org", path, "did you mean `risk.example.com`?"),
        (
            host,
            path,
            "allow[2] (access/old/risk.yaml:13) would allow it, if context.claims has mfa",
        ),
    ] {
        for output in ["text", "json", "github", "junit"] {
            let session = failed(host, path, output);
            let shown = session.output.replace("\n      ", " ");
            let shown = shown.replace("&quot;", "\"");
            let both = shown.contains("expected allow (200), got deny") && shown.contains(said);
            expect(session.exit == Exit::Problems && both, &session)?;
        }
    }
    Ok(())
}
