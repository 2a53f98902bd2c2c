//! Header fields by which some server, router or gateway chooses a model, a method, a path or a decoder.

use tests::cases::message::Message;
use tests::mutation::Dice;

use super::{Change, Words, gzip};

pub(super) const CHANGES: &[Change] = &[
    chooser,
    chooser,
    spelled,
    rewritten,
    content_type,
    content_type,
    encoded,
    framing,
    neutral,
    neutral,
];

/// Protocols: what selects a model downstream.
const CHOOSERS: [&str; 32] = [
    "seldon-model",
    "seldon-internal-model",
    "x-seldon-route",
    "seldon",
    "namespace",
    "x-gateway-model-name",
    "x-gateway-base-model-name",
    "x-gateway-model-name-rewrite",
    "x-llm-d-model-name-rewrite",
    "x-gateway-inference-objective",
    "x-llm-d-inference-objective",
    "x-gateway-inference-fairness-id",
    "x-llm-d-inference-fairness-id",
    "x-gateway-destination-endpoint",
    "x-gateway-destination-endpoint-subset",
    "x-ai-eg-model",
    "x-ai-eg-backend",
    "kserve-isvc-name",
    "kserve-isvc-namespace",
    "serve_multiplexed_model_id",
    "application",
    "multiplexed_model_id",
    "x-amzn-sagemaker-target-model",
    "x-amzn-sagemaker-target-variant",
    "x-amzn-sagemaker-target-container-hostname",
    "x-amzn-sagemaker-inference-component",
    "x-model",
    "model",
    "x-litellm-model",
    "azureml-model-deployment",
    "x-litellm-tags",
    "mm-model-id",
];

fn chooser(message: &mut Message, words: &Words, dice: &mut Dice) {
    let name = CHOOSERS[dice.below(CHOOSERS.len())];
    add(message, name, words.theirs.as_bytes());
}

fn spelled(message: &mut Message, words: &Words, dice: &mut Dice) {
    let name = *dice.pick(&CHOOSERS);
    let name = match dice.below(3) {
        0 => name.replace('-', "_"),
        1 if message.http != 2 => name.to_ascii_uppercase(),
        _ => name.replace('_', "-"),
    };
    add(message, &name, words.theirs.as_bytes());
    if dice.below(2) == 0 {
        add(
            message,
            &name,
            words
                .mine
                .first()
                .map_or(b"x".as_slice(), |name| name.as_bytes()),
        );
    }
}

/// Another method or path, for those who believe it.
fn rewritten(message: &mut Message, words: &Words, dice: &mut Dice) {
    const NAMES: [&str; 10] = [
        "x-http-method-override",
        "x-http-method",
        "x-method-override",
        "x-original-url",
        "x-rewrite-url",
        "x-envoy-original-path",
        "x-forwarded-prefix",
        "x-forwarded-host",
        "x-script-name",
        "x-forwarded-uri",
    ];
    let name = *dice.pick(&NAMES);
    let value = match name.contains("method") {
        true => "GET".to_owned(),
        false => format!("/v2/models/{}/infer", words.theirs),
    };
    add(message, name, value.as_bytes());
}

fn content_type(message: &mut Message, _: &Words, dice: &mut Dice) {
    const TYPES: [&str; 16] = [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "application/json; charset=utf-16",
        "application/json; charset=utf-7",
        "application/octet-stream",
        "application/cloudevents+json",
        "application/msgpack",
        "application/vnd.api+json",
        "APPLICATION/JSON",
        "application/json, text/plain",
        "application/x-protobuf",
        "application/grpc-web",
        "application/grpc+json",
        "application/grpc",
        "",
    ];
    message
        .headers
        .retain(|(name, _)| !name.eq_ignore_ascii_case(b"content-type"));
    add(message, "content-type", dice.pick(&TYPES).as_bytes());
}

/// Compressed, or only said to be.
fn encoded(message: &mut Message, _: &Words, dice: &mut Dice) {
    const CODINGS: [&str; 9] = [
        "gzip",
        "GZIP",
        "x-gzip",
        "deflate",
        "br",
        "zstd",
        "identity",
        "gzip, gzip",
        "identity, gzip",
    ];
    let really = dice.below(3) > 0;
    let coding = if really { "gzip" } else { *dice.pick(&CODINGS) };
    if really {
        message.body = message
            .body
            .as_ref()
            .map(|body| vec![gzip::stored(&body.concat())]);
    }
    let name = if dice.below(4) == 0 && message.http == 2 {
        "grpc-encoding"
    } else {
        "content-encoding"
    };
    add(message, name, coding.as_bytes());
}

fn framing(message: &mut Message, _: &Words, dice: &mut Dice) {
    const FIELDS: [(&str, &str); 8] = [
        ("expect", "100-continue"),
        ("upgrade", "websocket"),
        ("upgrade", "h2c"),
        ("te", "trailers"),
        ("connection", "authorization"),
        ("inference-header-content-length", "10"),
        ("x-forwarded-proto", "https"),
        ("ce-specversion", "1.0"),
    ];
    let (name, value) = *dice.pick(&FIELDS);
    add(message, name, value.as_bytes());
}

/// What changes nothing.
fn neutral(message: &mut Message, _: &Words, dice: &mut Dice) {
    const FIELDS: [(&str, &[u8]); 8] = [
        ("accept", b"*/*"),
        ("user-agent", b"curl/8"),
        ("accept-encoding", b"gzip"),
        ("x-note", b"1"),
        ("cookie", b"model=secret"),
        ("x-trace", b"caf\xe9"),
        ("accept-language", b"de"),
        ("cache-control", b"no-cache"),
    ];
    let (name, value) = *dice.pick(&FIELDS);
    add(message, name, value);
}

fn add(message: &mut Message, name: &str, value: &[u8]) {
    message
        .headers
        .push((name.as_bytes().to_vec(), value.to_vec()));
}
