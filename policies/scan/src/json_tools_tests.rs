//! Models that are named beside the request's own: by tools, such as OpenAI's for pictures and the adviser of Anthropic's messages, and
//! in metadata, by which LiteLLM stores answers.

use super::*;

/// Bodies, and what they name in order.
const FOUND: [(&str, &[&str]); 14] = [
    (
        r#"{"previous_response_id":null,"model":"a","Fallbacks" : null ,"x":[1]}"#,
        &["a"],
    ),
    (
        r#"{"model":"a","tools":[{"type":"x","model":"b"}]}"#,
        &["a", "b"],
    ),
    (
        r#"{"tools":[{"model":"b"},{"parameters":{"model":1}},{}],"model":"a"}"#,
        &["b", "a"],
    ),
    (r#"{"model":"a","tools":[]}"#, &["a"]),
    (r#"{"model":"a", "tools" : [ ] ,"x":[{"model":1}]}"#, &["a"]),
    (
        r#"{"model":"a","tools":null,"stop":["x",{"model":1}]}"#,
        &["a"],
    ),
    (
        r#"{"model":"a","tools":{"x":[{"model":1}]},"y":["x"]}"#,
        &["a"],
    ),
    (r#"{"x":{"tools":[{"model":1}]},"model":"a"}"#, &["a"]),
    (
        r#"{"model":"a","tools":[{"tools":[{"model":1}],"y":[2],"model":"b"}],"z":[{"model":2}]}"#,
        &["a", "b"],
    ),
    (
        r#"{"model":"a","tools":[{"model":"b"}],"tools":[{"model":"c"}]}"#,
        &["a", "b", "c"],
    ),
    (
        r#"{"metadata":{"x":{"model_group":1},"model_group":"b","models":1},"model":"a"}"#,
        &["b", "a"],
    ),
    (
        r#"{"model":"a","metadata":{"user_id":"u","tools":[{"model":1}]},"x":{"model_group":1}}"#,
        &["a"],
    ),
    (
        r#"{"model":"a","metadata":null,"x":[{"model_group":1}]}"#,
        &["a"],
    ),
    (
        r#"{"model":"a","Metadata":{"model_group":1},"metadata":{}}"#,
        &["a"],
    ),
];

/// Wherever the request's own is.
fn finds(body: &str, models: &[&str]) {
    assert_eq!(read(MODEL, body.as_bytes()), names(models), "{body}");
    let line = format!(r#"{{"url":"/v1","body":{body}}}"#);
    assert_eq!(read(LINES, line.as_bytes()), names(models), "{line}");
    let batch = format!(r#"{{"requests":[{{"params":{body}}}]}}"#);
    assert_eq!(read(BATCH, batch.as_bytes()), names(models), "{batch}");
}

#[test]
fn finds_the_models_of_tools() {
    for (body, models) in FOUND {
        finds(body, models);
    }
}

/// What else tools have is nobody's name, however much it is.
#[test]
fn finds_the_models_of_many_tools() {
    let function = |number| {
        format!(
            r#"{{"type":"function","name":"f{number}","parameters":{{"model":{{}},"models":1}},"headers":{{}}}}"#
        )
    };
    let functions: Vec<String> = (0..30).map(function).collect();
    let functions = functions.join(",");
    let long = "x".repeat(100);
    let none = format!(r#"{{"model":"a","tools":[{functions}],"{long}":[1]}}"#);
    finds(&none, &["a"]);
    let one = format!(r#"{{"{long}":"{long}","model":"b"}}"#);
    let between = format!(r#"{{"tools":[{functions},{one},{functions}],"model":"a"}}"#);
    finds(&between, &["b", "a"]);
}

#[test]
fn refuses_tools_that_decoders_disagree_on() {
    for (body, why) in [
        (r#"{"model":"a","Tools":[]}"#, Conflict),
        (
            r#"{"model":"a","tools":[{"model":"b","Model":"c"}]}"#,
            Conflict,
        ),
        (
            r#"{"model":"a","tools":[{"model":"b","model":"c"}]}"#,
            Conflict,
        ),
        (r#"{"model":"a","tools":[{"model":1}]}"#, NotAName),
        (r#"{"model":"a","tools":["b"]}"#, NotAName),
        (r#"{"model":"a","fallbacks":nul}"#, Malformed),
        (r#"{"model":"a","Model":null}"#, Conflict),
        (r#"{"model":"a","metadata":"{}"}"#, Conflict),
        (
            r#"{"model":"a","metadata":{"x":"a text that is long enough for a block of sixty-four","caching_groups":["b"]}}"#,
            Conflict,
        ),
        (
            r#"{"model":"a","metadata":{"Caching_Groups":["b"]}}"#,
            Conflict,
        ),
        (r#"{"model":"a","caching_groups":["b"]}"#, Conflict),
        (r#"{"model":"a","metadata":{"model_group":1}}"#, NotAName),
        (
            r#"{"model":"a","metadata":{"model_group":"b","Model_Group":"c"}}"#,
            Conflict,
        ),
        (
            r#"{"model":"a","metadata":{"model_group":"b","model_group":"c"}}"#,
            Conflict,
        ),
        (r#"{"metadata":{"model_group":"b"}}"#, Missing),
        (r#"{"tools":[{"model":"b"}]}"#, Missing),
        (
            r#"{"model":"a","tools":[{"model":"b"}],"fallbacks":[]}"#,
            Conflict,
        ),
    ] {
        assert_eq!(every_way(body.as_bytes()), Err(why), "{body}");
    }
}
