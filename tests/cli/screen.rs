//! What the program shows on a real terminal, and what it writes where there is none: the same commands on a pseudo-terminal of 80
//! columns, with `NO_COLOR`, and piped.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use libtest_mimic::Failed;

use super::Test;

/// These tests.
pub const TESTS: &[Test] = &[
    (
        "screen: on a terminal, without colours, and piped",
        three_ways,
    ),
    ("screen: results fit the width", fitted),
    ("screen: how far a long command is", far),
    ("screen: colours only where they are asked for", options),
    ("screen: a file gets no colours", redirected),
    ("screen: init asks on a terminal", asked),
    (
        "screen: init without an answer says what to type",
        unanswered,
    ),
];

const EXPECTED: &str = "screen";
/// Of the terminal.
const COLUMNS: usize = 80;
/// A name, and the command.
const COMMANDS: [(&str, &str); 20] = [
    ("check-error", "check bad-input/unknown-kind.yaml"),
    (
        "check-typo",
        "check bad-input/gate.yaml bad-input/unknown-field.yaml",
    ),
    ("check-clean", "check access/old"),
    (
        "check-wide",
        "check bad-input/gate-denied-group-may-be-hidden-warns.yaml",
    ),
    (
        "check-cedar",
        "check bad-input/gate.yaml bad-input/condition-unknown-attribute.yaml",
    ),
    (
        "test-failing",
        "test bad-input/gate.yaml screen/failing.yaml",
    ),
    ("test-coverage", "test --coverage access/old access/tests"),
    ("diff", "diff access/old access/new"),
    ("replay", "replay access/events.log access/new"),
    ("who-can", "who-can predict risk/churn access/old"),
    ("what-can", "what-can group:corp/analysts access/old"),
    ("matrix", "matrix access/old"),
    ("explain", "explain MG0503"),
    ("fmt", "fmt --check bad-input/gate.yaml access/old"),
    (
        "import",
        "import import/one-path.yaml --backend fraud/triage:open-inference@triage.models.example.com",
    ),
    ("no-such-file", "check nowhere.yaml"),
    (
        "import-wrong",
        "import import/one-path.yaml --backend fraud/triage:open-inferense@triage.models.example.com",
    ),
    ("usage", "chekc access"),
    ("help", "help"),
    ("help-explain", "explain --help"),
];

/// The program by its name, without the settings of who runs the tests.
fn program() -> Result<Command, Failed> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .env(super::AS_PROGRAM, "1")
        .env_remove("NO_COLOR")
        .env_remove("MODELGATE_UPDATE");
    command.stdin(Stdio::null());
    Ok(command)
}

/// The same on a pseudo-terminal; `answers` are typed.
fn on_terminal(
    arguments: &[&str],
    answers: &str,
    variables: &[(&str, &str)],
) -> Result<Output, Failed> {
    on_terminal_of(COLUMNS, arguments, answers, variables)
}

