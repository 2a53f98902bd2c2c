//! `import`: each file of `import/` as the command line carries it over, compared with what it printed before; and on thousands of
//! requests each, what the compiled bundle says beside what Istio would do: never more, and the same where nothing was told.

#[path = "import/istio.rs"]
mod istio;
#[path = "import/requests.rs"]
mod requests;

use std::fs;
use std::path::PathBuf;

use cli::Exit;
use compiler::import::{Imported, Server, Wish, import};
use compiler::output::Options;
use compiler::source::Source;
use libtest_mimic::Failed;
use policies::base64url;
use policies::bundle::Api;
use policies::engine::Engine;
use policies::guard::Guard;
use policies::offline::{self, Asserted};
use policies::time::UnixTime;
use serde_json::{Value, json};

use super::Test;
use super::session::{expect, run};
use requests::{Numbers, Words};

/// These tests.
pub const TESTS: &[Test] = &[
    ("import: what it prints for each policy", printed),
    (
        "import: never more than Istio, and the same where nothing is told",
        compared,
    ),
    (
        "import: what is written passes, and nothing is overwritten",
        written,
    ),
    ("import: reports for machines", reports),
    ("import: what cannot run", refused),
];

const FOLDER: &str = "import";
/// When every request comes.
const NOW: UnixTime = UnixTime::from_secs(1_767_614_400);
/// Requests for each policy.
const REQUESTS: usize = 2000;
/// What is told and changes nothing about who may call.
const WITHOUT_EFFECT: [&str; 2] = ["MG0703", "MG0714"];

/// A file of policies, and the arguments that its first line has.
struct Case {
    name: String,
    arguments: String,
    text: String,
}

fn cases() -> Result<Vec<Case>, Failed> {
    let mut cases = Vec::new();
    for entry in fs::read_dir(FOLDER)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            let text = fs::read_to_string(&path)?;
            let first = text.lines().next().and_then(|line| line.strip_prefix("# "));
            cases.push(Case {
                name: path
                    .file_stem()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned(),
                arguments: first.ok_or("the first line has the arguments")?.to_owned(),
                text,
            });
        }
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(cases)
}

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

/// The arguments of a case as values.
fn wish(arguments: &str) -> Result<Wish, Failed> {
    let words: Vec<&str> = arguments.split(' ').collect();
    let after = |option: &str| {
        let pairs = words.windows(2).filter(move |pair| pair[0] == option);
        pairs.map(|pair| pair[1].to_owned()).collect::<Vec<_>>()
    };
    let mut servers = Vec::new();
    for backend in after("--backend") {
        let (rest, host) = backend.split_once('@').ok_or("no host")?;
        let (name, api) = rest.split_once(':').ok_or("no protocol")?;
        let (namespace, service) = name.split_once('/').ok_or("no service")?;
        let api = Api::ALL.into_iter().find(|known| known.name() == api);
        let api = api.ok_or("no such protocol")?;
        let own = after("--model")
            .into_iter()
            .filter(|_| !api.profile().one_model_a_backend());
        servers.push(Server {
            namespace: namespace.to_owned(),
            service: service.to_owned(),
            api,
            hosts: vec![host.to_owned()],
            models: own
                .filter_map(|model| model.split_once('/').map(|(_, name)| name.to_owned()))
                .collect(),
        });
    }
    Ok(Wish {
        servers,
        root: "istio-system".to_owned(),
        namespace: None,
    })
}

/// The proxy that would run what was imported; none where nothing was.
fn proxy(imported: &Imported) -> Result<Option<Guard>, Failed> {
    if imported.files.is_empty() {
        return Ok(None);
    }
    let source = |(name, text): &(String, String)| Source {
        name: name.clone(),
        bytes: text.clone().into_bytes(),
    };
    let sources: Vec<Source> = imported.files.iter().map(source).collect();
    let (loaded, found) = compiler::load(&sources);
    let loaded = loaded.ok_or_else(|| format!("{found:#?}"))?;
    let output = compiler::output::compile(&loaded.policy, &Options::default());
    let output = output.map_err(|problems| format!("{problems:#?}"))?;
    let mut guard = Guard::new(Engine::load(output.targets[0].text.as_bytes())?);
    let issuers = guard.engine().bundle().issuers.clone();
    for (position, issuer) in issuers.iter().enumerate() {
        if let Some(keys) = Asserted::keys(issuer) {
            guard.install_keys(position, &keys, NOW)?;
        }
    }
    Ok(Some(guard))
}

