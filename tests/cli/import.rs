//! `import`: each file of `import/` as the command line carries it over, compared with what it printed before; and on thousands of
//! requests each, what the compiled bundle says beside what Istio would do: never more, and the same where nothing was told.

#[path = "import/compare.rs"]
mod compare;

use std::fs;
use std::path::PathBuf;

use cli::Exit;
use libtest_mimic::Failed;
use serde_json::Value;
use tests::import::cases;

use super::Test;
use super::session::{expect, run};

/// These tests.
pub const TESTS: &[Test] = &[
    ("import: what it prints for each policy", printed),
    (
        "import: never more than Istio, and the same where nothing is told",
        compare::compared,
    ),
    (
        "import: what is written passes, and nothing is overwritten",
        written,
    ),
    ("import: the example", example),
    ("import: reports for machines", reports),
    ("import: what cannot run", refused),
    (
        "import: what is wrong with a file is told where it comes from",
        origins,
    ),
];

const FOLDER: &str = "import";

fn printed() -> Result<(), Failed> {
    let mut wrong = String::new();
    for case in cases()? {
        let session = run(
            &format!("import {FOLDER}/{}.yaml {}", case.name, case.arguments),
            b"",
        );
        let shown = format!(
            "exit status {}\n\n---- standard error\n{}\n---- standard output\n{}",
            session.exit.status(),
            session.errors,
            session.output
        );
        let expected = PathBuf::from(FOLDER).join(format!("{}.txt", case.name));
        if std::env::var_os("MODELGATE_UPDATE").is_some() {
            fs::write(&expected, &shown)?;
        }
        if fs::read_to_string(&expected).unwrap_or_default() != shown {
            wrong += &format!("{} is not\n{shown}\n", expected.display());
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.into())
    }
}

fn written() -> Result<(), Failed> {
    let folder = std::env::temp_dir().join(format!("modelgate-import-{}", std::process::id()));
    drop(fs::remove_dir_all(&folder));
    let mut passed = 0;
    for case in cases()? {
        let place = folder.join(&case.name).display().to_string();
        let command = format!(
            "import {FOLDER}/{}.yaml {} --out {place}",
            case.name, case.arguments
        );
        let session = run(&command, b"");
        if session.errors.contains("nothing was written") {
            expect(
                session.exit != Exit::CannotRun && fs::metadata(&place).is_err(),
                &session,
            )?;
            continue;
        }
        let check = run(&format!("check {place}"), b"");
        expect(check.exit == Exit::Clean, &check)?;
        let form = run(&format!("fmt --check {place}"), b"");
        expect(form.exit == Exit::Clean, &form)?;
        let again = run(&command, b"");
        expect(
            again.exit == Exit::CannotRun && again.errors.contains("is there already"),
            &again,
        )?;
        passed += 1;
    }
    fs::remove_dir_all(&folder)?;
    if passed > 15 {
        Ok(())
    } else {
        Err(format!("only {passed} were written").into())
    }
}

/// The command in the example's page writes the files that stand there, and they pass their tests.
fn example() -> Result<(), Failed> {
    let page = fs::read_to_string("../examples/from-istio/README.md")?;
    let command = page
        .split("    modelgate import ")
        .nth(1)
        .and_then(|rest| rest.split("\n\n").next());
    let command = command
        .ok_or("no command")?
        .replace("\\\n", " ")
        .replace('\'', "");
    let folder =
        std::env::temp_dir().join(format!("modelgate-import-example-{}", std::process::id()));
    drop(fs::remove_dir_all(&folder));
    let command = command.replace("examples/from-istio/after", &folder.display().to_string());
    let command = command.replace("examples/", "../examples/");
    let session = run(&format!("import {command}"), b"");
    expect(session.output.lines().count() == 3, &session)?;
    for name in [
        "gate.yaml",
        "fraud/fraud-detector.yaml",
        "fraud/triage.yaml",
    ] {
        let place = format!("../examples/from-istio/after/{name}");
        let written = fs::read_to_string(folder.join(name))?;
        if std::env::var_os("MODELGATE_UPDATE").is_some() {
            fs::write(&place, &written)?;
        }
        if fs::read_to_string(&place)? != written {
            return Err(format!("{place} is not\n{written}").into());
        }
    }
    fs::remove_dir_all(&folder)?;
    let told: Vec<&str> = session
        .errors
        .split("warning[")
        .skip(1)
        .filter_map(|rest| rest.get(..6))
        .collect();
    expect(told == ["MG0712", "MG0704", "MG0219"], &session)?;
    let tests = run("test ../examples/from-istio/after", b"");
    expect(tests.exit == Exit::Clean, &tests)
}