fn on_terminal_of(
    columns: usize,
    arguments: &[&str],
    answers: &str,
    variables: &[(&str, &str)],
) -> Result<Output, Failed> {
    let mut command = Command::new("python3");
    command
        .arg("cli/terminal.py")
        .arg(columns.to_string())
        .arg(answers)
        .arg(std::env::current_exe()?)
        .args(arguments);
    command
        .env(super::AS_PROGRAM, "1")
        .env_remove("NO_COLOR")
        .envs(variables.iter().copied());
    command.stdin(Stdio::null());
    Ok(command.output()?)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Escapes as they are written, so that a snapshot can be read.
fn visible(shown: &str) -> String {
    shown.replace('\u{1b}', "␛")
}

fn three_ways() -> Result<(), Failed> {
    let mut wrong = String::new();
    for (name, line) in COMMANDS {
        let arguments: Vec<&str> = line.split(' ').collect();
        let colored = on_terminal(&arguments, "", &[])?;
        let plain = on_terminal(&arguments, "", &[("NO_COLOR", "1")])?;
        let piped = program()?.args(&arguments).output()?;
        let colored_text = without_progress(&text(&colored.stdout));
        let plain_text = without_progress(&text(&plain.stdout));
        let apart = [text(&piped.stderr), text(&piped.stdout)];
        let shown = format!(
            "$ modelgate {line}\n\n{}\n[exit status {}]\n",
            visible(&colored_text),
            colored.status.code().unwrap_or(-1)
        );
        wrong += &kept(name, &shown)?;
        if plain_text.contains('\u{1b}') || apart.concat().contains('\u{1b}') {
            wrong += &format!("`{line}` writes colours without being asked\n");
        }
        // each test is a line, so that it can be looked for, and no line of a file is changed
        let kept_whole = |line: &&str| line.starts_with("ok  ") || line.contains(" | ");
        let mut lines = plain_text.lines().filter(|line| !kept_whole(line));
        if let Some(wide) = lines.find(|line| line.chars().count() > COLUMNS) {
            wrong += &format!("`{line}` is wider than a terminal: {wide}\n");
        }
        if without_escapes(&colored_text) != plain_text {
            wrong += &format!("`{line}` says something else in colours: {plain_text}\n");
        }
        // a terminal gets long diagnostics in several lines, of the same words
        let mut both: Vec<&str> = apart
            .iter()
            .flat_map(|stream| stream.split_whitespace())
            .collect();
        let mut seen: Vec<&str> = plain_text.split_whitespace().collect();
        both.sort_unstable();
        seen.sort_unstable();
        if both != seen || piped.status.code() != colored.status.code() {
            wrong += &format!("`{line}` says something else into a pipe: {apart:?}\n");
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.into())
    }
}

/// The same words in more lines, or in fewer.
fn fitted() -> Result<(), Failed> {
    for (_, line) in COMMANDS {
        if ["check", "help", "import", "fmt", "test"]
            .iter()
            .any(|own| line.contains(own))
        {
            // these have lines of a file or a table; how problems and help fit, their snapshots show
            continue;
        }
        let arguments: Vec<&str> = line.split(' ').collect();
        let on = |columns| {
            let shown = on_terminal_of(columns, &arguments, "", &[("NO_COLOR", "1")])?;
            Ok::<_, Failed>(without_progress(&text(&shown.stdout)))
        };
        let [narrow, middle, wide] = [on(50)?, on(COLUMNS)?, on(120)?];
        let words = |shown: &str| {
            shown
                .split_whitespace()
                .map(String::from)
                .collect::<Vec<_>>()
        };
        let same = words(&narrow) == words(&middle) && words(&middle) == words(&wide);
        let count = |shown: &str| shown.lines().count();
        let folded = count(&narrow) > count(&middle) && count(&middle) >= count(&wide);
        if !same || !folded {
            return Err(format!("`{line}` does not fit:\n{narrow}\n{middle}\n{wide}").into());
        }
        // a word may be wider: the id of a rule and its place, a path
        let too_wide =
            |shown: &&str| shown.chars().count() > 50 && shown.split_whitespace().count() > 2;
        if let Some(wide) = narrow.lines().find(too_wide) {
            return Err(format!("`{line}` is wider than 50 columns: {wide}").into());
        }
    }
    Ok(())
}

/// A line that is written over; nothing of it is left at the end, and nothing goes into a pipe.
fn far() -> Result<(), Failed> {
    let folder = folder("far")?;
    let gate = fs::read_to_string("access/old/gate.yaml")?;
    fs::write(folder.join("gate.yaml"), gate)?;
    for number in 0..120 {
        let roles = format!(
            "apiVersion: modelgate.dev/v1alpha1\nkind: ModelAccess\nmetadata: {{ namespace: risk, name: file-{number} }}\nspec:\n  \
             models: [{{ name: model-{number}, api: open-inference }}]\n  allow: [{{ who: {{ groups: [analysts] }} }}]\n"
        );
        fs::write(folder.join(format!("file-{number}.yaml")), roles)?;
    }
    let place = folder.display().to_string();
    let arguments = ["who-can", "predict", "risk/model-7", &place];
    let watched = on_terminal(&arguments, "", &[])?;
    let dumb = on_terminal(&arguments, "", &[("TERM", "dumb")])?;
    let piped = program()?.args(arguments).output()?;
    fs::remove_dir_all(&folder)?;
    // what such a terminal cannot write over is not written
    if text(&dumb.stdout).contains(['\r', '\u{1b}']) {
        return Err(text(&dumb.stdout).into());
    }
    let shown = text(&watched.stdout);
    let told =
        shown.contains("\rchecks 121 files\u{1b}[K") && shown.contains("\rasks 121 files\u{1b}[K");
    let left = without_escapes(&without_progress(&shown)).contains("121 files");
    if told && !left && watched.status.success() && !text(&piped.stderr).contains("checks") {
        Ok(())
    } else {
        Err(format!("{shown}{}", text(&piped.stderr)).into())
    }
}

/// What is wrong with the snapshot.
fn kept(name: &str, shown: &str) -> Result<String, Failed> {
    let path = Path::new(EXPECTED).join(format!("{name}.txt"));
    if std::env::var_os("MODELGATE_UPDATE").is_some() {
        fs::create_dir_all(EXPECTED)?;
        fs::write(&path, shown)?;
    }
    let same = fs::read_to_string(&path).is_ok_and(|expected| expected == shown);
    Ok(if same {
        String::new()
    } else {
        format!("{} is not\n{shown}\n", path.display())
    })
}

/// Without the line that is written over while something takes long.
fn without_progress(shown: &str) -> String {
    let mut parts = shown.split('\r');
    let first = parts.next().unwrap_or_default().to_owned();
    let over = |part: &str| part.split("\u{1b}[K").nth(1).unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + &over(part))
}

