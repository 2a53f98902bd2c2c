//! Where libFuzzer begins: the cases of the corpus, each as the readers see it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::Result;
use policies::base64url::decode;
use policies::bundle::PluginConfig;
use tests::cases::fixture::Mode;
use tests::cases::message::Message;
use tests::cases::{Place, corpus};

use crate::target::NOON;
use crate::target::exchange::{TOKENS, encode};
use crate::{TARGETS, Target};

/// Longer bodies show nothing that shorter ones do not.
const SHORT: usize = 1024;

/// One folder a target.
///
/// # Errors
/// A file cannot be read or written.
pub fn write(folder: &Path) -> Result<()> {
    let messages = messages()?;
    for target in TARGETS {
        let folder = folder.join(target.name);
        fs::create_dir_all(&folder)?;
        let inputs: BTreeSet<Vec<u8>> = inputs(target, &messages)?.into_iter().collect();
        let fitting = inputs.iter().filter(|input| input.len() <= target.longest);
        for (number, input) in fitting.enumerate() {
            fs::write(folder.join(format!("{number:04}")), input)?;
        }
    }
    Ok(())
}

fn messages() -> Result<Vec<Message>> {
    let cases = corpus()?.into_iter().flat_map(|subject| subject.cases);
    let cases = cases.filter(|case| case.runs(Place::Native));
    let messages = cases.map(|case| Message::of(&case, NOON, "fuzz"));
    Ok(messages
        .filter(|message| message.whole_body().len() <= SHORT)
        .collect())
}

fn inputs(target: Target, messages: &[Message]) -> Result<Vec<Vec<u8>>> {
    Ok(match target.name {
        "token" => messages.iter().flat_map(tokens).collect(),
        "jwks" => key_sets(),
        "json" => [scanned(messages, b"{"), dense()].concat(),
        "protobuf" => scanned(messages, b"\0"),
        "multipart" => messages.iter().filter_map(form).collect(),
        "head" => messages.iter().map(head).collect(),
        "bundle" => bundles()?,
        "access" => files()?,
        _ => messages.iter().flat_map(exchanges).collect(),
    })
}

fn tokens(message: &Message) -> Vec<Vec<u8>> {
    let fields = message
        .headers
        .iter()
        .filter(|(name, _)| name == b"authorization");
    let values = fields.filter_map(|(_, value)| value.get(7..));
    values
        .flat_map(|token| {
            let raw = [b"r\0", token].concat();
            let parts: Option<Vec<Vec<u8>>> =
                token.split(|byte| *byte == b'.').map(decode).collect();
            let plain = parts.map(|parts| [b"p\0".as_slice(), &parts.join(&b'\n')].concat());
            [Some(raw), plain].into_iter().flatten().collect::<Vec<_>>()
        })
        .collect()
}

