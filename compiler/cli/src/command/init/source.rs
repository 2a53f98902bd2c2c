//! Where the models come from that nobody typed.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use compiler::starter::{
    self,
    found::{self, Found, INDEX, MODELS, SERVER},
};
use policies::bundle::Api;
use serde_json::Value;

use crate::shown::printable;
use crate::{Terminal, fetch, files};

/// The models of manifests and of a server.
///
/// # Errors
/// When they cannot be read, or there are none.
pub fn models(
    from: Option<&Path>,
    server: Option<&str>,
    terminal: &mut Terminal<'_>,
) -> Result<Vec<Found>> {
    let mut models = Vec::new();
    if let Some(path) = from {
        let sources = files::read(&[PathBuf::from(path)], terminal.input(), files::whole)?;
        let (found, unreadable) = found::in_manifests(&sources);
        for name in unreadable {
            terminal.say(&format!(
                "left out: `{name}`, which is no YAML as it stands\n"
            ));
        }
        if found.is_empty() {
            bail!(
                "no SeldonDeployment, Model, InferenceService or BentoDeployment in `{}`",
                path.display()
            );
        }
        models = found;
    }
    if let Some(url) = server {
        models.extend(asked(base(url)?)?);
    }
    Ok(usable(models, terminal))
}

/// Those that can be called by their name; the others are told.
fn usable(models: Vec<Found>, terminal: &mut Terminal<'_>) -> Vec<Found> {
    let mut wrong = |found: &Found| {
        let name = starter::model_name(&found.model.name).map(drop);
        let namespace = found.namespace.as_deref().map(starter::namespace);
        let namespace = namespace.transpose().map(drop);
        let problem = name.and(namespace).err();
        if let Some(problem) = &problem {
            let place = &found.place;
            terminal.say(&printable(&format!("left out of `{place}`: {problem}")));
            terminal.say("\n");
        }
        problem.is_some()
    };
    models.into_iter().filter(|found| !wrong(found)).collect()
}

/// The address of a server, without what is asked of it.
fn base(url: &str) -> Result<&str> {
    if !url.starts_with("http://") && !url.starts_with("https://") {
        bail!("`--server {url}` has no scheme: write `http://{url}`");
    }
    let url = url.trim_end_matches('/');
    let asked = [INDEX, MODELS, "/v2/models", "/v1", SERVER];
    let base = asked.iter().find_map(|path| url.strip_suffix(path));
    Ok(base.unwrap_or(url))
}

/// Which protocol a V2 server speaks, by what it says of itself.
fn protocol(url: &str) -> Api {
    let said = fetch::list(&format!("{url}{SERVER}"), false).unwrap_or_default();
    found::of_server(&serde_json::from_slice(&said).unwrap_or_default())
}

/// The first list that names a model.
fn asked(url: &str) -> Result<Vec<Found>> {
    let mut failed = anyhow!("`{url}` lists no model");
    for (path, post) in [(INDEX, true), (MODELS, false)] {
        match fetch::list(&format!("{url}{path}"), post) {
            Ok(bytes) => {
                let list: Value = serde_json::from_slice(&bytes).unwrap_or_default();
                let mut models = found::in_list(path, &list);
                if !models.is_empty() {
                    if path == INDEX {
                        let api = protocol(url);
                        models.iter_mut().for_each(|model| model.api = api);
                    }
                    return Ok(models
                        .into_iter()
                        .map(|model| Found {
                            model,
                            namespace: None,
                            place: url.to_owned(),
                        })
                        .collect());
                }
            }
            Err(error) => failed = error,
        }
    }
    Err(failed)
}
