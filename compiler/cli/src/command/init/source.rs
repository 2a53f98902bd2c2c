//! Where the models come from that nobody typed.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use compiler::starter::found::{self, Found, INDEX, MODELS, SERVER};
use policies::bundle::Api;
use serde_json::Value;

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
        let sources = files::read(&[PathBuf::from(path)], terminal.input())?;
        models =
            found::in_manifests(&sources).map_err(|problem| anyhow!("cannot read {problem}"))?;
        if models.is_empty() {
            bail!(
                "no SeldonDeployment, Model, InferenceService or BentoDeployment in `{}`",
                path.display()
            );
        }
    }
    if let Some(url) = server {
        models.extend(asked(url.trim_end_matches('/'))?);
    }
    Ok(models)
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
                        })
                        .collect());
                }
            }
            Err(error) => failed = error,
        }
    }
    Err(failed)
}
