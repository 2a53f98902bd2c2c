//! `who-can`, `what-can`, `matrix` and `diff`: what they print, to the letter, and their exit statuses.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cli::Exit;
use libtest_mimic::Failed;
use serde_json::Value;

use super::Test;
use super::session::{Session, expect, run};

/// These tests.
pub const TESTS: &[Test] = &[
    ("who-can: people, rules, conditions and denies", who_can),
    (
        "who-can: a server as a whole, a group of actions",
        who_can_server,
    ),
    ("access: no answer about files with errors", with_errors),
    ("what-can: everything that a caller may do", what_can),
    ("matrix: text, csv and a page", matrix),
    ("matrix: nothing that a file says becomes markup", markup),
    ("matrix: of many rules in a cell ten are told", many),
    ("matrix: many namespaces, each told once and alike", parts),
    (
        "access: questions about nothing cannot be answered",
        unanswerable,
    ),
    ("diff: newly allowed, newly denied, without effect", diff),
    ("diff: json and markdown", diff_formats),
    ("diff: a revision of git", diff_git),
    (
        "diff: a gate that changes elsewhere is not passed over",
        diff_gate,
    ),
];

const OLD: &str = "access/old";
const NEW: &str = "access/new";

/// Compares with a file; writes it anew where `MODELGATE_UPDATE` is set.
pub fn snapshot(session: &Session, exit: Exit, name: &str) -> Result<(), Failed> {
    expect(session.exit == exit, session)?;
    let path = Path::new("access/expected").join(name);
    if std::env::var_os("MODELGATE_UPDATE").is_some() {
        fs::write(&path, &session.output)?;
    }
    let expected = fs::read_to_string(&path)?;
    if expected == session.output {
        Ok(())
    } else {
        Err(format!("{} is not\n{}", path.display(), session.output).into())
    }
}

fn who_can() -> Result<(), Failed> {
    let session = run(&format!("who-can predict churn {OLD}"), b"");
    snapshot(&session, Exit::Clean, "who-can.txt")?;
    let wide = session
        .output
        .lines()
        .find(|line| line.chars().count() > 80);
    expect(wide.is_none(), &session)?;
    let colored = run(&format!("--color always who-can predict churn {OLD}"), b"");
    expect(
        colored.output.contains("\u{1b}[1;33msometimes\u{1b}[0m"),
        &colored,
    )?;
    let nobody = run(&format!("who-can metrics churn {OLD}"), b"");
    expect(
        nobody.exit == Exit::Problems && nobody.output.ends_with("nobody: no rule grants it\n"),
        &nobody,
    )?;
    let spelt = run("who-can predict zoo/pet-Secret cases/policy", b"");
    expect(
        spelt.exit == Exit::CannotRun
            && spelt.output.is_empty()
            && spelt.errors.contains("another spelling of `pet-secret`"),
        &spelt,
    )?;
    let scheme = run("who-can predict zoo/pet-a://dog cases/policy", b"");
    expect(
        scheme.exit == Exit::CannotRun && scheme.errors.contains("have `pet-a://*` declared"),
        &scheme,
    )?;
    for other in ["zoo/pet-secret", "zoo/pet-secrets"] {
        let other = run(&format!("who-can predict {other} cases/policy"), b"");
        expect(other.exit != Exit::CannotRun, &other)?;
    }
    for action in ["predct", "Predict"] {
        let spelt = run(&format!("who-can {action} churn {OLD}"), b"");
        let said = "there is no such action: did you mean `predict`?";
        expect(spelt.errors.contains(said), &spelt)?;
    }
    let vain = run(&format!("who-can administer churn {OLD}"), b"");
    let said = "no request of `open-inference` to its models does that; they do\n  `predict`, `read`, `manage`, `metrics`\n";
    expect(
        vain.exit == Exit::Problems && vain.output.ends_with(said),
        &vain,
    )
}

fn who_can_server() -> Result<(), Failed> {
    let session = run(&format!("who-can read @score {OLD}"), b"");
    snapshot(&session, Exit::Clean, "who-can-server.txt")
}

fn what_can() -> Result<(), Failed> {
    let session = run(&format!("what-can user:ann --group analysts {OLD}"), b"");
    snapshot(&session, Exit::Clean, "what-can.txt")?;
    let session = run(&format!("what-can sa:payments/checkout -o json {OLD}"), b"");
    snapshot(&session, Exit::Clean, "what-can.json")?;
    let nothing = run(&format!("what-can group:nobodies {OLD}"), b"");
    expect(nothing.exit == Exit::Problems, &nothing)?;
    let spelt = run(&format!("what-can group:Analysts {OLD}"), b"");
    let said = "no rule names it; did you mean `group:corp/analysts`?\n";
    expect(
        spelt.exit == Exit::Problems && spelt.output.ends_with(said),
        &spelt,
    )
}

