//! Method, path, query and host.

use tests::cases::message::Message;
use tests::mutation::Dice;

use super::{Change, Words, any_name, named, replaced};

pub(super) const CHANGES: &[Change] = &[
    other_model,
    other_model,
    escaped,
    escaped,
    capital,
    piece,
    piece,
    ending,
    other_path,
    other_path,
    query,
    query,
    method,
    host,
    without_prefix,
];

fn other_model(message: &mut Message, words: &Words, dice: &mut Dice) {
    let new = any_name(words, dice);
    if let Some(old) = named(&message.path, words) {
        message.path = replaced(&message.path, old.as_bytes(), new.as_bytes());
    }
}

/// A byte of the path is written as an escape, once or twice, in capitals or not, or overlong.
fn escaped(message: &mut Message, _: &Words, dice: &mut Dice) {
    let at = dice.below(message.path.len());
    let Some(byte) = message.path.get(at).copied() else {
        return;
    };
    let text = match dice.below(6) {
        0 => format!("%25{byte:02x}"),
        1 => format!("%{byte:02X}"),
        2 => format!("%u00{byte:02x}"),
        3 => format!("%c0%{:02x}", byte | 0x80),
        _ => format!("%{byte:02x}"),
    };
    message.path.splice(at..=at, text.into_bytes());
}

fn capital(message: &mut Message, _: &Words, dice: &mut Dice) {
    if dice.below(3) == 0 {
        message.path.make_ascii_uppercase();
        return;
    }
    let at = dice.below(message.path.len());
    if let Some(byte) = message.path.get_mut(at) {
        *byte = byte.to_ascii_uppercase();
    }
}

/// Something before, after or instead of a slash.
fn piece(message: &mut Message, words: &Words, dice: &mut Dice) {
    let theirs = words.theirs.as_str();
    let pieces = [
        "//".to_owned(),
        "/./".to_owned(),
        "/../".to_owned(),
        "/;/".to_owned(),
        ";x=1/".to_owned(),
        "/%2e%2e/".to_owned(),
        "%2f".to_owned(),
        "%5c".to_owned(),
        "\\".to_owned(),
        "/%00/".to_owned(),
        "/%20/".to_owned(),
        "/..;/".to_owned(),
        format!("/{theirs}/../"),
        format!("/x/../{theirs}/"),
        format!("/;model={theirs}/"),
        "/v2/../".to_owned(),
        "/%252f".to_owned(),
        "/\u{2215}".to_owned(),
        "/\t".to_owned(),
    ];
    let slashes: Vec<usize> = (0..message.path.len())
        .filter(|at| message.path[*at] == b'/')
        .collect();
    if slashes.is_empty() {
        return;
    }
    let at = *dice.pick(&slashes);
    message.path.splice(at..=at, dice.pick(&pieces).bytes());
}

fn ending(message: &mut Message, words: &Words, dice: &mut Dice) {
    let endings = [
        "/", "//", "%2f", ".", "%20", ";", "?", "#", "%23", "%3f", "%00", "/.", "/..", ".json",
        "%0a", ":predict", "\\",
    ];
    let mut ending = (*dice.pick(&endings)).to_owned();
    if dice.below(4) == 0 {
        ending.push_str(&words.theirs);
    }
    message.path.extend(ending.bytes());
}

fn other_path(message: &mut Message, words: &Words, dice: &mut Dice) {
    if words.paths.is_empty() {
        return;
    }
    let path = dice.pick(&words.paths);
    let new = any_name(words, dice);
    message.path = path.replace("{model}", new).into_bytes();
}

fn query(message: &mut Message, words: &Words, dice: &mut Dice) {
    const NAMES: [&str; 14] = [
        "model",
        "Model",
        "mod%65l",
        "deployment",
        "engine",
        "model_name",
        "models",
        "model%00",
        "model[]",
        "json",
        "route",
        "api-version",
        "user_model",
        "_method",
    ];
    let value = match dice.below(3) {
        0 => words.mine.first().map_or("x", String::as_str),
        _ => words.theirs.as_str(),
    };
    let mark = if message.path.contains(&b'?') {
        '&'
    } else {
        '?'
    };
    message
        .path
        .extend(format!("{mark}{}={value}", dice.pick(&NAMES)).bytes());
}

fn method(message: &mut Message, _: &Words, dice: &mut Dice) {
    const METHODS: [&[u8]; 11] = [
        b"GET",
        b"PUT",
        b"HEAD",
        b"OPTIONS",
        b"PATCH",
        b"DELETE",
        b"post",
        b"Post",
        b"TRACE",
        b"PROPFIND",
        b"POSTX",
    ];
    message.method = dice.pick(&METHODS).to_vec();
}

fn host(message: &mut Message, words: &Words, dice: &mut Dice) {
    let host = message.authority.clone();
    message.authority = match dice.below(7) {
        0 => host.to_ascii_uppercase(),
        1 => [&host, b".".as_slice()].concat(),
        2 => [&host, b":80".as_slice()].concat(),
        3 => [&host, b"@x".as_slice()].concat(),
        4 => [b"x@".as_slice(), &host].concat(),
        5 if !words.hosts.is_empty() => {
            [host, dice.pick(&words.hosts).as_bytes().to_vec()].join(&b',')
        }
        _ => words
            .hosts
            .get(dice.below(words.hosts.len()))
            .map_or(host, |other| other.as_bytes().to_vec()),
    };
}

/// As a sidecar would see it, or with the whole address.
fn without_prefix(message: &mut Message, _: &Words, dice: &mut Dice) {
    if dice.below(2) == 0 && message.http != 2 {
        message.path = [b"http://".as_slice(), &message.authority, &message.path].concat();
    } else if let Some(at) = message.path.iter().skip(1).position(|byte| *byte == b'/') {
        message.path.drain(..=at);
    }
}
