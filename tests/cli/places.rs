//! Where files are read from: the current folder of a repository, links, and what only looks like a file. No rule is left out
//! without a word.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Output};

use cli::Exit;
use libtest_mimic::Failed;

use super::access::temporary;
use super::session::{Session, expect, run, run_words};
use super::{AS_PROGRAM, Test};

/// These tests.
pub const TESTS: &[Test] = &[
    (
        "diff: a subfolder of a repository sees all of it",
        subfolder,
    ),
    (
        "diff: in a hook nothing is taken for what was there",
        in_a_hook,
    ),
    (
        "diff: links of a revision are followed or refused",
        tracked_links,
    ),
    (
        "diff: a file of a revision is read once, however many links lead to it",
        linked_beside,
    ),
    (
        "check: a link to a folder is followed, and no loop is",
        folder_links,
    ),
    (
        "check: what cannot be read is no reason to leave it out",
        unreadable,
    ),
    ("check: a file's name is no command to the terminal", names),
];

const GATE: &str = "access/old/gate.yaml";
const RULES: &str = "apiVersion: modelgate.dev/v1alpha1\nkind: ModelAccess\nmetadata: { namespace: risk, name: NAME }\nspec:\n";
const MODELS: &str = "  models: [{ name: churn, api: open-inference }]\n  allow:\n    - { who: { groups: [analysts] }, can: [read] }\n";
const OPEN: &str = "  models: [{ name: loans, api: open-inference }]\n  allow:\n    - { who: { everyone: true }, can: [predict] }\n";
const DENY: &str = "  models: [{ name: cards, api: open-inference }]\n  allow:\n    - { who: { everyone: true }, can: [predict] }\n  deny:\n    - { who: { groups: [interns] } }\n";

fn rules(name: &str, rest: &str) -> String {
    RULES.replace("NAME", name) + rest
}

/// Runs git there, as somebody.
pub fn git(folder: &Path, arguments: &[&str]) -> Result<(), Failed> {
    let who = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
    let output = Command::new("git")
        .current_dir(folder)
        .args(who)
        .args(arguments)
        .output()?;
    if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
    }
}

/// Commits whatever is there.
pub fn commit(folder: &Path) -> Result<(), Failed> {
    git(folder, &["add", "."])?;
    git(folder, &["commit", "--quiet", "-m", "a change"])
}

/// Runs the program in a folder: what `HEAD:./` is depends on it.
fn within(folder: &Path, arguments: &[&str]) -> Result<Output, Failed> {
    let program = std::env::current_exe()?;
    let mut command = Command::new(program);
    command.env(AS_PROGRAM, "1").current_dir(folder);
    Ok(command.args(arguments).output()?)
}

/// Git does not say there which folder the repository is of, unless it is told.
fn in_a_hook() -> Result<(), Failed> {
    let folder = temporary("hook")?;
    git(&folder, &["init", "--quiet", "."])?;
    fs::create_dir(folder.join("access"))?;
    fs::write(folder.join("access/a.yaml"), rules("a", MODELS))?;
    fs::copy(GATE, folder.join("gate.yaml"))?;
    commit(&folder)?;
    let of = |environment: &[(&str, &Path)], arguments: &[&str]| {
        let program = std::env::current_exe()?;
        let mut command = Command::new(program);
        command.env(AS_PROGRAM, "1").current_dir(&folder);
        command.envs(environment.iter().copied());
        command.arg("diff").args(arguments).arg("access");
        command.output()
    };
    let with = ["HEAD:access", "--with", "gate.yaml"];
    let dir = ("GIT_DIR", folder.join(".git"));
    let dir = (dir.0, dir.1.as_path());
    let tree = ("GIT_WORK_TREE", folder.as_path());
    let here = ("GIT_WORK_TREE", Path::new("."));
    let told = of(&[dir, tree], &with)?;
    let refused = [
        (of(&[dir], &with)?, "set `GIT_WORK_TREE`"),
        (of(&[dir], &["HEAD:./access"])?, "set `GIT_WORK_TREE`"),
        (of(&[here], &["HEAD:./access"])?, "set `GIT_WORK_TREE`"),
        (
            of(&[dir, tree], &["--repository", "access", "HEAD:access"])?,
            "both say",
        ),
    ];
    fs::remove_dir_all(&folder)?;
    for (hook, why) in refused {
        let errors = String::from_utf8_lossy(&hook.stderr);
        if hook.status.code() != Some(2) || !errors.contains(why) {
            return Err(format!("{why}: {hook:?}").into());
        }
    }
    match told.status.code() {
        Some(0) => Ok(()),
        _ => Err(format!("{told:?}").into()),
    }
}