fn matrix() -> Result<(), Failed> {
    for (format, name) in [
        ("text", "matrix.txt"),
        ("csv", "matrix.csv"),
        ("html", "matrix.html"),
    ] {
        let session = run(&format!("matrix -o {format} {OLD}"), b"");
        snapshot(&session, Exit::Clean, name)?;
    }
    Ok(())
}

fn markup() -> Result<(), Failed> {
    let folder = temporary("markup")?;
    let access = fs::read_to_string(format!("{OLD}/risk.yaml"))?;
    let access = access.replace("users: [ann]", "users: ['<script>\"=1&']");
    fs::write(folder.join("risk.yaml"), access)?;
    fs::copy(format!("{OLD}/gate.yaml"), folder.join("gate.yaml"))?;
    let page = run(&format!("matrix -o html {}", folder.display()), b"");
    fs::remove_dir_all(&folder)?;
    expect(
        page.output.contains("corp/&lt;script&gt;&quot;=1&amp;")
            && !page.output.contains("/<script>"),
        &page,
    )
}

fn many() -> Result<(), Failed> {
    let access = fs::read_to_string(format!("{OLD}/risk.yaml"))?;
    let rule = |hour: i32| {
        let when = format!("when: context.hour == {hour}");
        format!("    - {{ who: {{ users: [zoe] }}, can: [predict], {when} }}\n")
    };
    let rules: String = (0..12).map(rule).collect();
    let access = access.replace("  deny:\n", &format!("{rules}  deny:\n"));
    for format in ["csv", "html"] {
        let session = run(
            &format!("matrix -o {format} {OLD}/gate.yaml -"),
            access.as_bytes(),
        );
        let told = |text: &str| session.output.contains(text);
        expect(told("context.hour == 9") && told("and 2 more"), &session)?;
        expect(!told("context.hour == 10"), &session)?;
    }
    Ok(())
}

/// They are asked about and written a few at a time.
fn parts() -> Result<(), Failed> {
    let gate = fs::read_to_string(format!("{OLD}/gate.yaml"))?;
    let access = fs::read_to_string(format!("{OLD}/risk.yaml"))?;
    let (head, rest) = gate
        .split_once("    - name: fraud")
        .ok_or("no namespaces")?;
    let (_, install) = rest.split_once("  install:").ok_or("no install")?;
    let names: Vec<String> = (10..31).map(|number| format!("team{number}")).collect();
    let mut text = head.to_owned();
    for name in &names {
        text += &format!(
            "    - name: {name}\n      hosts: [{name}.example.com]\n      backends: [{{ service: score, api: open-inference }}]\n"
        );
    }
    text += &format!("  install:{install}");
    for name in &names {
        text += &format!(
            "---\n{}",
            access.replace("namespace: risk", &format!("namespace: {name}"))
        );
    }
    let csv = run("matrix -o csv -", text.as_bytes());
    let (_, lines) = csv.output.split_once("\r\n").ok_or("no header")?;
    let (of_one, _) = lines.split_once(",team11,").ok_or("no second")?;
    let (of_one, _) = of_one.rsplit_once("\r\n").ok_or("one line")?;
    // the place of a rule is told, and differs
    let shape = |lines: &str| -> String {
        let cells = lines
            .lines()
            .map(|line| line.split(" (<stdin>").next().unwrap_or_default());
        cells.map(|line| format!("{line}\n")).collect()
    };
    let expected = names
        .iter()
        .map(|name| shape(of_one).replace("team10", name));
    expect(
        csv.exit == Exit::Clean && shape(lines) == expected.collect::<String>(),
        &csv,
    )?;
    let page = run("matrix -o html -", text.as_bytes());
    let count = |what: &str| page.output.matches(what).count();
    let headings = names
        .iter()
        .map(|name| count(&format!("<h2>{name}/churn ")));
    expect(
        count("<!doctype") == 1 && count("</html>") == 1 && headings.eq(names.iter().map(|_| 1)),
        &page,
    )
}

fn unanswerable() -> Result<(), Failed> {
    let wrong = [
        ("who-can predcit churn", "did you mean `predict`?"),
        ("who-can use churn", "there are: `predict`"),
        (
            "who-can predict chrun",
            "no access file declares `chrun`; there are `fraud/@detect`",
        ),
        ("what-can ann", "write `user:ann`, `group:ann` or `sa:ann`"),
        ("what-can sa:checkout", "write `sa:NAMESPACE/checkout`"),
        ("what-can person:ann", "`person` is no kind of caller"),
        (
            "what-can group:crop/analysts",
            "`crop` is no issuer of the gate, which has `corp`; did you mean `corp`?",
        ),
        (
            "what-can user:nope/x",
            "`nope` is no issuer of the gate, which has `corp`",
        ),
        (
            "what-can user:ann --group crop/analysts",
            "did you mean `corp`?",
        ),
        ("what-can user:", "`user:` names nobody: write `user:NAME`"),
        ("what-can group:corp/", "`group:corp/` names nobody"),
        ("what-can sa:/x", "`sa:/x` names nobody"),
        ("matrix nowhere", "cannot read `nowhere`"),
    ];
    for (arguments, message) in wrong {
        let session = run(&format!("{arguments} {OLD}"), b"");
        let unbroken = session.errors.replace('\n', " ");
        expect(
            session.exit == Exit::CannotRun && unbroken.contains(message),
            &session,
        )?;
    }
    Ok(())
}

