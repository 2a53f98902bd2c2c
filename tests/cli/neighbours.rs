//! Folders in which other programs have files, too: these are passed over with a word, and nothing that may be meant for us is.

use std::fs;
use std::path::{Path, PathBuf};

use cli::Exit;
use libtest_mimic::Failed;

use super::Test;
use super::access::temporary;
use super::places::{commit, git};
use super::session::{Session, expect, run};

/// These tests.
pub const TESTS: &[Test] = &[
    (
        "neighbours: files of other kinds are passed over in a folder",
        manifests,
    ),
    (
        "neighbours: a file that is named is meant, whatever is in it",
        named,
    ),
    (
        "neighbours: what could be a rule that denies is not passed over",
        slips,
    ),
    (
        "neighbours: the name of a file may be in capitals",
        capitals,
    ),
    (
        "neighbours: large files are passed over, and are refused where they mention us",
        large,
    ),
    ("neighbours: what `compile` wrote is passed over", compiled),
    ("neighbours: a revision is read as a folder is", revisions),
];

const OTHERS: [(&str, &str); 5] = [
    (
        "Chart.yaml",
        "apiVersion: v2\nname: fraud\nversion: 1.0.0\n",
    ),
    ("cloud.yml", "bucket:   !Ref Bucket\n"),
    ("deployment.yaml", DEPLOYMENT),
    (
        "templates/service.yaml",
        "{{ if .Values.service }}\nkind: Service\n{{ end }}\n",
    ),
    ("values.yaml", "replicas:   1\nimage: 'registry/server'\n"),
];
const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n    name:   x\n";
const DENY: &str = "apiVersion: modelgate.dev/v1alpha1\nkind: ModelAccess\nmetadata: { namespace: fraud, name: interns }\nspec:\n  models:\n    \
    - { name: churn, api: open-inference }\n  deny:\n    - who: { groups: [interns] }\n";
const KINDS: &str =
    "passed over: 3 files of other kinds: `Chart.yaml`, `deployment.yaml`, `values.yaml`\n";
const BROKEN: &str = "warning: passed over: 2 files that cannot be read as YAML, without the word modelgate: `cloud.yml`, \
    `templates/service.yaml`\n";

/// Access files and their gate, alone.
fn own(name: &str) -> Result<PathBuf, Failed> {
    let folder = temporary(name)?;
    let place = folder.display();
    let made = run(
        &format!("init {place} -n fraud -m churn:open-inference --group analysts"),
        b"",
    );
    expect(made.exit == Exit::Clean, &made)?;
    Ok(folder)
}

/// The same beside files of others.
fn beside(name: &str) -> Result<PathBuf, Failed> {
    let folder = own(name)?;
    fs::create_dir_all(folder.join("templates"))?;
    for (name, text) in OTHERS {
        fs::write(folder.join(name), text)?;
    }
    Ok(folder)
}

/// What is said of the files in the folder, by their names alone.
fn said(session: &Session, folder: &Path) -> String {
    session
        .errors
        .replace(&format!("{}/", folder.display()), "")
}

fn manifests() -> Result<(), Failed> {
    let folder = beside("neighbours")?;
    let place = folder.display();
    for (command, answer) in [
        (format!("check {place}"), "3 files ok\n"),
        (format!("test {place}"), "3 passed"),
        (format!("who-can predict fraud/churn {place}"), "analysts"),
        (format!("mutate {place}"), "noticed"),
        (format!("compile {place} --emit cedar"), "permit"),
        (format!("fmt {place}"), ""),
        (format!("diff {place} {place}"), ""),
    ] {
        let session = run(&command, b"");
        let told = format!("{KINDS}{BROKEN}");
        expect(
            said(&session, &folder) == told && session.output.contains(answer),
            &session,
        )?;
    }
    for (name, text) in OTHERS {
        // hooks give `fmt` each file by its name
        let session = run(&format!("fmt {place}/{name}"), b"");
        expect(
            session.exit == Exit::Clean && session.errors.contains("passed over: 1 file "),
            &session,
        )?;
        let left = fs::read_to_string(folder.join(name))?;
        if left != text {
            return Err(format!("{name} was written: {left}").into());
        }
    }
    // beside ours in one file
    let file = folder.join("access.yaml");
    let access = fs::read_to_string(&file)?;
    fs::write(&file, format!("{DEPLOYMENT}---\n{access}"))?;
    let session = run(&format!("check {place}"), b"");
    fs::remove_dir_all(&folder)?;
    expect(
        session.exit == Exit::Clean
            && session
                .errors
                .starts_with("passed over: 3 files and 1 document of other kinds: "),
        &session,
    )
}