fn subfolder() -> Result<(), Failed> {
    let folder = temporary("subfolder")?;
    for part in ["x", "y"] {
        fs::create_dir_all(folder.join(part))?;
    }
    git(&folder, &["init", "--quiet", "."])?;
    fs::write(folder.join("x/a.yaml"), rules("a", MODELS))?;
    commit(&folder)?;
    fs::write(folder.join("y/b.yaml"), rules("b", OPEN))?;
    commit(&folder)?;
    let gate = fs::canonicalize(GATE)?;
    let gate = gate.to_string_lossy();
    let (x, y) = (folder.join("x"), folder.join("y"));
    let difference = |at: &Path, old: &str, new: &str, more: &[&str]| {
        let arguments = [&["diff", "--with", &gate, old, new], more].concat();
        within(at, &arguments).map(|output| {
            let errors = String::from_utf8_lossy(&output.stderr).into_owned();
            (output.status.code(), errors)
        })
    };
    let repository = ["--repository", "x"];
    let found = [
        difference(&x, "HEAD~1:", "HEAD:", &[])?,
        difference(&folder, "HEAD~1:", "HEAD:", &repository)?,
        difference(&x, "HEAD~1:./..", "HEAD:..", &[])?,
        difference(&x, "HEAD~1:./", "HEAD:./", &[])?,
        difference(&x, "HEAD:x", "HEAD:.", &[])?,
        difference(&x, "HEAD:x/a.yaml", "HEAD:./a.yaml", &[])?,
        difference(&folder, "HEAD:x", "HEAD:./", &repository)?,
    ];
    let from_the_top = difference(&x, "HEAD:./x", "HEAD:./", &[])?;
    let elsewhere = difference(&y, "HEAD:x", "HEAD:a.yaml", &[])?;
    fs::remove_dir_all(&folder)?;
    let statuses: Vec<_> = found.iter().map(|(status, _)| *status).collect();
    let due = [1, 1, 1, 0, 0, 0, 0].map(Some);
    if statuses != due || from_the_top.0 != Some(2) || elsewhere.0 != Some(2) {
        return Err(format!("{found:#?} {from_the_top:?} {elsewhere:?}").into());
    }
    Ok(())
}

