//! `import` beside Istio itself: istiod's own code translates the policies of each case into Envoy's filters, one real Envoy runs them, and
//! the filter with the imported files beside them. Both are asked the same requests, with real tokens and over connections with real
//! certificates. So is the evaluator of Istio's rules that a longer comparison uses.

#[path = "import/parties.rs"]
mod parties;
#[path = "import/translate.rs"]
mod translate;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result, bail, ensure};
use compiler::import::{Imported, Wish, import};
use libtest_mimic::Trial;
use policies::bundle::Bundle;
use serde_json::{Value, json};
use tests::backend::{Backend, PLAIN};
use tests::cases::message::Message;
use tests::envoy::{Proxy, Setup, manager};
use tests::import::istio::{self, allows};
use tests::import::requests::{Numbers, Words};
use tests::import::{Case, Drawn, cases, compiled, draw};
use tests::token::mint;

use crate::corpus::{failed, now};
use parties::Parties;
use translate::{Filters, translated, with_keys};

/// Requests for each file of policies.
const REQUESTS: usize = 150;
/// Connections at one time.
const CLIENTS: usize = 4;
/// The proxies of a server.
const SIDECAR: &str = "sidecar";
const WAYPOINT: &str = "waypoint";
const OURS: &str = "ours";
/// What is told and changes nothing about who may call.
const WITHOUT_EFFECT: [&str; 2] = ["MG0703", "MG0714"];
/// Files with a condition on addresses, and with a decision of somebody else: here they are others than the evaluator takes.
const OF_THE_NETWORK: [&str; 2] = ["custom", "deny-addresses"];

/// These trials.
pub fn trials() -> Vec<Trial> {
    vec![Trial::test(
        "import: never more than Istio's own filters let through, and the same where nothing is told",
        || compared().map_err(failed),
    )]
}

/// A case with all that is known of it before a request is sent.
struct Subject {
    case: Case,
    wish: Wish,
    resources: Vec<Value>,
    imported: Imported,
    /// of each server
    filters: Vec<Filters>,
}

impl Subject {
    /// Whether all of it is carried over.
    fn is_exact(&self) -> bool {
        let told = &self.imported.diagnostics;
        told.iter()
            .all(|diagnostic| WITHOUT_EFFECT.contains(&diagnostic.code))
    }

    fn host(&self, server: usize, what: &str) -> String {
        format!("{}-{server}-{what}.{}", self.case.name, parties::DOMAIN)
    }
}

fn compared() -> Result<()> {
    let subjects = subjects()?;
    let parties = Parties::new()?;
    let backend = Backend::start()?;
    let proxy = start(&subjects, &parties, &backend)?;
    let next = AtomicUsize::new(0);
    let counts = thread::scope(|scope| {
        let work = || -> Result<Counts> {
            let mut counts = Counts::default();
            while let Some(subject) = subjects.get(next.fetch_add(1, Ordering::Relaxed)) {
                counts.add(ask(subject, &parties, &proxy)?);
            }
            Ok(counts)
        };
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(work)).collect();
        clients
            .into_iter()
            .map(|client| client.join().expect("a client does not panic"))
            .try_fold(Counts::default(), |mut all, counts| {
                all.add(counts?);
                anyhow::Ok(all)
            })
    })?;
    // otherwise nothing was compared
    ensure!(
        counts.requests > 4000 && counts.both > 300 && counts.istio_alone > 300,
        "{counts:?}"
    );
    Ok(())
}

/// Every case that Istio takes, with keys that are known here.
fn subjects() -> Result<Vec<Subject>> {
    let mut subjects = Vec::new();
    for case in cases()? {
        let mut resources = istio::resources(&case.text)?;
        resources.iter_mut().for_each(with_keys);
        let texts: Vec<String> = resources
            .iter()
            .map(|resource| format!("---\n{resource:#}\n"))
            .collect();
        let case = Case {
            text: texts.concat(),
            ..case
        };
        let wish = case.wish()?;
        let imported = import(&[case.source()], &wish);
        subjects.push(Subject {
            case,
            wish,
            resources,
            imported,
            filters: Vec::new(),
        });
    }
    let refused = translated(&mut subjects)?;
    ensure!(
        refused == ["deny-nothing", "unreadable"],
        "istiod takes no {refused:?}"
    );
    subjects.retain(|subject| !refused.contains(&subject.case.name));
    Ok(subjects)
}

