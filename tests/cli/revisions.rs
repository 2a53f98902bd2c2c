//! What is said where a revision or a path of one is not there, and on which side something is wrong.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use cli::Exit;
use libtest_mimic::Failed;

use super::Test;
use super::access::temporary;
use super::places::{commit, git};
use super::session::{Session, expect, run};

/// These tests.
pub const TESTS: &[Test] = &[
    ("revisions: what is missing is told apart", missing),
    ("revisions: errors say on which side they are", sides),
    ("revisions: a name that means several is refused", ambiguous),
    ("revisions: what belongs to both sides is as it was", with),
    ("revisions: what stands on a side is read once", once),
    ("revisions: no files are a repository", made_up),
];

fn refused(session: &Session, due: &str) -> Result<(), Failed> {
    expect(
        session.exit == Exit::CannotRun && session.errors.contains(due),
        session,
    )
}

/// A repository `x`, with clones of it.
fn clones(folder: &Path) -> Result<(), Failed> {
    fs::create_dir_all(folder.join("x/access"))?;
    for file in ["gate.yaml", "risk.yaml"] {
        fs::copy(
            format!("access/old/{file}"),
            folder.join("x/access").join(file),
        )?;
    }
    let first = folder.join("x");
    git(&first, &["init", "--quiet", "-b", "main", "."])?;
    commit(&first)?;
    git(&first, &["branch", "-q", "develop"])?;
    git(&first, &["commit", "--allow-empty", "-qm", "another"])?;
    let url = format!("file://{}", first.display());
    for (name, depth) in [("whole", "9"), ("shallow", "1")] {
        git(folder, &["clone", "-q", "--depth", depth, &url, name])?;
    }
    git(
        &folder.join("whole"),
        &[
            "fetch",
            "-q",
            "origin",
            "+develop:refs/remotes/origin/develop",
        ],
    )?;
    Ok(())
}

/// A clone, what is asked of it, and what is said.
const MISSING: [(&str, &str, &str); 11] = [
    (
        "whole",
        "develop:.",
        "there is no revision `develop`: did you mean `origin/develop`?",
    ),
    (
        "whole",
        "mian:.",
        "there is no revision `mian`: did you mean `main`?",
    ),
    (
        "whole",
        "origin/other-team:.",
        "`git fetch origin other-team` brings it",
    ),
    ("whole", "origin/:access", "the name of a branch is missing"),
    (
        "whole",
        "main:nosuch",
        "`main` has no `nosuch`; a path counts from the top",
    ),
    ("whole", "main:./nosuch", "`main` has no `./nosuch`\n"),
    (
        "whole",
        "main",
        "`main` is a revision, and no file or folder: write `main:.`",
    ),
    ("whole", "nosuch", "cannot read `nosuch`"),
    ("shallow", "HEAD~1:.", "this is a shallow clone"),
    ("shallow", "develop:.", "`fetch-depth: 0`"),
    (".", "main:.", "not a git repository"),
];

fn missing() -> Result<(), Failed> {
    let folder = temporary("revisions")?;
    clones(&folder)?;
    let of = |repository: &str, old: &str| {
        let place = folder.join(repository);
        run(
            &format!("diff {old} access/new --repository {}", place.display()),
            b"",
        )
    };
    let found = of("whole", "origin/develop:access");
    let sessions = MISSING.map(|(repository, old, due)| (of(repository, old), due));
    fs::remove_dir_all(&folder)?;
    expect(found.exit == Exit::Problems, &found)?;
    sessions
        .iter()
        .try_for_each(|(session, due)| refused(session, due))
}

const ROLES: &str = "apiVersion: modelgate.dev/v1alpha1\nkind: ModelAccess\nmetadata: { namespace: risk, name: a }\nspec:\n  models: [{ \
    name: loans, api: open-inference }]\n  allow:\n    - who: { roles: [reviewers] }\n";

fn sides() -> Result<(), Failed> {
    let folder = temporary("sides")?;
    fs::write(folder.join("a.yaml"), ROLES)?;
    let file = folder.join("a.yaml");
    let (rules, gate) = ("access/old/risk.yaml", "access/old/gate.yaml");
    let with = "what belongs to both sides is named with `--with`, as in `--with gate.yaml`";
    let bare = run(&format!("diff {rules} access/new"), b"");
    let roles = run(
        &format!("diff {rules} {} --with {gate}", file.display()),
        b"",
    );
    let since = run(
        &format!("mutate access/old access/tests --since {rules}"),
        b"",
    );
    let now = run(&format!("mutate {rules} --since {rules}"), b"");
    let alone = run(&format!("mutate {rules}"), b"");
    fs::remove_dir_all(&folder)?;
    refused(&bare, with)?;
    refused(&bare, &format!("1 error in `{rules}`, as it was\n"))?;
    refused(&roles, with)?;
    refused(&roles, "a.yaml`, as it will be\n")?;
    refused(&since, with)?;
    refused(&since, &format!("1 error in `{rules}`\n"))?;
    expect(
        now.exit == Exit::Problems && now.errors.contains(with),
        &now,
    )?;
    expect(!alone.errors.contains(with), &alone)
}