fn named() -> Result<(), Failed> {
    let folder = beside("named")?;
    let place = folder.display();
    let file = run(
        &format!("check {place}/gate.yaml {place}/access.yaml {place}/deployment.yaml"),
        b"",
    );
    let input = run(
        &format!("check {place}/gate.yaml {place}/access.yaml -"),
        DEPLOYMENT.as_bytes(),
    );
    for session in [file, input] {
        expect(
            session.exit == Exit::Problems && session.errors.contains("unknown kind `Deployment`"),
            &session,
        )?;
    }
    // nothing is left of it
    fs::create_dir_all(folder.join("k"))?;
    fs::write(folder.join("k/deployment.yaml"), DEPLOYMENT)?;
    let none = run(&format!("check {place}/k"), b"");
    fs::remove_dir_all(&folder)?;
    expect(
        none.exit == Exit::Problems
            && none.errors.contains("passed over: 1 file of another kind")
            && none.errors.contains("MG0202"),
        &none,
    )
}

fn slips() -> Result<(), Failed> {
    let folder = own("slips")?;
    let file = folder.join("interns.yaml");
    for (right, wrong, code) in [
        ("v1alpha1", "v1", "MG0012"),
        ("modelgate.dev", "modelgate.io", "MG0012"),
        (
            "apiVersion: modelgate.dev/v1alpha1\n",
            "apiVersion: v1\n",
            "MG0012",
        ),
        ("apiVersion: modelgate.dev/v1alpha1\n", "", "MG0103"),
        ("kind: ModelAccess\n", "", "MG0103"),
        ("ModelAccess", "ModelAcces", "MG0011"),
        (
            "modelgate.dev/v1alpha1\nkind: ModelAccess",
            "v1\nkind: Acess",
            "MG0011",
        ),
        ("spec:", "spec: {{ .Values.x }}", "MG0005"),
        ("deny:", "\tdeny:", "MG0004"),
        (DENY, "", "MG0009"),
    ] {
        fs::write(&file, DENY.replacen(right, wrong, 1))?;
        let session = run(&format!("check {}", folder.display()), b"");
        expect(
            session.exit == Exit::Problems
                && session.errors.contains(code)
                && !session.errors.contains("passed over"),
            &session,
        )?;
    }
    fs::remove_dir_all(&folder)?;
    Ok(())
}

fn capitals() -> Result<(), Failed> {
    let folder = own("capitals")?;
    let place = folder.display();
    git(&folder, &["init", "--quiet", "."])?;
    for name in ["interns.YAML", "interns.Yml", "interns.yML"] {
        fs::write(folder.join(name), DENY)?;
        commit(&folder)?;
        // it speaks of a model that another file has, which shows that it is read
        let here = run(&format!("check {place}"), b"");
        expect(here.errors.contains(&format!("/{name}:6:15")), &here)?;
        let tracked = run(&format!("diff HEAD: HEAD: --repository {place}"), b"");
        expect(
            tracked.errors.contains(&format!("HEAD:{name}:6:15")),
            &tracked,
        )?;
        fs::remove_file(folder.join(name))?;
    }
    fs::remove_dir_all(&folder)?;
    Ok(())
}

