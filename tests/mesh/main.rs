//! The real mesh: the resources that `modelgate compile` prints for `examples/platform`, applied unchanged to etcd,
//! kube-apiserver and istiod, and enforced by real proxies with istiod's certificates. Run it by `run.sh`, which makes
//! the private namespaces that it needs.

mod access_tests;
mod audit;
mod backend;
mod cases;
mod certificates;
mod components;
mod control_plane;
mod hold;
mod identity;
mod issuers;
mod kubectl;
mod mesh;
mod policies;
mod poll;
mod proxy;
mod trials;
mod world;

use std::sync::OnceLock;
use std::time::Instant;

use anyhow::{Context, Result};
use libtest_mimic::{Arguments, Failed, Trial};

use crate::cases::Case;
use crate::mesh::Mesh;

/// A test of the running mesh.
type Check = fn(&Mesh) -> Result<()>;

/// What else is shown, in this order: the last eight change the mesh and restore it.
const CHECKS: [(&str, Check); 12] = [
    (
        "istioctl accepts every resource",
        trials::istioctl_accepts_every_resource,
    ),
    (
        "the backend sees both identities",
        trials::backend_sees_both_identities,
    ),
    (
        "no request has two audit events",
        audit::no_request_has_two_events,
    ),
    (
        "plaintext to a sidecar is refused",
        trials::plaintext_is_refused,
    ),
    (
        "a Kubernetes service account's token is the workload",
        issuers::kubernetes_tokens_count,
    ),
    (
        "tokens that Istio has verified count",
        issuers::istio_verifies,
    ),
    (
        "everyone is whoever has a token",
        trials::everyone_has_a_token,
    ),
    (
        "a changed policy is enforced within 2 s",
        trials::change_is_enforced,
    ),
    (
        "hold: not even a head leaves, up to a limit above Envoy's buffers",
        hold::hold_keeps_heads,
    ),
    (
        "hold: the filter is behind the check of tokens, and there without it",
        hold::hold_is_always_there,
    ),
    (
        "hold: without the module everything is refused",
        hold::hold_refuses_without_module,
    ),
    (
        "without the filter the floor denies",
        trials::floor_denies_without_filter,
    ),
];

fn main() -> Result<()> {
    let mut arguments = Arguments::from_args();
    // one mesh, and checks that change it
    arguments.test_threads = Some(1);
    if !arguments.list {
        started()?;
    }
    let mut trials = Vec::new();
    for case in Case::all()? {
        let name = format!("{}: {}", case.via.name(), case.name);
        trials.push(Trial::test(name, move || {
            run(|mesh| case.check(&mesh.world))
        }));
    }
    for (name, check) in CHECKS {
        trials.push(Trial::test(name, move || run(check)));
    }
    // does not drop the mesh: it ends with the process namespace, at once
    libtest_mimic::run(&arguments, trials).exit()
}

/// The one mesh of this run.
fn started() -> Result<&'static Mesh> {
    static MESH: OnceLock<Mesh> = OnceLock::new();
    if let Some(mesh) = MESH.get() {
        return Ok(mesh);
    }
    let start = Instant::now();
    let mesh = Mesh::start().context("the mesh did not start")?;
    println!("the mesh is ready after {:.1?}", start.elapsed());
    Ok(MESH.get_or_init(|| mesh))
}

fn run(check: impl FnOnce(&Mesh) -> Result<()>) -> Result<(), Failed> {
    started()
        .and_then(check)
        .map_err(|error| Failed::from(format!("{error:#}")))
}
