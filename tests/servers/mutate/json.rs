//! JSON: what one decoder takes and the next refuses, or takes for something else.

use tests::cases::message::Message;
use tests::mutation::Dice;

use super::{Change, Words, any_name, named, replaced};

pub(super) const CHANGES: &[Change] = &[
    other_name,
    other_name,
    member_first,
    member_last,
    member_last,
    escaped_key,
    escaped_name,
    odd_text,
    recoded,
    wrapped,
    value,
    padded,
    padded,
    form,
    cut,
];

const KEYS: [&str; 30] = [
    "model",
    "model",
    "model",
    "Model",
    "MODEL",
    "mod\\u0065l",
    "\\u006dodel",
    "model ",
    "model\\u0000",
    "models",
    "model_name",
    "modelName",
    "engine",
    "deployment",
    "deployment_id",
    "fallbacks",
    "adapter",
    "lora",
    "user_config",
    "model_id",
    "prompt_id",
    "previous_response_id",
    "extra_body",
    "router_settings_override",
    "specific_deployment",
    "custom_llm_provider",
    "litellm_credential_name",
    "headers",
    "lora_path",
    "id",
];

fn edited(message: &mut Message, change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    if message.body.is_some() {
        message.body = Some(vec![change(message.whole_body())]);
    }
}

fn other_name(message: &mut Message, words: &Words, dice: &mut Dice) {
    let new = any_name(words, dice);
    edited(message, |body| match named(&body, words) {
        Some(old) => replaced(&body, old.as_bytes(), new.as_bytes()),
        None => body,
    });
}

fn member_first(message: &mut Message, words: &Words, dice: &mut Dice) {
    let member = member(words, dice);
    edited(message, |body| {
        replaced(&body, b"{", format!("{{{member},").as_bytes())
    });
}

fn member_last(message: &mut Message, words: &Words, dice: &mut Dice) {
    let member = member(words, dice);
    edited(message, |body| {
        match body.iter().rposition(|byte| *byte == b'}') {
            Some(end) => [&body[..end], b",", member.as_bytes(), &body[end..]].concat(),
            None => body,
        }
    });
}