/// A tag of the name of a branch elsewhere is what git takes.
fn ambiguous() -> Result<(), Failed> {
    let folder = temporary("ambiguous")?;
    clones(&folder)?;
    let whole = folder.join("whole");
    git(&whole, &["tag", "origin/develop"])?;
    git(&whole, &["config", "core.warnAmbiguousRefs", "false"])?;
    let of = |old: &str| {
        let options = format!("access/new --repository {}", whole.display());
        run(&format!("diff {old}:access {options}"), b"")
    };
    let (short, long) = (of("origin/develop"), of("refs/remotes/origin/develop"));
    git(&whole, &["tag", "refs/remotes/origin/develop"])?;
    let twice = of("refs/remotes/origin/develop");
    fs::remove_dir_all(&folder)?;
    refused(&short, "`origin/develop` is the name of several revisions")?;
    refused(&twice, "delete the one that is none")?;
    expect(long.exit == Exit::Problems, &long)
}

/// A change of the gate opens what access files grant already.
fn with() -> Result<(), Failed> {
    let folder = temporary("with")?;
    clones(&folder)?;
    let access = folder.join("x/access");
    let (gate, rules) = (access.join("gate.yaml"), access.join("risk.yaml"));
    let open = fs::read_to_string(&gate)?;
    let guarded = open.replace(
        "  guardrails: |\n",
        "  guardrails: |\n    forbid (principal, action, resource);\n",
    );
    fs::write(&gate, guarded)?;
    commit(&folder.join("x"))?;
    fs::write(&gate, open)?;
    let of = |with: &Path, old: &str| {
        let options = format!(
            "{} --repository {}",
            rules.display(),
            folder.join("x").display()
        );
        run(
            &format!(
                "diff {old}:access/risk.yaml {options} --with {}",
                with.display()
            ),
            b"",
        )
    };
    let opened = of(&gate, "HEAD");
    let other = folder.join("x/other.yaml");
    fs::copy(&gate, &other)?;
    let new = of(&other, "HEAD");
    let of_revision = of(Path::new("HEAD:access/gate.yaml"), "HEAD");
    symlink("x", folder.join("y"))?;
    let around = of(&folder.join("y/access/gate.yaml"), "HEAD");
    symlink("access", folder.join("x/current"))?;
    let turned = of(&folder.join("x/current/gate.yaml"), "HEAD");
    fs::remove_dir_all(&folder)?;
    expect(
        opened.exit == Exit::Problems && opened.output.contains("newly allowed"),
        &opened,
    )?;
    expect(around.output == opened.output, &around)?;
    refused(&new, "`HEAD` has no `other.yaml`")?;
    refused(&of_revision, "`--with` takes a path, without a revision")?;
    refused(&turned, "`HEAD` has no `current/gate.yaml`")
}

/// What is named beside a folder that holds it.
fn once() -> Result<(), Failed> {
    let folder = temporary("once")?;
    clones(&folder)?;
    let top = folder.join("x");
    let access = top.join("access");
    let of = |old: &str, repository: &Path| {
        let (access, repository) = (access.display(), repository.display());
        let with = format!("--with {access}/gate.yaml");
        run(
            &format!("diff {old} {access} {with} --repository {repository}"),
            b"",
        )
    };
    let sessions = [
        of("main:access", &top),
        of("main:./access", &top),
        of("main:.", &access),
        of("main:../access/../access/", &access),
    ];
    fs::remove_dir_all(&folder)?;
    for session in sessions {
        expect(session.exit == Exit::Clean, &session)?;
    }
    Ok(())
}

/// Files of a commit that git would take for a repository of their own, in which any revision is what they say.
fn made_up() -> Result<(), Failed> {
    let folder = temporary("made-up")?;
    clones(&folder)?;
    let bare = folder.join("x/access/bare");
    let words = ["clone", "-q", "--bare", "x", "x/access/bare"];
    git(&folder, &words)?;
    git(&bare, &["config", "core.bare", "false"])?;
    git(&bare, &["config", "core.worktree", ".."])?;
    fs::create_dir(bare.join("below"))?;
    let of = |old: &str, repository: &Path| {
        let options = format!("access/new --repository {}", repository.display());
        run(&format!("diff {old} {options}"), b"")
    };
    let [made, below, whole] = [bare.clone(), bare.join("below"), folder.join("whole")]
        .map(|repository| of("main:access", &repository));
    // a name alone is not even asked about: to answer, git may fetch as these files say
    let (unasked, asked) = (of("main", &bare), of("main", &folder.join("whole")));
    fs::remove_dir_all(&folder)?;
    refused(&unasked, "cannot read `main`: there is no such file")?;
    refused(&asked, "`main` is a revision")?;
    for session in [made, below] {
        refused(&session, "that any files of that shape make")?;
    }
    expect(whole.exit == Exit::Problems, &whole)
}
