//! Istio's policies that `import` is tried with, as files with the arguments of the command, and requests that have to do with them.

pub mod istio;
pub mod requests;

use std::fs;

use anyhow::{Context, Result};
use compiler::import::{Server, Wish};
use compiler::output::Options;
use compiler::source::Source;
use policies::bundle::Api;

use crate::cases::fixture::Compiled;
use crate::setup::project;
use requests::{Numbers, Words};

/// A file of policies, and the arguments that its first line has.
#[derive(Debug)]
pub struct Case {
    /// of the file, without its ending
    pub name: String,
    /// of the command
    pub arguments: String,
    /// as it is written
    pub text: String,
}

/// Every file of `tests/import`.
///
/// # Errors
/// One cannot be read, or does not begin with the arguments.
pub fn cases() -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for entry in fs::read_dir(project().join("tests/import"))? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            let text = fs::read_to_string(&path)?;
            let first = text.lines().next().and_then(|line| line.strip_prefix("# "));
            let name = path.file_stem().unwrap_or_default();
            cases.push(Case {
                name: name.to_string_lossy().into_owned(),
                arguments: first
                    .context("the first line has the arguments")?
                    .to_owned(),
                text,
            });
        }
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(cases)
}

impl Case {
    /// The arguments as values.
    ///
    /// # Errors
    /// They are not such arguments.
    pub fn wish(&self) -> Result<Wish> {
        let words: Vec<&str> = self.arguments.split(' ').collect();
        let after = |option: &str| {
            let pairs = words.windows(2).filter(move |pair| pair[0] == option);
            pairs.map(|pair| pair[1].to_owned()).collect::<Vec<_>>()
        };
        let mut servers = Vec::new();
        for backend in after("--backend") {
            let (rest, host) = backend.split_once('@').context("no host")?;
            let (name, api) = rest.split_once(':').context("no protocol")?;
            let (namespace, service) = name.split_once('/').context("no service")?;
            let api = Api::ALL.into_iter().find(|known| known.name() == api);
            let api = api.context("no such protocol")?;
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

    /// As the compiler reads it.
    #[must_use]
    pub fn source(&self) -> Source {
        Source {
            name: self.name.clone(),
            bytes: self.text.clone().into_bytes(),
        }
    }
}

/// What the compiler makes of the files that were written.
///
/// # Errors
/// It finds an error in them.
pub fn compiled(files: &[(String, String)]) -> Result<Compiled> {
    let source = |(name, text): &(String, String)| Source {
        name: name.clone(),
        bytes: text.clone().into_bytes(),
    };
    let sources: Vec<Source> = files.iter().map(source).collect();
    let (loaded, found) = compiler::load(&sources);
    let policy = loaded.with_context(|| format!("{found:#?}"))?.policy;
    let output = compiler::output::compile(&policy, &Options::default());
    let mut output = output.map_err(|problems| anyhow::anyhow!("{problems:#?}"))?;
    Ok(Compiled {
        bundle: output.targets.remove(0).text,
        issuers: policy.gate.issuers,
    })
}

/// A request to one of the servers: as the sidecar sees it, and what the model server would read.
#[derive(Debug)]
pub struct Drawn {
    /// position of the server
    pub server: usize,
    /// as the sidecar sees it
    pub request: istio::Request,
    /// content type
    pub kind: &'static str,
    /// content
    pub body: Vec<u8>,
}

/// One request by these numbers.
pub fn draw(numbers: &mut Numbers, wish: &Wish, words: &Words) -> Drawn {
    let positions: Vec<usize> = (0..wish.servers.len()).collect();
    let position = *numbers.choose(&positions);
    let server = &wish.servers[position];
    let model = match server.api.profile().one_model_a_backend() {
        true => server.service.clone(),
        false => (*numbers.choose(&["churn", "churn", "risk-a", "risk-", "other"])).to_owned(),
    };
    let lines = requests::lines(server.api, &model);
    let (method, path, kind, body) = numbers.choose(&lines).clone();
    let (peer, token) = words.caller(numbers);
    let request = istio::Request {
        namespace: server.namespace.clone(),
        service: server.service.clone(),
        labels: labels(server),
        peer,
        token,
        method,
        path,
        host: server.hosts[0].clone(),
    };
    Drawn {
        server: position,
        request,
        kind,
        body,
    }
}

/// Labels of a server's pods.
#[must_use]
pub fn labels(server: &Server) -> Vec<(String, String)> {
    let own = server.api.profile().pod_label.to_owned();
    vec![
        (own, server.service.clone()),
        ("version".into(), "v2".into()),
    ]
}
