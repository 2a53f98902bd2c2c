//! Who may depend on whom: what the manifests of the pure crates and the filter may name.
//!
//! deny.toml says who may use a crate; this list says what a crate may use, so that a dependency nobody thought of is
//! refused as well.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::tree::Tree;

const ALLOWED: [(&str, &str); 4] = [
    ("scan", "thiserror"),
    (
        "policies",
        "base64 der ed25519-dalek hmac miniz_oxide p256 p384 rsa scan serde serde_json sha2 spki thiserror",
    ),
    ("filter", "log policies proxy-wasm"),
    (
        "compiler",
        "cedar-policy granit-parser jiff policies serde serde-saphyr serde_json thiserror unicode-security",
    ),
];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// `None`: the crate itself needs it, not only its tests or its build script
    kind: Option<String>,
}

/// Dependencies that a crate may not have.
pub fn problems(tree: &Tree) -> Result<Vec<String>> {
    let metadata = metadata(tree)?;
    let mut problems = Vec::new();
    for (krate, allowed) in ALLOWED {
        let package = metadata
            .packages
            .iter()
            .find(|package| package.name == krate);
        let package = package.with_context(|| format!("the workspace has no crate `{krate}`"))?;
        let foreign = package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind.as_deref() != Some("dev"));
        for dependency in
            foreign.filter(|dependency| !allowed.split(' ').any(|name| name == dependency.name))
        {
            problems.push(format!(
                "{krate}/Cargo.toml: `{krate}` may not depend on `{}`: it may use {}",
                dependency.name, allowed
            ));
        }
    }
    Ok(problems)
}

fn metadata(tree: &Tree) -> Result<Metadata> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = Command::new(cargo);
    command
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(&tree.root);
    let output = command.output().context("cannot run `cargo metadata`")?;
    ensure!(
        output.status.success(),
        "`cargo metadata` failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).context("cannot read what `cargo metadata` printed")
}