fn reports() -> Result<(), Failed> {
    let folder =
        std::env::temp_dir().join(format!("modelgate-import-report-{}", std::process::id()));
    drop(fs::remove_dir_all(&folder));
    let command = "import import/one-path.yaml --backend fraud/triage:open-inference@triage.models.example.com -o json";
    let nowhere = run(command, b"");
    expect(
        nowhere.exit == Exit::CannotRun && nowhere.errors.contains("write --out DIR"),
        &nowhere,
    )?;
    let session = run(&format!("{command} --out {}", folder.display()), b"");
    let answer: Value = serde_json::from_str(&session.output)?;
    let first = &answer["problems"][0];
    drop(fs::remove_dir_all(&folder));
    expect(
        first["code"] == "MG0707" && first["file"] == "import/one-path.yaml" && first["line"] == 20,
        &session,
    )
}

fn refused() -> Result<(), Failed> {
    let many = "---\na: 1\n".repeat(1000);
    let many = run("import - -b fraud/x:seldon@x.example.com", many.as_bytes());
    expect(
        many.exit == Exit::Problems
            && many.errors.contains("MG0013")
            && many.errors.matches("error[").count() == 301,
        &many,
    )?;
    let service = b"{ apiVersion: v1, kind: Service, metadata: { name: x } }";
    let nothing = run("import - -b fraud/x:seldon@x.example.com", service);
    expect(
        nothing.exit == Exit::Problems
            && nothing.errors.contains("there is no `AuthorizationPolicy`"),
        &nothing,
    )?;
    for (arguments, message) in [
        ("import/groups.yaml", "--backend"),
        (
            "import/groups.yaml -b fraud/x",
            "write NAMESPACE/SERVICE:API@HOST",
        ),
        (
            "import/groups.yaml -b fraud/x:y@z.example.com",
            "`y` is no protocol",
        ),
        (
            "import/groups.yaml -b fraud/x:mlflow@z.example.com -m fraud/a",
            "is a server of many models",
        ),
        (
            "nowhere -b fraud/x:mlflow@z.example.com",
            "cannot read `nowhere`",
        ),
    ] {
        let session = run(&format!("import {arguments}"), b"");
        expect(
            session.exit == Exit::CannotRun && session.errors.replace('\n', " ").contains(message),
            &session,
        )?;
    }
    Ok(())
}

const POLICY: &str = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: { name: a, namespace: fraud }\nspec:\n  selector: { \
    matchLabels: { seldon-deployment-id: x } }\n  action: ALLOW\n  rules:\n    - from:\n        - source: { principals: [cluster.local/ns/fraud/sa/web] }\n";

fn origins() -> Result<(), Failed> {
    let session = run("import - -b fraud/x:seldon@Bad_Host", POLICY.as_bytes());
    expect(
        session.exit == Exit::Problems
            && session
                .errors
                .contains("`--backend fraud/x:seldon@Bad_Host`: ")
            && !session.errors.contains("--> gate.yaml"),
        &session,
    )?;
    let keys = "---\napiVersion: security.istio.io/v1\nkind: RequestAuthentication\nmetadata: { name: b, namespace: fraud }\nspec:\n  \
        selector: { matchLabels: { seldon-deployment-id: x } }\n  jwtRules:\n    - issuer: https://id.example.com\n      audiences: [x]\n      \
        jwksUri: http://id.example.com/keys\n";
    let session = run(
        "import - -b fraud/x:seldon@x.example.com",
        format!("{POLICY}{keys}").as_bytes(),
    );
    expect(
        session.exit == Exit::Problems
            && session.errors.contains("MG0212")
            && session.errors.contains("--> <stdin>:19:16"),
        &session,
    )
}
