//! What a compile emits.

use policies::action::Action;
use policies::bundle::Bundle;
use policies::engine::Engine;

use crate::fixture::{allow, deny, group, policy_with, user, when};
use crate::istio::Module;
use crate::policy::Policy;

use super::{Options, Output, compile, files};

fn policy() -> Policy {
    let rules = vec![
        allow(
            "allow[0]",
            &[group("corp/analysts"), user("corp/ann")],
            &[Action::Predict],
            &["fraud-detector"],
        ),
        when(
            deny(
                "deny[0]",
                &[group("corp/interns")],
                &[Action::Predict],
                &["risk-*"],
            ),
            "context.hour < 6",
        ),
    ];
    policy_with(
        rules,
        Some(
            "forbid (principal in Group::\"corp/contractors\", action, resource) unless { resource.public };",
        ),
    )
}

fn output() -> Output {
    let module = Module {
        url: "oci://registry.example.com/modelgate:1".into(),
        sha256: "0".repeat(64),
    };
    compile(
        &policy(),
        &Options {
            now: Default::default(),
            module: Some(module),
        },
    )
    .unwrap()
}

#[test]
fn every_file_is_the_same_in_every_run() {
    let (first, second) = (files(&output()).unwrap(), files(&output()).unwrap());
    assert_eq!(first, second);
    let paths: Vec<&str> = first.iter().map(|(path, _)| path.as_str()).collect();
    let expected = [
        "policies.cedar",
        "schema.cedarschema",
        "bundles/edge.json",
        "istio/edge.yaml",
        "bundles/workloads.json",
        "istio/workloads.yaml",
    ];
    assert_eq!(paths, expected);
}

#[test]
fn the_emitted_bytes_are_what_the_engine_loads() {
    for target in output().targets {
        let engine = Engine::load(target.text.as_bytes()).unwrap();
        assert_eq!(engine.digest(), target.digest);
        assert_eq!(engine.bundle(), &target.bundle);
    }
}

#[test]
fn a_sidecar_gets_only_its_namespaces() {
    let output = output();
    let of = |bundle: &Bundle| {
        bundle
            .routes
            .iter()
            .map(|route| route.service.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        of(&output.targets[0].bundle),
        ["fraud-detector", "risk-server", "scorer"]
    );
    assert_eq!(
        of(&output.targets[1].bundle),
        ["fraud-detector", "risk-server"]
    );
    let prefixes = |index: usize| output.targets[index].bundle.routes[0].prefix.clone();
    assert_eq!(
        (prefixes(0).as_str(), prefixes(1).as_str()),
        ("/seldon/fraud/fraud-detector", "")
    );
}

#[test]
fn without_a_module_there_are_no_istio_resources() {
    let output = compile(&policy(), &Options::default()).unwrap();
    assert!(output.targets.iter().all(|target| target.istio.is_empty()));
    assert_eq!(files(&output).unwrap().len(), 4);
}

#[test]
fn a_name_that_nothing_has_is_an_error() {
    let code = |guardrail: &str| {
        let policy = policy_with(Vec::new(), Some(guardrail));
        compile(&policy, &Options::default()).unwrap_err()[0].code
    };
    assert_eq!(
        code("forbid (principal in Group::\"corpp/contractors\", action, resource);"),
        "MG0907"
    );
    assert_eq!(
        code("forbid (principal in Group::\"contractors\", action, resource);"),
        "MG0907"
    );
    assert_eq!(
        code("forbid (principal, action, resource in Namespace::\"frod\");"),
        "MG0907"
    );
    assert_eq!(
        code("forbid (principal, action, resource) when { resource == Model::\"frod/x\" };"),
        "MG0907"
    );
    assert_eq!(
        code("forbid (principal == Group::\"corp/x\", action, resource);"),
        "MG0907"
    );
    assert_eq!(
        code("forbid (principal, action, resource) when { resource.name like \"a*\" };"),
        "MG0906"
    );
    assert_eq!(
        code("forbid (principal, action, resource) when { context.hour + 1 > 3 };"),
        "MG0906"
    );
    assert_eq!(
        code("forbid (principal is User, action, resource);"),
        "MG0906"
    );
}