/// Exit status 1 is an answer, and files with errors have none.
fn with_errors() -> Result<(), Failed> {
    for question in [
        "matrix",
        "matrix -o json",
        "who-can -o json predict churn",
        "what-can -o json user:ann",
        "diff -o json access/old",
        "try",
        "whoami",
    ] {
        let errors = run(&format!("{question} bad-input/unknown-kind.yaml"), b"");
        expect(
            errors.exit == Exit::CannotRun && errors.output.is_empty(),
            &errors,
        )?;
    }
    Ok(())
}

fn diff() -> Result<(), Failed> {
    let session = run(&format!("diff {OLD} {NEW}"), b"");
    snapshot(&session, Exit::Problems, "diff.txt")?;
    let wide = session
        .output
        .lines()
        .find(|line| line.chars().count() > 80);
    expect(wide.is_none(), &session)?;
    let same = run(&format!("diff {OLD} {OLD}"), b"");
    expect(
        same.exit == Exit::Clean
            && same.output == "0 newly allowed, 0 newly denied, 0 edited without effect\n",
        &same,
    )?;
    let split = run(
        &format!("diff {OLD}/risk.yaml {OLD}/risk.yaml --with {OLD}/gate.yaml"),
        b"",
    );
    expect(split.exit == Exit::Clean, &split)?;
    let wrong = run(&format!("diff {OLD} nowhere"), b"");
    expect(wrong.exit == Exit::CannotRun, &wrong)
}

fn diff_formats() -> Result<(), Failed> {
    let session = run(&format!("diff -o markdown {OLD} {NEW}"), b"");
    snapshot(&session, Exit::Problems, "diff.md")?;
    let session = run(&format!("diff -o json {OLD} {NEW}"), b"");
    snapshot(&session, Exit::Problems, "diff.json")?;
    let answer: Value = serde_json::from_str(&session.output)?;
    expect(
        answer["newlyAllowed"][0]["example"]["action"].is_string(),
        &session,
    )
}

fn diff_git() -> Result<(), Failed> {
    let folder = temporary("git")?;
    let git = |arguments: &[&str]| -> Result<(), Failed> {
        let who = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
        let output = Command::new("git")
            .current_dir(&folder)
            .args(who)
            .args(arguments)
            .output()?;
        if output.status.success() {
            Ok(())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
        }
    };
    git(&["init", "--quiet", "."])?;
    for (side, message) in [(OLD, "old"), (NEW, "new")] {
        fs::create_dir_all(folder.join("teams"))?;
        for file in ["gate.yaml", "risk.yaml"] {
            fs::copy(format!("{side}/{file}"), folder.join("teams").join(file))?;
        }
        git(&["add", "."])?;
        git(&["commit", "--quiet", "-m", message])?;
    }
    let repository = format!("--repository {}", folder.display());
    let output = run(&format!("diff HEAD~1:teams HEAD:teams {repository}"), b"");
    let files = run(
        &format!(
            "diff HEAD:teams/risk.yaml HEAD:teams/risk.yaml --with {OLD}/gate.yaml {repository}"
        ),
        b"",
    );
    let told = "as it is now for what was before, too: `access/old/gate.yaml`";
    expect(files.errors.matches(told).count() == 1, &files)?;
    let missing = run(&format!("diff HEAD~7:teams HEAD:teams {repository}"), b"");
    fs::remove_dir_all(&folder)?;
    let direct = run(&format!("diff {OLD} {NEW}"), b"");
    expect(output.exit == Exit::Problems, &output)?;
    let last = |session: &Session| session.output.lines().last().map(str::to_owned);
    expect(
        last(&output) == last(&direct) && output.output.contains("HEAD~1:teams/risk.yaml"),
        &output,
    )?;
    expect(files.exit == Exit::Clean, &files)?;
    expect(missing.exit == Exit::CannotRun, &missing)
}

fn diff_gate() -> Result<(), Failed> {
    let folder = temporary("gate")?;
    let gate = fs::read_to_string(format!("{OLD}/gate.yaml"))?;
    fs::write(
        folder.join("gate.yaml"),
        gate.replace("[ml-models]", "[ml-models, other]"),
    )?;
    fs::copy(format!("{OLD}/risk.yaml"), folder.join("risk.yaml"))?;
    let session = run(&format!("diff {OLD} {}", folder.display()), b"");
    fs::remove_dir_all(&folder)?;
    expect(
        session.exit == Exit::Problems && session.output.contains("issuer `corp`"),
        &session,
    )
}

pub fn temporary(name: &str) -> Result<PathBuf, Failed> {
    let folder =
        std::env::temp_dir().join(format!("modelgate-access-{name}-{}", std::process::id()));
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}
