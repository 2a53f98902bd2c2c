//! `completion`, `man` and `version`: what other programs read.

use std::fs;

use clap::CommandFactory;
use cli::Exit;
use libtest_mimic::Failed;
use serde_json::Value;

use super::Test;
use super::session::{expect, run};

const INTRODUCTION: &str = "# Commands

What `modelgate help COMMAND` prints; a test writes this page. Results go to standard output, problems and questions to standard error.
Colours are used on terminals only; `NO_COLOR` turns them off, and so does `TERM=dumb`. On a terminal problems and help fit its width (80 columns where it does not say; long
lines of a file are cut around the mark); a file and a pipe get each message as one line.

Schemas for editors are in [schemas](schemas): `init` puts those it needs beside the files and names them on their first line, so that nothing is
fetched. A schema says what the reader says, but for what it cannot see: the text of the file (encoding, tabs, tags, fields twice), an unquoted
`no`, `yes` or `=` that only old YAML takes for no text, two fields that must not be the same claim, and everything that is about several files.

`fmt` reads again what it would write: it must mean the same and hold the same comments. Where that is not so, the file is left alone, with MG0014.

Of a folder, every file below it whose name ends with `.yaml` or `.yml`, in capitals or not, is read; what begins with a dot is not. Links are followed, each folder once; a
link that leads nowhere or to a folder that it is in, and a pipe, a socket or a device with such a name, is an error: nothing is left out without a
word. `REV:PATH` is what it is for git: `HEAD:x` counts from the top of the repository, `HEAD:./x` from the folder of `--repository`. There, a link to
a file is followed inside of `PATH`; any other link, and a submodule, is an error.

What else stands in a folder, such as manifests and values of charts, is passed over with a word: documents with another `apiVersion`, and files that say nothing
of ours, as far as neither a kind nor a field could be meant for us. A file that cannot be read is an error where it mentions modelgate, and is named in a warning where it
does not. What `compile` wrote into a folder is passed over, too. A file that is named is read as it is; `fmt` leaves it alone where nothing in it is ours.

For CI there are hooks of pre-commit ([.pre-commit-hooks.yaml](../.pre-commit-hooks.yaml)), a GitHub Action
([.ci/github/action.yml](../.ci/github/action.yml)) and a template for GitLab ([.ci/gitlab.yml](../.ci/gitlab.yml)).
";

/// These tests.
pub const TESTS: &[Test] = &[
    ("completion: a script for every shell", completion),
    ("man: a page for every command", man),
    ("version: as text and as json", version),
    ("docs: every command says what it does", page),
];

fn completion() -> Result<(), Failed> {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let session = run(&format!("completion {shell}"), b"");
        expect(
            session.exit == Exit::Clean
                && session.output.contains("who-can")
                && session.errors.is_empty(),
            &session,
        )?;
    }
    let wrong = run("completion csh", b"");
    expect(wrong.exit == Exit::CannotRun, &wrong)?;
    let script = run("completion bash", b"").output
        + "\nCOMP_WORDS=(modelgate who); COMP_CWORD=1; _modelgate modelgate who modelgate; echo \"${COMPREPLY[@]}\"\n";
    let output = std::process::Command::new("bash")
        .args(["-c", &script])
        .output()?;
    if String::from_utf8_lossy(&output.stdout)
        .split_whitespace()
        .collect::<Vec<_>>()
        == ["who-can", "whoami"]
    {
        Ok(())
    } else {
        Err(format!("{output:?}").into())
    }
}

fn man() -> Result<(), Failed> {
    let page = run("man", b"");
    expect(
        page.exit == Exit::Clean && page.output.contains(".TH modelgate 1"),
        &page,
    )?;
    let folder = std::env::temp_dir().join(format!("modelgate-man-{}", std::process::id()));
    let session = run(&format!("man --out {}", folder.display()), b"");
    let again = run(&format!("man --out {}", folder.display()), b"");
    let check = fs::read_to_string(folder.join("modelgate-check.1"));
    fs::remove_dir_all(&folder)?;
    expect(session.exit == Exit::Clean && again == session, &again)?;
    let check = check?;
    if check.contains(".TH modelgate-check 1") && check.contains("Print every problem") {
        Ok(())
    } else {
        Err(check.into())
    }
}

fn version() -> Result<(), Failed> {
    let text = run("version", b"");
    expect(
        text.exit == Exit::Clean
            && text.output.starts_with("modelgate ")
            && text.output.contains("\nbundle format 3\n"),
        &text,
    )?;
    let json = run("version -o json", b"");
    let answer: Value = serde_json::from_str(&json.output)?;
    expect(
        answer["bundleFormat"] == 3
            && answer["apiVersion"] == "modelgate.dev/v1alpha1"
            && answer["version"].is_string(),
        &json,
    )
}

/// `docs/commands.md`: what each command says of itself.
fn page() -> Result<(), Failed> {
    let mut page = String::from(INTRODUCTION);
    for command in cli::command::Arguments::command()
        .get_subcommands()
        .map(clap::Command::get_name)
    {
        let help = run(&format!("help {command}"), b"");
        expect(help.exit == Exit::Clean, &help)?;
        let lines: Vec<&str> = help.output.lines().map(str::trim_end).collect();
        page += &format!(
            "\n## {command}\n\n```text\n{}\n```\n",
            lines.join("\n").trim_end()
        );
    }
    if std::env::var_os("MODELGATE_UPDATE").is_some() {
        fs::write("../docs/commands.md", &page)?;
    }
    if fs::read_to_string("../docs/commands.md")? == page {
        Ok(())
    } else {
        Err(format!("docs/commands.md is not\n{page}").into())
    }
}