fn tracked_links() -> Result<(), Failed> {
    let folder = temporary("tracked")?;
    for part in ["x", "shared"] {
        fs::create_dir_all(folder.join(part))?;
    }
    git(&folder, &["init", "--quiet", "."])?;
    fs::copy(GATE, folder.join("x/gate.yaml"))?;
    fs::write(folder.join("x/a.yaml"), rules("a", MODELS))?;
    fs::write(folder.join("shared/deny.txt"), rules("interns", DENY))?;
    commit(&folder)?;
    symlink("../shared/deny.txt", folder.join("x/deny.yaml"))?;
    commit(&folder)?;
    let compare = |old: &str, new: &str| {
        let at = folder.display();
        run(&format!("diff {old} {new} --repository {at}"), b"")
    };
    let followed = compare("HEAD~1:", "HEAD:");
    let with = format!(
        "--with {0}/x/gate.yaml --with {0}/x/a.yaml",
        folder.display()
    );
    let file = compare("HEAD:x/deny.yaml", &format!("HEAD:shared/deny.txt {with}"));
    let outside = compare("HEAD~1:x", "HEAD:x");
    let mut refused = Vec::new();
    for target in ["../shared", "nowhere", "team"] {
        symlink(target, folder.join("x/team"))?;
        commit(&folder)?;
        refused.push(compare("HEAD:", "HEAD:"));
        fs::remove_file(folder.join("x/team"))?;
    }
    let module = format!("160000,{},x/team", "1".repeat(40));
    git(&folder, &["update-index", "--add", "--cacheinfo", &module])?;
    git(&folder, &["commit", "--quiet", "-m", "a submodule"])?;
    refused.push(compare("HEAD:", "HEAD:"));
    fs::remove_dir_all(&folder)?;
    expect(
        followed.exit == Exit::Problems && followed.output.contains("HEAD:x/deny.yaml"),
        &followed,
    )?;
    expect(file.exit == Exit::Clean, &file)?;
    refused.push(outside);
    let due = [
        "`HEAD:x/team` is a link to a folder",
        "`HEAD:x/team` is a link that leads nowhere",
        "`HEAD:x/team` is a link that leads to no file",
        "`HEAD:x/team` is a submodule",
        "`HEAD:x/deny.yaml` is a link that leads out of what is compared, to `../shared/deny.txt`",
    ];
    refused_all(&refused, &due)
}

fn linked_beside() -> Result<(), Failed> {
    let folder = temporary("linked")?;
    for part in ["x/fraud", "x/risk", "x/.hidden"] {
        fs::create_dir_all(folder.join(part))?;
    }
    git(&folder, &["init", "--quiet", "."])?;
    fs::copy(GATE, folder.join("x/gate.yaml"))?;
    fs::write(folder.join("x/risk/real.yaml"), rules("a", MODELS))?;
    // the same text in another file is another file
    fs::write(folder.join("x/risk.txt"), rules("a", MODELS))?;
    symlink("real.yaml", folder.join("x/risk/again.yaml"))?;
    symlink("../.hidden/way/again.yaml", folder.join("x/risk/more.yml"))?;
    symlink("../risk", folder.join("x/.hidden/way"))?;
    let compare = |new: &str| {
        within(&folder, &["diff", new, "x"]).map(|output| {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            (output.status.code(), said)
        })
    };
    commit(&folder)?;
    let once = ["HEAD:x", "HEAD:x/", "HEAD:./x"].map(compare);
    // which name a file goes by is the same in both, and so is whose folder it is in
    symlink("../risk/real.yaml", folder.join("x/fraud/first.yaml"))?;
    commit(&folder)?;
    let first = compare("HEAD:x")?;
    fs::remove_file(folder.join("x/fraud/first.yaml"))?;
    symlink("../risk.txt", folder.join("x/risk/zwei.yaml"))?;
    commit(&folder)?;
    let twice = compare("HEAD:x")?;
    fs::remove_dir_all(&folder)?;
    for found in once {
        let found = found?;
        if found.0 != Some(0) {
            return Err(format!("{found:?}").into());
        }
    }
    let both = |said: &str, name: &str| {
        ["x/", "HEAD:x/"]
            .iter()
            .all(|side| said.contains(&format!("> {side}{name}:")))
    };
    if !both(&first.1, "fraud/first.yaml") || !both(&twice.1, "risk/zwei.yaml") {
        return Err(format!("{first:?} {twice:?}").into());
    }
    Ok(())
}

fn refused_all(refused: &[Session], due: &[&str]) -> Result<(), Failed> {
    for (session, due) in refused.iter().zip(due) {
        expect(
            session.exit == Exit::CannotRun && session.errors.contains(due),
            session,
        )?;
    }
    Ok(())
}