fn token(claims: &Value) -> String {
    let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
    let header = part(&json!({ "alg": "RS256", "typ": "JWT" }));
    format!("{header}.{}.{}", part(claims), base64url::encode(&[1; 256]))
}

fn compared() -> Result<(), Failed> {
    let (mut allowed, mut same) = (0, 0);
    for (number, case) in cases()?.into_iter().enumerate() {
        let wish = wish(&case.arguments)?;
        let source = Source {
            name: case.name.clone(),
            bytes: case.text.clone().into_bytes(),
        };
        let imported = import(&[source], &wish);
        if imported
            .diagnostics
            .iter()
            .any(|diagnostic| diagnostic.code == "MG0701")
        {
            continue;
        }
        let exact = imported
            .diagnostics
            .iter()
            .all(|diagnostic| WITHOUT_EFFECT.contains(&diagnostic.code));
        let mut guard = proxy(&imported)?;
        let resources = istio::resources(&case.text)?;
        let words = Words::of(&resources);
        let mut numbers = Numbers(number as u64 + 1);
        for _ in 0..REQUESTS {
            let (request, ours) = one(&mut numbers, &wish, &words, guard.as_mut());
            let theirs = istio::allows(&resources, &request);
            if ours && !theirs || exact && ours != theirs {
                return Err(format!(
                    "{}: imported {ours}, Istio {theirs}: {request:#?}",
                    case.name
                )
                .into());
            }
            allowed += usize::from(ours);
        }
        same += usize::from(exact);
    }
    // otherwise nothing was compared
    if allowed > 2500 && same > 8 {
        Ok(())
    } else {
        Err(format!(
            "only {allowed} requests were allowed, {same} policies are carried over as a whole"
        )
        .into())
    }
}

/// A request, and whether the imported files allow it.
fn one(
    numbers: &mut Numbers,
    wish: &Wish,
    words: &Words,
    guard: Option<&mut Guard>,
) -> (istio::Request, bool) {
    let server = numbers.choose(&wish.servers);
    let model = match server.api.profile().one_model_a_backend() {
        true => server.service.clone(),
        false => (*numbers.choose(&["churn", "churn", "risk-a", "other"])).to_owned(),
    };
    let lines = requests::lines(server.api, &model);
    let (method, path, kind, body) = numbers.choose(&lines).clone();
    let (peer, claims) = words.caller(numbers);
    let offline = sent(
        [&method, &server.hosts[0], &path, kind],
        body,
        peer.as_ref(),
        claims.as_ref(),
    );
    let ours = guard.is_some_and(|guard| {
        offline::judge(guard, offline, NOW, &mut |_| true)
            .denial
            .is_none()
    });
    let label = server.api.profile().pod_label.to_owned();
    let request = istio::Request {
        namespace: server.namespace.clone(),
        service: server.service.clone(),
        labels: vec![
            (label, server.service.clone()),
            ("version".into(), "v2".into()),
        ],
        peer,
        token: claims,
        method,
        path,
        host: server.hosts[0].clone(),
    };
    (request, ours)
}

/// The request as the machine gets it: method, host, path, content type, body.
fn sent(
    head: [&str; 4],
    body: Vec<u8>,
    peer: Option<&String>,
    claims: Option<&Value>,
) -> offline::Request {
    let names = [":method", ":authority", ":path", "content-type"];
    let pairs = names.into_iter().zip(head);
    let mut fields: Vec<(Vec<u8>, Vec<u8>)> = pairs
        .map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec()))
        .collect();
    if let Some(claims) = claims {
        let value = format!("Bearer {}", token(claims));
        fields.push((b"authorization".to_vec(), value.into_bytes()));
    }
    offline::Request {
        fields,
        body: (head[0] != "GET").then_some(body),
        trailers: false,
        peer: peer.map(|peer| format!("spiffe://{peer}").into_bytes()),
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
