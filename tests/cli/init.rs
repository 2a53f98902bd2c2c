//! `init`: what it writes passes at once, for every protocol; nothing is overwritten; models of manifests and of a server's list.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use cli::Exit;
use libtest_mimic::Failed;
use policies::bundle::Api;
use serde_json::Value;

use super::Test;
use super::session::{expect, run, run_words};

/// These tests.
pub const TESTS: &[Test] = &[
    (
        "init: what it writes passes, for every protocol",
        every_protocol,
    ),
    ("init: to a gate that is there", to_a_gate),
    ("init: nothing is overwritten, nothing is guessed", refuses),
    (
        "init: a group of an issuer, a folder that needs quotes",
        named,
    ),
    ("init: models of manifests", manifests),
    ("init: models of a server's list", servers),
    ("init: manifests that cannot be used are left out", left_out),
    ("init: what is wrong is told at what it comes from", origins),
];

fn folder(name: &str) -> Result<PathBuf, Failed> {
    let folder = std::env::temp_dir().join(format!("modelgate-init-{name}-{}", std::process::id()));
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn passes(place: &str) -> Result<(), Failed> {
    let check = run(&format!("check {place}"), b"");
    expect(check.exit == Exit::Clean && check.errors.is_empty(), &check)?;
    let test = run(&format!("test {place}"), b"");
    expect(
        test.exit == Exit::Clean && !test.output.contains("\n0 passed"),
        &test,
    )?;
    let form = run(&format!("fmt --check {place}"), b"");
    expect(form.exit == Exit::Clean, &form)
}

fn every_protocol() -> Result<(), Failed> {
    for api in Api::ALL {
        let folder = folder(api.name())?;
        let place = folder.display().to_string();
        let session = run(
            &format!(
                "init {place} -n team -m churn:{} --group analysts",
                api.name()
            ),
            b"",
        );
        expect(session.exit == Exit::Clean, &session)?;
        passes(&place)?;
        let access = fs::read_to_string(folder.join("access.yaml"))?;
        let modeline = access.starts_with("# yaml-language-server: $schema=.schemas/access.json\n");
        let schema = fs::read_to_string(folder.join(".schemas/access.json"))?
            == run("schema access", b"").output;
        fs::remove_dir_all(&folder)?;
        if !modeline || !schema {
            return Err(access.into());
        }
    }
    Ok(())
}

fn to_a_gate() -> Result<(), Failed> {
    let folder = folder("gate")?;
    let place = folder.display().to_string();
    let gate = "--gate ../examples/platform/gate.yaml";
    let session = run(
        &format!("init {place} {gate} -n fraud -m fraud-detector:seldon --user ann@example.com"),
        b"",
    );
    expect(
        session.exit == Exit::Clean && !folder.join("gate.yaml").exists(),
        &session,
    )?;
    passes(&format!("../examples/platform/gate.yaml {place}"))?;
    let json = run(
        &format!("init {place}/json {gate} -n fraud -m fraud-detector:seldon --user ann -o json"),
        b"",
    );
    let said: serde_json::Value = serde_json::from_str(&json.output)?;
    let files = said["files"].as_array().ok_or("no files")?;
    let there =
        |file: &serde_json::Value| file.as_str().is_some_and(|file| Path::new(file).exists());
    let next = format!("modelgate test ../examples/platform/gate.yaml {place}/json");
    expect(
        files.len() == 2 && files.iter().all(there) && said["next"][0] == next.as_str(),
        &json,
    )?;
    let elsewhere = run(
        &format!("init {place}/b {gate} -n fraud -m other:seldon --group a"),
        b"",
    );
    expect(
        elsewhere.exit == Exit::CannotRun && elsewhere.errors.contains("no backend of `fraud`"),
        &elsewhere,
    )?;
    fs::remove_dir_all(&folder)?;
    Ok(())
}

fn refuses() -> Result<(), Failed> {
    let folder = folder("refuses")?;
    let place = folder.display().to_string();
    fs::write(folder.join("tests.yaml"), "mine")?;
    let there = run(&format!("init {place} -n team -m a:kserve --group b"), b"");
    expect(
        there.exit == Exit::CannotRun && there.errors.contains("is there already"),
        &there,
    )?;
    if fs::read_to_string(folder.join("tests.yaml"))? != "mine"
        || folder.join("access.yaml").exists()
    {
        return Err("something was written".into());
    }
    for (arguments, message) in [
        ("-m a:kserve --group b", "write --namespace NAME"),
        ("-n team --group b", "write --model NAME:API"),
        ("-n team -m a:kserve", "write --group NAME or --user NAME"),
        ("-n team -m a:nothing --group b", "`nothing` is no protocol"),
        ("-n team -m a:ollama --group b", "write `openai`"),
        (
            "-n team -m a*:kserve --group b",
            "`a*` is no name of a model",
        ),
    ] {
        let session = run(&format!("init {place} {arguments}"), b"x\n");
        expect(
            session.exit == Exit::CannotRun && session.errors.replace('\n', " ").contains(message),
            &session,
        )?;
    }
    let wrong = run(&format!("init {place}/c -n No -m a:kserve --group b"), b"");
    expect(
        wrong.exit == Exit::Problems
            && wrong.errors.contains("MG0206")
            && !folder.join("c").exists(),
        &wrong,
    )?;
    fs::remove_dir_all(&folder)?;
    Ok(())
}

fn named() -> Result<(), Failed> {
    let folder = folder("named")?;
    let place = folder.join("e 2;'x").display().to_string();
    let model = ["-n", "team", "-m", "churn:kserve"];
    let group = ["--group", "corp/analysts", "-o", "json"];
    let session = run_words(&[&["init", &place], &model[..], &group].concat(), b"");
    expect(session.exit == Exit::Clean, &session)?;
    let said: Value = serde_json::from_str(&session.output)?;
    let quoted = place.replace('\'', r"'\''");
    expect(
        said["next"][0] == format!("modelgate test '{quoted}'").as_str(),
        &session,
    )?;
    let test = run_words(&["test", &place], b"");
    expect(test.exit == Exit::Clean, &test)?;
    let tests = fs::read_to_string(Path::new(&place).join("tests.yaml"))?;
    fs::remove_dir_all(&folder)?;
    if tests.contains("who: { user: corp/someone, groups: [analysts] }") {
        Ok(())
    } else {
        Err(tests.into())
    }
}

const MANIFESTS: &str = "apiVersion: machinelearning.seldon.io/v1\nkind: SeldonDeployment\nmetadata: { name: fraud, namespace: team }\nspec: {}\n---\n\
    apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: { name: churn, namespace: team }\nspec: { predictor: { model: { \
    modelFormat: { name: sklearn }, protocolVersion: v2 } } }\n---\napiVersion: serving.yatai.ai/v2alpha1\nkind: BentoDeployment\nmetadata: { name: \
    iris, namespace: team }\n---\napiVersion: v1\nkind: Service\nmetadata: { name: other }\n";

fn manifests() -> Result<(), Failed> {
    let folder = folder("manifests")?;
    fs::create_dir_all(folder.join("in"))?;
    fs::write(folder.join("in/all.yaml"), MANIFESTS)?;
    let place = folder.join("out").display().to_string();
    let session = run(
        &format!(
            "init {place} --from {} --group analysts",
            folder.join("in").display()
        ),
        b"",
    );
    expect(session.exit == Exit::Clean, &session)?;
    passes(&place)?;
    let access = fs::read_to_string(folder.join("out/access.yaml"))?;
    let from = folder.join("in").display().to_string();
    let elsewhere = run(
        &format!("init {place}-2 -n elsewhere -m one:seldon --from {from} --group analysts"),
        b"",
    );
    expect(
        elsewhere.exit == Exit::Clean
            && elsewhere
                .errors
                .contains("left out: `churn` of namespace `team`\n"),
        &elsewhere,
    )?;
    fs::remove_dir_all(&folder)?;
    let all = [
        "{ name: fraud, api: seldon }",
        "{ name: churn, api: open-inference }",
        "{ name: iris, api: bentoml }",
    ];
    if all.iter().all(|model| access.contains(model)) {
        Ok(())
    } else {
        Err(access.into())
    }
}

fn left_out() -> Result<(), Failed> {
    let folder = folder("left-out")?;
    let place = folder.display().to_string();
    fs::create_dir_all(folder.join("in/templates"))?;
    fs::write(folder.join("in/all.yaml"), MANIFESTS)?;
    fs::write(folder.join("in/templates/a.yaml"), "{{ if .x }}\na: 1\n")?;
    let odd =
        "apiVersion: mlops.seldon.io/v1alpha1\nkind: Model\nmetadata: { name: '{{ .Name }}' }\n";
    fs::write(folder.join("in/odd.yaml"), odd)?;
    let from = format!("--from {place}/in --group analysts");
    let passed = run(&format!("init {place}/a {from}"), b"");
    let other = run(&format!("init {place}/b {from} -n other"), b"");
    let only = run(
        &format!("init {place}/c --from {place}/in/templates --group a -n team"),
        b"",
    );
    fs::remove_dir_all(&folder)?;
    for told in [
        &*format!("left out: `{place}/in/templates/a.yaml`, which is no YAML"),
        &format!("left out of `{place}/in/odd.yaml`: `{{{{ .Name }}}}` is no name of a model"),
    ] {
        let told = passed.errors.contains(told);
        expect(passed.exit == Exit::Clean && told, &passed)?;
    }
    for (session, due) in [
        (
            other,
            "they are of the namespaces `team`; write one of these as `--namespace`",
        ),
        (only, "no SeldonDeployment, Model, "),
    ] {
        expect(
            session.exit == Exit::CannotRun && session.errors.contains(due),
            &session,
        )?;
    }
    Ok(())
}

/// What refused runs say in place of a file that is not there.
fn origins() -> Result<(), Failed> {
    let folder = folder("origins")?;
    let place = folder.join("a").display().to_string();
    let gate = "--gate ../examples/platform/gate.yaml -m x:seldon --group a";
    let server = "-n team --group b --server";
    for (arguments, exit, due) in [
        (
            format!("{gate} -n fraud2"),
            Exit::CannotRun,
            "no namespace `fraud2`: did you mean `fraud`?",
        ),
        (
            format!("{gate} -n fraud"),
            Exit::CannotRun,
            "with `seldon`: there are `fraud-detector` with `seldon`",
        ),
        (
            "-n No -m a:kserve --group b".to_owned(),
            Exit::Problems,
            "error[MG0206]: `--namespace No`: ",
        ),
        (
            "-n team -m a:kserve --group a\t".to_owned(),
            Exit::Problems,
            "error[MG0312]: `--group 'a",
        ),
        (
            format!("{server} 127.0.0.1:1"),
            Exit::CannotRun,
            "write `http://127.0.0.1:1`",
        ),
        (
            format!("{server} http://127.0.0.1:1/v1/models"),
            Exit::CannotRun,
            "`http://127.0.0.1:1/v1/models` does not answer",
        ),
    ] {
        let session = run(&format!("init {place} {arguments}"), b"");
        let told = session.exit == exit && session.errors.contains(due);
        expect(told && !session.errors.contains("--> "), &session)?;
    }
    fs::remove_dir_all(&folder)?;
    Ok(())
}

/// Lists of real servers, kept by `tests/servers/lists.rs`; the protocol that they speak, and their models.
const LISTS: [(&str, &str, &[&str]); 4] = [
    (
        "mlserver-1.7.1",
        "open-inference",
        &["cats", "dogs", "secret"],
    ),
    ("kserve-0.21.0", "kserve", &["cats", "dogs", "secret"]),
    ("litellm-1.106.2", "openai", &["cats", "dogs", "secret"]),
    ("llama-2026.10.11549", "openai", &["cats"]),
];

fn servers() -> Result<(), Failed> {
    let kept = fs::read_dir("servers/lists")?.count();
    if kept != LISTS.len() {
        return Err(format!("{kept} lists are kept, {} are read", LISTS.len()).into());
    }
    for (server, api, models) in LISTS {
        let lists: Value =
            serde_json::from_str(&fs::read_to_string(format!("servers/lists/{server}.json"))?)?;
        let folder = folder(server)?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        std::thread::spawn(move || serve(&listener, &lists));
        let place = folder.display().to_string();
        let session = run(
            &format!("init {place} -n team --server {url} --group analysts"),
            b"",
        );
        expect(session.exit == Exit::Clean, &session)?;
        passes(&place)?;
        let access = fs::read_to_string(folder.join("access.yaml"))?;
        fs::remove_dir_all(&folder)?;
        let declared = access.matches("- { name: ").count();
        let all = models
            .iter()
            .all(|model| access.contains(&format!("{{ name: {model}, api: {api} }}")));
        if !all || declared != models.len() {
            return Err(format!("{server}: {access}").into());
        }
    }
    let silent = run(
        "init nowhere -n team --server http://127.0.0.1:1 --group a",
        b"",
    );
    expect(
        silent.exit == Exit::CannotRun && silent.errors.contains("does not answer"),
        &silent,
    )
}

/// Answers as the server did.
fn serve(listener: &TcpListener, lists: &Value) {
    for mut stream in listener.incoming().flatten() {
        let mut request = Vec::new();
        let mut byte = [0];
        while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1)
        {
            request.extend(byte);
        }
        let request = String::from_utf8_lossy(&request).into_owned();
        let line: Vec<&str> = request.split(' ').take(2).collect();
        let answer = &lists[line.join(" ")];
        let (status, body) = (
            answer["status"].as_u64().unwrap_or(500),
            answer["body"].as_str().unwrap_or_default(),
        );
        let answer = format!(
            "HTTP/1.1 {status} As-Recorded\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        drop(stream.write_all(answer.as_bytes()));
    }
}