/// A second name, in one of the places where some server looks for it.
fn member(words: &Words, dice: &mut Dice) -> String {
    let (theirs, key) = (&words.theirs, dice.pick(&KEYS));
    let mine = words.mine.first().map_or("x", String::as_str);
    match dice.below(8) {
        0 => format!(r#""{key}":["{theirs}"]"#),
        1 => format!(r#""{key}":{{"model":"{theirs}"}}"#),
        2 => format!(r#""{key}":"{mine}""#),
        3 => format!(r#""{key}":null"#),
        4 => format!(r#""metadata":{{"{key}":"{theirs}"}}"#),
        _ => format!(r#""{key}":"{theirs}""#),
    }
}

fn escaped_key(message: &mut Message, _: &Words, dice: &mut Dice) {
    const SPELLINGS: [&[u8]; 6] = [
        br#""mod\u0065l""#,
        br#""\u006d\u006f\u0064\u0065\u006c""#,
        br#""MODEL""#,
        b"'model'",
        b"model",
        br#""m\u00f6del""#,
    ];
    let spelling: &[u8] = SPELLINGS[dice.below(SPELLINGS.len())];
    edited(message, |body| replaced(&body, br#""model""#, spelling));
}

fn escaped_name(message: &mut Message, words: &Words, dice: &mut Dice) {
    edited(message, |body| {
        let Some(name) = named(&body, words) else {
            return body;
        };
        let first = name.as_bytes().first().copied().unwrap_or(b'x');
        let new = match dice.below(5) {
            0 => format!("\\u00{first:02x}{}", name.get(1..).unwrap_or_default()),
            1 => format!("{name}\\u0000"),
            2 => format!(" {name}"),
            3 => name.to_ascii_uppercase(),
            _ => format!("\\ud800{name}"),
        };
        replaced(&body, name.as_bytes(), new.as_bytes())
    });
}

/// What a strict decoder refuses.
fn odd_text(message: &mut Message, words: &Words, dice: &mut Dice) {
    let object = format!(r#"{{"model":"{}"}}"#, words.theirs);
    let pieces: [&[u8]; 12] = [
        b"\xef\xbb\xbf",
        b"\0",
        b"/**/",
        b"//x\n",
        b"\x0c",
        b"\xc2\xa0",
        b",",
        b"NaN",
        b"\xff",
        b"}",
        b"\x1e",
        object.as_bytes(),
    ];
    let piece = dice.pick(&pieces);
    edited(message, |body| match dice.below(3) {
        0 => [piece, body.as_slice()].concat(),
        1 => [body.as_slice(), piece].concat(),
        _ => replaced(&body, b",", &[b",", *piece].concat()),
    });
}

fn recoded(message: &mut Message, _: &Words, dice: &mut Dice) {
    let kind = dice.below(6);
    edited(message, |body| {
        let text = String::from_utf8_lossy(&body).into_owned();
        let units = || text.encode_utf16();
        match kind {
            0 => units().flat_map(u16::to_le_bytes).collect(),
            1 => units().flat_map(u16::to_be_bytes).collect(),
            2 => [0xff, 0xfe]
                .into_iter()
                .chain(units().flat_map(u16::to_le_bytes))
                .collect(),
            3 => text
                .chars()
                .flat_map(|one| u32::from(one).to_le_bytes())
                .collect(),
            4 => [0xfe, 0xff]
                .into_iter()
                .chain(units().flat_map(u16::to_be_bytes))
                .collect(),
            _ => text
                .chars()
                .flat_map(|one| u32::from(one).to_be_bytes())
                .collect(),
        }
    });
}

fn wrapped(message: &mut Message, _: &Words, dice: &mut Dice) {
    let depth = *dice.pick(&[1_usize, 1, 2, 40, 200]);
    edited(message, |body| match dice.below(3) {
        0 => [b"[".repeat(depth), body, b"]".repeat(depth)].concat(),
        1 => [br#"{"body":"#.repeat(depth), body, b"}".repeat(depth)].concat(),
        _ => replaced(
            &body,
            b"{",
            &[
                br#"{"x":"#.as_slice(),
                &b"[".repeat(depth),
                &b"]".repeat(depth),
                b",",
            ]
            .concat(),
        ),
    });
}

fn value(message: &mut Message, words: &Words, dice: &mut Dice) {
    const VALUES: [&[u8]; 10] = [
        b"null",
        b"NaN",
        b"-Infinity",
        b"1e999",
        b"[]",
        b"{}",
        b"0",
        br#""""#,
        b"true",
        b"[[1,2]]",
    ];
    edited(message, |body| match named(&body, words) {
        Some(name) => replaced(
            &body,
            format!("\"{name}\"").as_bytes(),
            VALUES[dice.below(VALUES.len())],
        ),
        None => replaced(
            &body,
            b"[",
            &[b"[".as_slice(), *dice.pick(&VALUES), b","].concat(),
        ),
    });
}

/// What changes nothing: blanks, and a member that no server knows.
fn padded(message: &mut Message, _: &Words, dice: &mut Dice) {
    let pieces: [&[u8]; 4] = [
        b"{ ",
        b"{\r\n\t",
        br#"{"user":"x","#,
        br#"{"a\"b":[{"c":"}"}],"#,
    ];
    let piece = *dice.pick(&pieces);
    edited(message, |body| replaced(&body, b"{", piece));
}

/// The body as a form has it.
fn form(message: &mut Message, _: &Words, dice: &mut Dice) {
    let multipart = dice.below(3) == 0;
    edited(message, |body| match multipart {
        true => [
            b"--x\r\nContent-Disposition: form-data; name=\"json\"\r\n\r\n".as_slice(),
            &body,
            b"\r\n--x--\r\n",
        ]
        .concat(),
        false => {
            let escaped: String = body.iter().map(|byte| format!("%{byte:02x}")).collect();
            format!("json={escaped}").into_bytes()
        }
    });
    let kind: &[u8] = match multipart {
        true => b"multipart/form-data; boundary=x",
        false => b"application/x-www-form-urlencoded",
    };
    message
        .headers
        .retain(|(name, _)| !name.eq_ignore_ascii_case(b"content-type"));
    message
        .headers
        .push((b"content-type".to_vec(), kind.to_vec()));
}

fn cut(message: &mut Message, _: &Words, dice: &mut Dice) {
    match dice.below(4) {
        0 => message.body = None,
        _ => edited(message, |mut body| {
            body.truncate(dice.below(body.len() + 1));
            body
        }),
    }
}