fn folder_links() -> Result<(), Failed> {
    let folder = temporary("links")?;
    for part in ["p/a", "out"] {
        fs::create_dir_all(folder.join(part))?;
    }
    fs::copy(GATE, folder.join("p/gate.yaml"))?;
    fs::write(folder.join("p/a/a.yaml"), rules("a", MODELS))?;
    fs::write(folder.join("out/deny.yaml"), rules("interns", DENY))?;
    symlink("../out", folder.join("p/team"))?;
    // each leads to the other, and to what is read anyway
    symlink("../p/a", folder.join("out/back"))?;
    symlink("../../out", folder.join("p/a/forth"))?;
    let check = format!("check {}/p", folder.display());
    let followed = run(&check, b"");
    let who = run(
        &format!("who-can predict risk/cards {}/p", folder.display()),
        b"",
    );
    symlink("..", folder.join("p/a/loop"))?;
    let circle = run(&check, b"");
    fs::remove_dir_all(&folder)?;
    expect(
        followed.exit == Exit::Clean && followed.output.starts_with("3 files ok"),
        &followed,
    )?;
    expect(who.output.contains("forth/deny.yaml:"), &who)?;
    refused_all(
        &[circle],
        &["a/loop` is a link to `..`, the folder that it is in"],
    )
}

fn unreadable() -> Result<(), Failed> {
    let folder = temporary("unreadable")?;
    fs::copy(GATE, folder.join("gate.yaml"))?;
    let check = format!("check {}", folder.display());
    let mut refused = Vec::new();
    symlink("../gone.yaml", folder.join("deny.yaml"))?;
    refused.push(run(&check, b""));
    fs::remove_file(folder.join("deny.yaml"))?;
    symlink("self", folder.join("self"))?;
    refused.push(run(&check, b""));
    fs::remove_file(folder.join("self"))?;
    let socket = UnixListener::bind(folder.join("f.yaml"))?;
    refused.push(run(&check, b""));
    fs::rename(folder.join("f.yaml"), folder.join("f"))?;
    let other = run(&check, b"");
    symlink("f", folder.join("g.yml"))?;
    refused.push(run(&check, b""));
    drop(socket);
    fs::remove_dir_all(&folder)?;
    expect(!other.errors.contains("pipe"), &other)?;
    let due = [
        "deny.yaml` is a link to `../gone.yaml`, which cannot be read",
        "self` is a link to `self`, which cannot be read",
        "f.yaml` is no file but a pipe, a socket or a device",
        "g.yml` is no file but a pipe, a socket or a device",
    ];
    refused_all(&refused, &due)
}

/// Such a file is refused, in a folder or by its name, and what is said of it can be shown.
fn names() -> Result<(), Failed> {
    let folder = temporary("names")?;
    for name in ["a\u{1b}[2Jb.yaml", "a\nb.yaml", "a\u{202e}b.yaml"] {
        let file = folder.join(name);
        fs::write(&file, rules("models", MODELS))?;
        for path in [&folder, &file] {
            let path = path.display().to_string();
            let session = run_words(&["check", "-o", "github", GATE, &path], b"");
            expect(
                session.exit == Exit::CannotRun
                    && session.errors.contains("cannot be shown")
                    && !session.errors.contains(['\u{1b}', '\u{202e}'])
                    && !session.errors.contains("a\nb")
                    && session.output.is_empty(),
                &session,
            )?;
        }
        git(&folder, &["init", "--quiet", "."])?;
        commit(&folder)?;
        let gate = fs::canonicalize(GATE)?;
        let gate = gate.to_string_lossy();
        let tracked = within(&folder, &["diff", "--with", &gate, "HEAD:", "HEAD:"])?;
        let said = String::from_utf8_lossy(&tracked.stderr).into_owned();
        if tracked.status.code() != Some(2)
            || !said.contains("cannot be shown")
            || said.contains(['\u{1b}', '\u{202e}'])
        {
            return Err(said.into());
        }
        fs::remove_file(&file)?;
        // nor is one that is not there
        let path = file.display().to_string();
        let gone = run_words(&["check", GATE, &path], b"");
        expect(
            gone.exit == Exit::CannotRun && !gone.errors.contains(['\u{1b}', '\u{202e}']),
            &gone,
        )?;
    }
    fs::remove_dir_all(folder)?;
    Ok(())
}