fn large() -> Result<(), Failed> {
    let folder = own("large")?;
    let place = folder.display();
    git(&folder, &["init", "--quiet", "."])?;
    let dump = "# a dump\n".repeat(200_000);
    for (text, refused) in [
        (dump.clone(), false),
        (format!("{dump}# of modelgate"), true),
    ] {
        fs::write(folder.join("dump.yaml"), text)?;
        commit(&folder)?;
        for command in [
            format!("check {place}"),
            format!("fmt --check {place}"),
            format!("diff HEAD: HEAD: --repository {place}"),
        ] {
            let session = run(&command, b"");
            let code = "error[MG0001]: the file is larger than 256 KiB";
            expect(session.errors.contains(code) == refused, &session)?;
            let passed = "1 file that cannot be read as YAML, without the word modelgate";
            expect(session.errors.contains(passed) != refused, &session)?;
        }
    }
    fs::remove_dir_all(&folder)?;
    Ok(())
}

fn compiled() -> Result<(), Failed> {
    let folder = own("compiled")?;
    let place = folder.display();
    let module = folder.join("filter.wasm");
    fs::write(&module, b"\0asm\x01\0\0\0")?;
    let out = format!(
        "compile {place} --wasm {} --out {place}/o1",
        module.display()
    );
    let check = format!("check {place}");
    let written = run(&out, b"");
    expect(written.exit == Exit::Clean, &written)?;
    // larger than a file of ours may be, as a bundle of many rules is
    let target = folder.join("o1/istio/edge.yaml");
    let text = fs::read_to_string(&target)? + &"# modelgate\n".repeat(30_000);
    fs::write(&target, text)?;
    let clean = run(&check, b"");
    let again = run(&out, b"");
    // what `compile` did not write is not passed over
    fs::write(folder.join("o1/interns.yaml"), DENY.replace("interns", "I"))?;
    let beside = run(&check, b"");
    // nor what only a list says it wrote
    fs::write(
        folder.join("o1/.modelgate"),
        "interns.yaml\nistio/edge.yaml\n",
    )?;
    let listed = run(&check, b"");
    expect(listed == beside, &listed)?;
    fs::remove_dir_all(&folder)?;
    expect(
        clean.exit == Exit::Clean
            && clean.output.starts_with("3 files ok")
            && said(&clean, &folder)
                == "passed over: 1 file of another kind: `o1/istio/edge.yaml`\n",
        &clean,
    )?;
    expect(again.exit == Exit::Clean, &again)?;
    expect(beside.errors.contains("o1/interns.yaml:"), &beside)
}

fn revisions() -> Result<(), Failed> {
    let folder = beside("revisions")?;
    let place = folder.display();
    git(&folder, &["init", "--quiet", "."])?;
    commit(&folder)?;
    fs::create_dir_all(folder.join("o1/istio"))?;
    let large = "# modelgate\n".repeat(30_000);
    fs::write(folder.join("o1/istio/edge.yaml"), large)?;
    fs::write(folder.join("o1/.modelgate"), "istio/edge.yaml\n")?;
    commit(&folder)?;
    let diff = |old: &str, new: &str| run(&format!("diff {old} {new} --repository {place}"), b"");
    let same = diff("HEAD:", "HEAD:");
    let file = diff("HEAD:", "HEAD:deployment.yaml");
    fs::write(
        folder.join("interns.yaml"),
        DENY.replace("ModelAccess", "Acess"),
    )?;
    commit(&folder)?;
    let slip = diff("HEAD~1:", "HEAD:");
    fs::remove_dir_all(&folder)?;
    expect(
        same.exit == Exit::Clean
            && same
                .errors
                .contains("passed over: 4 files of other kinds: `HEAD:Chart.yaml`, ")
            && same.errors.contains("2 files that cannot be read as YAML"),
        &same,
    )?;
    expect(file.errors.contains("unknown kind `Deployment`"), &file)?;
    expect(slip.errors.contains("unknown kind `Acess`"), &slip)
}