/// Without sequences of ESC, `[`, digits and `;`, and a letter.
fn without_escapes(shown: &str) -> String {
    let mut parts = shown.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let rest = part.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == ';');
        text + rest.get(1..).unwrap_or_default()
    })
}

fn options() -> Result<(), Failed> {
    let line = ["check", "bad-input/unknown-kind.yaml"];
    let colored = |output: &Output| {
        text(&output.stdout).contains('\u{1b}') || text(&output.stderr).contains('\u{1b}')
    };
    let always = program()?.args(["--color", "always"]).args(line).output()?;
    let never = on_terminal(&["--color", "never", line[0], line[1]], "", &[])?;
    // an empty NO_COLOR says nothing (no-color.org)
    let empty = on_terminal(&line, "", &[("NO_COLOR", "")])?;
    let against = on_terminal(
        &["--color", "always", line[0], line[1]],
        "",
        &[("NO_COLOR", "1")],
    )?;
    match (
        colored(&always),
        colored(&never),
        colored(&empty),
        colored(&against),
    ) {
        (true, false, true, true) => Ok(()),
        other => Err(format!("{other:?}").into()),
    }
}

/// The result goes into a file, the problems to the terminal.
fn redirected() -> Result<(), Failed> {
    let folder = folder("redirected")?;
    let exe = std::env::current_exe()?.display().to_string();
    let file = folder.join("matrix.txt").display().to_string();
    let mut command = Command::new("python3");
    let script =
        format!("'{exe}' matrix access/old > '{file}'; '{exe}' check access/old > '{file}.2'");
    command
        .args(["cli/terminal.py", "80", "", "sh", "-c", &script])
        .env(super::AS_PROGRAM, "1")
        .env_remove("NO_COLOR");
    let shown = text(&command.stdin(Stdio::null()).output()?.stdout);
    let written = fs::read_to_string(&file)?;
    fs::remove_dir_all(&folder)?;
    if written.contains("risk/churn") && !written.contains('\u{1b}') && shown.contains('\u{1b}') {
        Ok(())
    } else {
        Err(format!("{shown}{written}").into())
    }
}

fn folder(name: &str) -> Result<PathBuf, Failed> {
    let folder =
        std::env::temp_dir().join(format!("modelgate-screen-{name}-{}", std::process::id()));
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn asked() -> Result<(), Failed> {
    let folder = folder("asked")?;
    let place = folder.display().to_string();
    let session = on_terminal(
        &["init", &place],
        "Retention\nretention\nchurn:open-inferense\nchurn:open-inference\nanalysts",
        &[],
    )?;
    let shown = text(&session.stdout).replace(&place, "FOLDER");
    let access = fs::read_to_string(folder.join("access.yaml")).unwrap_or_default();
    fs::remove_dir_all(&folder)?;
    let wrong = kept("init", &format!("$ modelgate init FOLDER\n\n{shown}"))?;
    let said = [
        "namespace: retention",
        "name: churn, api: open-inference",
        "groups: [analysts]",
    ];
    if wrong.is_empty() && session.status.success() && said.iter().all(|part| access.contains(part))
    {
        Ok(())
    } else {
        Err(format!("{wrong}{shown}{access}").into())
    }
}

fn unanswered() -> Result<(), Failed> {
    let folder = folder("unanswered")?;
    let place = folder.join("new").display().to_string();
    for (answers, message) in [
        (
            "\nx",
            "the team's namespace is missing: write --namespace NAME",
        ),
        ("team\nchurn\nchurn\nchurn", "write `churn:API`"),
        ("team\nchurn\nchurn:\nchurn:seldn", "`seldn` is no protocol"),
        ("Team A\nTeam A\nTeam", "`Team` cannot be a namespace"),
        (
            "team\na model:kserve\na:kserve\n",
            "`a model` is no name of a model",
        ),
        ("team\nchurn:seldon\n", "a group that may use it is missing"),
        (
            "team\nchurn:seldon\neveryone\n\"analysts\"\n\"analysts\"",
            "write `analysts`, without them",
        ),
        (
            "team\nchurn:seldon\n\"analysts\"\neveryone\nall",
            "`who: { everyone: true }`",
        ),
    ] {
        let session = on_terminal(&["init", &place], answers, &[("NO_COLOR", "1")])?;
        let shown = text(&session.stdout).replace('\n', " ");
        if session.status.code() != Some(2)
            || !shown.contains(message)
            || fs::metadata(&place).is_ok()
        {
            return Err(format!("{answers:?}: {shown}").into());
        }
    }
    fs::remove_dir_all(&folder)?;
    Ok(())
}
