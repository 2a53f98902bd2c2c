//! The `EnvoyFilter` of body mode `hold`.

use policies::bundle::{BodyMode, PluginConfig};
use serde_json::{Value, json};

use super::{BUNDLE, documents, loaded_from, module, of_kind, policy};
use crate::istio::Module;

fn held(install: usize, url: &str) -> Vec<Value> {
    let mut policy = policy();
    policy.gate.body.mode = BodyMode::Hold;
    let url = url.to_owned();
    loaded_from(&policy, install, &Module { url, ..module() })
}

fn patches(filter: &Value, kind: &str) -> Vec<Value> {
    let all = filter["spec"]["configPatches"].as_array().unwrap();
    all.iter()
        .filter(|patch| patch["applyTo"] == kind)
        .cloned()
        .collect()
}

fn wasm(filter: &Value) -> Value {
    let extension = &patches(filter, "EXTENSION_CONFIG")[0]["patch"];
    assert_eq!(extension["operation"], "ADD");
    let typed = &extension["value"]["typed_config"];
    assert_eq!(
        typed["@type"],
        "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm"
    );
    typed["config"].clone()
}

#[test]
fn one_object_loads_the_filter_and_the_floor_stays() {
    for install in [0, 1] {
        let (stream, hold) = (documents(install), held(install, "file:///m.wasm"));
        assert!(of_kind(&stream, "EnvoyFilter").is_empty());
        assert!(of_kind(&hold, "WasmPlugin").is_empty());
        let selected = |document: &Value, field: &str, labels: &str| {
            (
                document["metadata"].clone(),
                document["spec"][field][labels].clone(),
            )
        };
        let plugins = of_kind(&stream, "WasmPlugin").into_iter();
        let filters = of_kind(&hold, "EnvoyFilter").into_iter();
        assert_eq!(
            plugins
                .map(|it| selected(it, "selector", "matchLabels"))
                .collect::<Vec<_>>(),
            filters
                .map(|it| selected(it, "workloadSelector", "labels"))
                .collect::<Vec<_>>()
        );
        let others = |all: &[Value]| {
            let floor = |it: &&Value| it["kind"] != "WasmPlugin" && it["kind"] != "EnvoyFilter";
            all.iter().filter(floor).cloned().collect::<Vec<_>>()
        };
        assert_eq!(others(&stream), others(&hold));
    }
}

#[test]
fn the_head_waits_and_the_bundle_arrives_byte_for_byte() {
    for (install, context) in [(0, "GATEWAY"), (1, "SIDECAR_INBOUND")] {
        for filter in of_kind(&held(install, "file:///m.wasm"), "EnvoyFilter") {
            let contexts = filter["spec"]["configPatches"].as_array().unwrap();
            assert!(contexts.iter().all(|it| it["match"]["context"] == context));
            let wasm = wasm(filter);
            assert_eq!(wasm["allow_on_headers_stop_iteration"], true);
            assert_eq!(wasm["failure_policy"], "FAIL_CLOSED");
            assert_eq!(wasm["vm_config"]["runtime"], "envoy.wasm.runtime.v8");
            let text = wasm["configuration"]["value"].as_str().unwrap();
            let config: PluginConfig = serde_json::from_str(text).unwrap();
            assert!(config.hold_headers);
            assert_eq!(config.bundle, BUNDLE);
            assert_eq!(config.digest, policies::digest::of(BUNDLE.as_bytes()));
        }
    }
}

/// What the agent takes: it compares an image's manifest with the checksum, not the module in it.
#[test]
fn code_is_said_as_the_agent_reads_it() {
    let remote = |url: &str, sha256: &str| {
        let uri = json!({ "uri": url, "cluster": "_", "timeout": "30s" });
        json!({ "remote": { "http_uri": uri, "sha256": sha256 } })
    };
    let (https, image) = (
        "https://files.example.com/modelgate.wasm",
        "oci://registry.example.com/modelgate@sha256:abc",
    );
    let cases = [
        (
            "file:///etc/modelgate.wasm",
            json!({ "local": { "filename": "/etc/modelgate.wasm" } }),
        ),
        (https, remote(https, &module().sha256)),
        (image, remote(image, "nil")),
    ];
    for (url, code) in cases {
        let documents = held(0, url);
        let filter = of_kind(&documents, "EnvoyFilter")[0];
        assert_eq!(wasm(filter)["vm_config"]["code"], code);
    }
    let mut plugins = documents(0);
    plugins.retain(|document| document["kind"] == "WasmPlugin");
    assert_eq!(plugins[0]["spec"]["sha256"], Value::Null);
}

/// At each of two places a place holder; the first becomes the filter, what is left goes.
#[test]
fn the_filter_is_never_left_out() {
    let documents = held(0, "file:///m.wasm");
    let filter = of_kind(&documents, "EnvoyFilter")[0];
    assert_eq!(filter["spec"]["priority"], 10);
    let said: Vec<(String, String, String)> = patches(filter, "HTTP_FILTER")
        .iter()
        .map(|it| {
            let at = &it["match"]["listener"]["filterChain"]["filter"]["subFilter"]["name"];
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            (
                text(&it["patch"]["operation"]),
                text(at),
                text(&it["patch"]["value"]["name"]),
            )
        })
        .collect();
    let ours = "istio-system.modelgate-edge";
    let holder = "istio-system.modelgate-edge.place";
    let expected = [
        ("INSERT_BEFORE", "envoy.filters.http.router", holder),
        ("INSERT_AFTER", "envoy.filters.http.jwt_authn", holder),
        ("REPLACE", holder, ours),
        ("REMOVE", holder, ""),
    ];
    let expected = expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned()));
    assert_eq!(said, expected);
}

#[test]
fn a_body_of_the_limit_fits_the_buffer() {
    let documents = held(0, "file:///m.wasm");
    let filter = of_kind(&documents, "EnvoyFilter")[0];
    let merged = &patches(filter, "VIRTUAL_HOST")[0]["patch"];
    assert_eq!(merged["operation"], "MERGE");
    assert_eq!(
        merged["value"]["request_body_buffer_limit"],
        (1 << 20) + (2 << 20)
    );
}