fn key_sets() -> Vec<Vec<u8>> {
    let keys: Vec<String> = tests::token::Key::ALL
        .into_iter()
        .map(|key| key.jwk().to_string())
        .collect();
    let alone = keys.iter().map(|key| format!(r#"k{{"keys":[{key}]}}"#));
    let all = format!(r#"k{{"keys":[{}]}}"#, keys.join(","));
    let document =
        r#"d{"issuer":"https://id.example.com","jwks_uri":"https://id.example.com/keys"}"#;
    alone
        .chain([all, document.to_owned()])
        .map(String::into_bytes)
        .collect()
}

fn scanned(messages: &[Message], beginning: &[u8]) -> Vec<Vec<u8>> {
    let bodies: BTreeSet<Vec<u8>> = messages.iter().map(Message::whole_body).collect();
    let bodies = bodies
        .into_iter()
        .filter(|body| body.starts_with(beginning));
    let kinds = 0..8;
    let inputs = bodies.flat_map(|body| {
        kinds
            .clone()
            .map(move |kind| [&[kind, 1, 5, 40], body.as_slice()].concat())
    });
    inputs.collect()
}

/// Many tokens in few bytes, as they are read at once.
fn dense() -> Vec<Vec<u8>> {
    let members = [
        r#""x":1,"\n":[],"é":{},"\ud83d\ude00":"","#,
        r#""lorb":-1.5e+3,"\u006cord":true,"moſel":null,"prompt_ix":0,"#,
        "\"\"\r\n:\r\n1,\r\n\"\" : [ ] ,",
        r#""a":[[[1]],[],{"":{"":[{}]}},"\\\"",false],"#,
    ];
    let bodies = members.map(|some| format!("{{{}\"model\":\"m\"}}", some.repeat(4)));
    let kinds =
        |body: String| (0..8).map(move |kind| [&[kind, 1, 70, 40], body.as_bytes()].concat());
    bodies.into_iter().flat_map(kinds).collect()
}

fn form(message: &Message) -> Option<Vec<u8>> {
    let mut fields = message.headers.iter();
    let (_, said) =
        fields.find(|(name, value)| name == b"content-type" && value.starts_with(b"multipart"))?;
    let kind = u8::try_from(message.path.len() % 4).ok()?;
    Some(
        [
            &[kind, 1, 5, 40],
            said.as_slice(),
            b"\n",
            &message.whole_body(),
        ]
        .concat(),
    )
}

fn head(message: &Message) -> Vec<u8> {
    let whole = encode(
        0,
        &[],
        &Message {
            body: None,
            ..message.clone()
        },
    );
    [b"h", &whole[2..]].concat()
}

fn exchanges(message: &Message) -> Vec<Vec<u8>> {
    // the head, then: the rest; three pieces; trailers; an answer before and after
    let orders: [&[u8]; 4] = [
        &[0, 3, 5],
        &[0, 17, 33, 3],
        &[0, 113, 113, 4, 5],
        &[0, 5, 17, 3, 13],
    ];
    let at = message.path.len() % orders.len();
    let setting = u8::try_from(message.headers.len() % 4).unwrap_or_default();
    assert!(!TOKENS.is_empty());
    vec![
        encode(setting, orders[at], message),
        encode(setting ^ 2, orders[0], message),
    ]
}

/// Alone, and in what the proxy hands over, as it is and compressed.
fn bundles() -> Result<Vec<Vec<u8>>> {
    let small = small_bundle()?;
    let config = |text: &str| {
        let config = serde_json::to_vec(&PluginConfig::new(text, false))?;
        Ok::<_, anyhow::Error>([b"c".as_slice(), &config].concat())
    };
    // blanks at the end of JSON make a bundle long enough to be compressed
    let long = small.clone() + &" ".repeat(1 << 16);
    Ok(vec![
        [b"b", Mode::Hold.compiled().bundle.as_bytes()].concat(),
        [b"b", small.as_bytes()].concat(),
        config(&small)?,
        config(&long)?,
    ])
}

fn small_bundle() -> Result<String> {
    let gate = include_bytes!("target/access/gate.yaml").to_vec();
    let access = b"apiVersion: modelgate.dev/v1alpha1\nkind: ModelAccess\nmetadata: { namespace: team, name: a }\nspec:\n  models: [{ name: m, api: openai }]\n  allow:\n    - { who: { groups: [g] }, when: context.hour >= 6 && context.claims has level && context.claims.level > 2 }\n".to_vec();
    let source = |name: &str, bytes| compiler::source::Source {
        name: name.into(),
        bytes,
    };
    let (loaded, found) =
        compiler::load(&[source("gate.yaml", gate), source("team/a.yaml", access)]);
    let loaded = loaded.ok_or_else(|| anyhow::anyhow!("{found:?}"))?;
    let output = compiler::output::compile(&loaded.policy, &compiler::output::Options::default());
    let output = output.map_err(|found| anyhow::anyhow!("{found:?}"))?;
    Ok(output.targets[0].text.clone())
}

fn files() -> Result<Vec<Vec<u8>>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut inputs = Vec::new();
    for folder in [
        "examples/platform",
        "examples/platform/fraud",
        "examples/platform/risk",
        "examples/platform/assistant",
        "tests/cases/policy",
        "tests/bad-input",
    ] {
        for entry in fs::read_dir(root.join(folder))? {
            let path = entry?.path();
            if path.extension().is_some_and(|found| found == "yaml") {
                let bytes = fs::read(path)?;
                inputs.extend([
                    [b"g", bytes.as_slice()].concat(),
                    [b"f", bytes.as_slice()].concat(),
                ]);
            }
        }
    }
    Ok(inputs)
}