/// One Envoy with a chain of filters for each proxy of each case, found by the name that the client asks for.
fn start(subjects: &[Subject], parties: &Parties, backend: &Backend) -> Result<Proxy> {
    let mut last = None;
    let mut chains = Vec::new();
    for subject in subjects {
        for (position, filters) in subject.filters.iter().enumerate() {
            chains.push((subject.host(position, SIDECAR), filters.sidecar.clone()));
            chains.push((subject.host(position, WAYPOINT), filters.waypoint.clone()));
        }
        if !subject.imported.files.is_empty() {
            let mut setup = ours(&subject.imported, backend)?;
            let filter = manager(setup.listener())?["http_filters"][0].take();
            chains.push((subject.host(0, OURS), vec![filter]));
            last = Some(setup);
        }
    }
    let mut setup = last.context("something is imported")?;
    let listener = setup.listener();
    let template = listener["filter_chains"][0].take();
    let chains = chains
        .iter()
        .map(|(host, filters)| parties.chain(&template, host, filters));
    listener["filter_chains"] = chains.collect::<Result<Value>>()?;
    listener["listener_filters"] = parties::finds_names();
    setup.bootstrap["static_resources"]["clusters"] = json!([parties::cluster(backend.address)]);
    setup.start("import")
}

/// The bootstrap of the files that were written.
fn ours(imported: &Imported, backend: &Backend) -> Result<Setup> {
    let mut compiled = compiled(&imported.files)?;
    let mut bundle: Bundle = serde_json::from_str(&compiled.bundle)?;
    // one proxy stands for the sidecars of all servers: it looks at no pod's labels, and calls are for the pod that they reach
    for route in &mut bundle.routes {
        route.workload = None;
        route.call_headers.clear();
    }
    compiled.bundle = serde_json::to_string(&bundle)?;
    let services = bundle.routes.iter().map(|route| route.service.clone());
    let issuers = compiled.issuers.iter();
    // where nobody's tokens are taken, somebody's keys are named that nobody has
    let issuers = issuers.filter(|issuer| issuer.fetched().is_some());
    let names = services.chain(issuers.map(|issuer| issuer.name.clone()));
    let upstreams = names.map(|name| (name, backend.address.to_string()));
    Setup::among(&compiled, upstreams.collect(), None)
}

/// How many requests there were.
#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    requests: usize,
    both: usize,
    istio_alone: usize,
}

impl Counts {
    const fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.both += other.both;
        self.istio_alone += other.istio_alone;
    }
}

/// Asks all proxies of a case the same.
fn ask(subject: &Subject, parties: &Parties, proxy: &Proxy) -> Result<Counts> {
    let words = Words::of(&subject.resources);
    let mut numbers = Numbers(subject.case.text.len() as u64);
    let mut counts = Counts::default();
    let passes = |host: &str, drawn: &Drawn| -> Result<bool> {
        let answer = parties.send(
            proxy.address,
            host,
            drawn.request.peer.as_deref(),
            &message(drawn)?,
        )?;
        ensure!(
            answer.status != 0 && answer.status != 503,
            "{host} does not answer: {answer:?}"
        );
        Ok(answer.body == PLAIN.as_bytes())
    };
    for _ in 0..REQUESTS {
        let drawn = draw(&mut numbers, &subject.wish, &words);
        let at = |what| subject.host(drawn.server, what);
        let theirs = passes(&at(WAYPOINT), &drawn)? && passes(&at(SIDECAR), &drawn)?;
        let ours = !subject.imported.files.is_empty() && passes(&subject.host(0, OURS), &drawn)?;
        let (name, request) = (&subject.case.name, &drawn.request);
        if ours && !theirs || subject.is_exact() && ours != theirs {
            bail!("{name}: imported {ours}, Istio {theirs}: {request:#?}");
        }
        let said = allows(&subject.resources, request);
        if said != theirs && !OF_THE_NETWORK.contains(&name.as_str()) {
            bail!("{name}: the evaluator {said}, Istio {theirs}: {request:#?}");
        }
        counts.add(Counts {
            requests: 1,
            both: usize::from(ours && theirs),
            istio_alone: usize::from(theirs && !ours),
        });
    }
    Ok(counts)
}

/// The request as it goes over the wire, with a token of this moment.
fn message(drawn: &Drawn) -> Result<Message> {
    let request = &drawn.request;
    let mut headers = vec![(b"content-type".to_vec(), drawn.kind.into())];
    if let Some(claims) = &request.token {
        let token = token(claims.clone())?;
        headers.push((
            b"authorization".to_vec(),
            format!("Bearer {token}").into_bytes(),
        ));
    }
    let body = (request.method != "GET").then(|| drawn.body.clone());
    if let Some(body) = &body {
        headers.push((
            b"content-length".to_vec(),
            body.len().to_string().into_bytes(),
        ));
    }
    Ok(Message {
        method: request.method.clone().into_bytes(),
        authority: request.host.clone().into_bytes(),
        path: request.path.clone().into_bytes(),
        headers,
        body: body.map(|body| vec![body]),
        http: if drawn.kind == "application/grpc" {
            2
        } else {
            1
        },
        ..Message::default()
    })
}

fn token(mut claims: Value) -> Result<String> {
    let now = now()?;
    claims["iat"] = json!(now - 10);
    claims["exp"] = json!(now + 600);
    let key = translate::KEY;
    let header = json!({ "alg": "ES256", "typ": "JWT", "kid": key.id() });
    Ok(mint(
        &header.to_string(),
        &claims.to_string(),
        key,
        key.scheme(),
    ))
}
