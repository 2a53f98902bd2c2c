//! What the compiled bundle says of a request, beside what Istio would do.

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

use super::cases;
use super::istio;
use super::requests::{self, Numbers, Words};

/// When every request comes.
const NOW: UnixTime = UnixTime::from_secs(1_767_614_400);
/// Requests for each policy.
const REQUESTS: usize = 2000;
/// What is told and changes nothing about who may call.
const WITHOUT_EFFECT: [&str; 2] = ["MG0703", "MG0714"];

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

/// Never more than Istio, and the same where nothing is told.
pub fn compared() -> Result<(), Failed> {
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
        address: None,
        peer: peer.map(|peer| format!("spiffe://{peer}").into_bytes()),
    }
}
