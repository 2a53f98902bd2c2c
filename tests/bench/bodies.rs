//! Bodies of a megabyte that are accepted, each built to cost the most of one part of the scanners.

use tests::mutation::Dice;

const MEGABYTE: usize = 1 << 20;
const MESSAGES: usize = 10_000;
const CHAT: &str = "{ like: chat, bodiless: true }";
const STREAM: &str = "{ like: grpc-stream, bodiless: true }";
const BATCH: &str = "{ like: batch, bodiless: true }";

/// A body, and who sends it where.
pub struct Body {
    pub name: &'static str,
    pub who: &'static str,
    pub like: &'static str,
    pub bytes: Vec<u8>,
    /// sent in pieces of so many bytes, without a length
    pub piece: Option<usize>,
}

/// Members of the outermost object, any of which could be the model's; and items of an array in it.
const MEMBERS: [(&str, &[&str]); 8] = [
    ("short members", &[r#""x":1,"#]),
    (
        "long keys with escapes",
        &[r#""\u006dod\u0065_a_key_that_is_longer_than_any":[],"#],
    ),
    ("members named by an escape", &[r#""\n":1,"#]),
    ("members named \"é\"", &[r#""é":1,"#]),
    ("members with line ends", &["\"\"\r\n:\r\n1,\r\n"]),
    (
        "members like an alias, by an escape",
        &[r#""\u006cord":1,"#],
    ),
    (
        "members in no order",
        &[
            r#""x":1,"#,
            r#""yy":"","#,
            r#""a_longer_one":[],"#,
            r#""é":0,"#,
            r#""\t":{},"#,
        ],
    ),
    (
        "members like aliases in no order",
        &[
            r#""lorb":1,"#,
            r#""modem":"","#,
            r#""\u006dodes":[1],"#,
            r#""moſel":0,"#,
            r#""prompt_ix":{"":2},"#,
            r#""x":true,"#,
        ],
    ),
];
const ITEMS: [(&str, &[&str]); 6] = [
    ("escapes", &[r#""\u0041\ud83d\ude00","#]),
    (
        "arrays, 32 levels",
        &["[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]],"],
    ),
    ("numbers with exponents", &["1e5,2,-3.5e-7,"]),
    (
        "tokens in no order",
        &[
            "1,",
            "[],",
            r#""a","#,
            "true,",
            r#"{"a":1},"#,
            "[[2],0],",
            "-7.5,",
        ],
    ),
    (
        "brackets in no order",
        &[
            "[[[1]]],",
            "[],",
            "[{}],",
            r#"{"":[]},"#,
            "[1,[2,[3]]],",
            r#"{"":{"":[4]}},"#,
        ],
    ),
    (
        "characters and escapes in no order",
        &[r#""é\na","#, r#""\\\\é","#, r#""plain","#, r#""€\u0041","#],
    ),
];

/// All of them.
pub fn bodies() -> Vec<Body> {
    let body = |name, who, like, bytes| Body {
        name,
        who,
        like,
        bytes,
        piece: None,
    };
    let chat = |name, bytes| body(name, "sam", CHAT, bytes);
    let members = MEMBERS.map(|(name, units)| chat(name, object(&repeated(units))));
    let items = ITEMS.map(|(name, units)| {
        let list = format!(r#""a":[{}1],"#, repeated(units));
        chat(name, object(&list))
    });
    let requests = repeated(&[r#"{"params":{"model":"anthropic-cat"}},"#]);
    let requests = format!(r#"{{"requests":[{}]}}"#, requests.trim_end_matches(','));
    let mut pieces = chat(
        "short members in pieces of 1 KiB",
        object(&repeated(&[r#""x":1,"#])),
    );
    pieces.piece = Some(1024);
    let mut bodies = Vec::from(members);
    bodies.extend(items);
    bodies.extend([
        pieces,
        body("requests of a batch", "kim", BATCH, requests.into_bytes()),
        body(
            "10,000 gRPC messages, each of a model",
            "ana",
            STREAM,
            messages(),
        ),
        body(
            "fields of two bytes in a gRPC message",
            "ana",
            STREAM,
            fields(),
        ),
    ]);
    bodies
}

fn object(members: &str) -> Vec<u8> {
    format!(r#"{{{members}"y":1,"model":"assistant-small"}}"#).into_bytes()
}

/// A megabyte, of several units without a pattern.
fn repeated(units: &[&str]) -> String {
    let mut dice = Dice::new(1);
    let mut text = String::with_capacity(MEGABYTE + 64);
    while text.len() < MEGABYTE {
        text.push_str(units[dice.below(units.len())]);
    }
    text
}

/// Each is 15 bytes that name another model.
fn messages() -> Vec<u8> {
    let message = |number: usize| {
        let name = format!("vision-{number:06}");
        framed(&[&[10, 13], name.as_bytes()].concat())
    };
    (0..MESSAGES).flat_map(message).collect()
}

/// One message with as many fields as there is room for.
fn fields() -> Vec<u8> {
    let fields = [0xa2, 6, 0, 24, 1, 26, 0].repeat(MEGABYTE / 7);
    framed(&[b"\x0a\x0dvision-000001", fields.as_slice()].concat())
}

fn framed(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    [&[0], length.to_be_bytes().as_slice(), message].concat()
}
