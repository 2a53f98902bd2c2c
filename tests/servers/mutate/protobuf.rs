//! A gRPC message: frames, and fields of protobuf that decoders read in more than one way.

use tests::cases::message::Message;
use tests::mutation::Dice;

use super::{Change, Words, any_name, named, replaced};

pub(super) const CHANGES: &[Change] = &[
    other_name,
    other_name,
    field_first,
    field_last,
    field_last,
    odd_field,
    odd_field,
    overlong,
    shuffled,
    compressed,
    length,
    two_messages,
    neutral,
    neutral,
    cut,
];

/// Fields that are well formed: tag and content.
type Field = Vec<u8>;

fn edited(message: &mut Message, change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    let body = message.whole_body();
    let payload = body.get(5..).unwrap_or_default().to_vec();
    message.body = Some(vec![framed(&change(payload), 0)]);
}

fn framed(payload: &[u8], flag: u8) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    [&[flag], length.to_be_bytes().as_slice(), payload].concat()
}

fn text_field(tag: &[u8], text: &str) -> Field {
    [
        tag,
        &[u8::try_from(text.len()).unwrap_or(127)],
        text.as_bytes(),
    ]
    .concat()
}

fn other_name(message: &mut Message, words: &Words, dice: &mut Dice) {
    let new = any_name(words, dice);
    edited(message, |payload| match named(&payload, words) {
        Some(old) => {
            let [old, new] = [old, new].map(|name| text_field(&[], name));
            replaced(&payload, &old, &new)
        }
        None => payload,
    });
}

fn name<'w>(words: &'w Words, dice: &mut Dice) -> &'w str {
    match (dice.below(4), words.mine.first()) {
        (0, Some(mine)) => mine,
        _ => &words.theirs,
    }
}

fn field_first(message: &mut Message, words: &Words, dice: &mut Dice) {
    let field = text_field(&[0x0a], name(words, dice));
    edited(message, |payload| [field, payload].concat());
}

fn field_last(message: &mut Message, words: &Words, dice: &mut Dice) {
    let field = text_field(&[0x0a], name(words, dice));
    edited(message, |payload| [payload, field].concat());
}

/// The name under another tag, in another wire type, or in a group.
fn odd_field(message: &mut Message, words: &Words, dice: &mut Dice) {
    let name = name(words, dice);
    let field = match dice.below(8) {
        0 => text_field(&[0x8a, 0x00], name),
        1 => text_field(&[0x8a, 0x80, 0x00], name),
        2 => text_field(&[0x8a, 0x80, 0x80, 0x80, 0x10], name),
        3 => [[0x0b].as_slice(), &text_field(&[0x0a], name), &[0x0c]].concat(),
        4 => vec![0x08, 0x01],
        5 => [0x0d, 1, 2, 3, 4].to_vec(),
        6 => text_field(&[0x12], name),
        _ => text_field(&[0xfa, 0x07], name),
    };
    let first = dice.below(2) == 0;
    edited(message, |payload| match first {
        true => [field, payload].concat(),
        false => [payload, field].concat(),
    });
}

/// The first tag or length, in more bytes than it needs.
fn overlong(message: &mut Message, _: &Words, dice: &mut Dice) {
    let at = dice.below(2);
    let zeros = *dice.pick(&[0_usize, 1, 3, 8, 9]);
    edited(message, |mut payload| {
        if let Some(byte) = payload.get(at).copied() {
            let long = [vec![byte | 0x80], vec![0x80; zeros], vec![0]].concat();
            payload.splice(at..=at, long);
        }
        payload
    });
}

fn shuffled(message: &mut Message, _: &Words, dice: &mut Dice) {
    edited(message, |payload| match fields(&payload) {
        Some(mut fields) if !fields.is_empty() => {
            let (one, other) = (dice.below(fields.len()), dice.below(fields.len()));
            fields.swap(one, other);
            fields.concat()
        }
        _ => payload,
    });
}

fn compressed(message: &mut Message, _: &Words, dice: &mut Dice) {
    let flag = *dice.pick(&[1, 1, 2, 0x80, 0xff]);
    let payload = message.whole_body().get(5..).unwrap_or_default().to_vec();
    let payload = if dice.below(2) == 0 {
        super::gzip::stored(&payload)
    } else {
        payload
    };
    message.body = Some(vec![framed(&payload, flag)]);
    if dice.below(2) == 0 {
        message
            .headers
            .push((b"grpc-encoding".to_vec(), b"gzip".to_vec()));
    }
}

/// A frame that says less or more than there is.
fn length(message: &mut Message, _: &Words, dice: &mut Dice) {
    let mut body = message.whole_body();
    if let Some(last) = body.get_mut(4) {
        *last = match dice.below(3) {
            0 => last.wrapping_add(1),
            1 => last.wrapping_sub(1),
            _ => 0,
        };
    }
    message.body = Some(vec![body]);
}

fn two_messages(message: &mut Message, words: &Words, dice: &mut Dice) {
    let other = framed(&text_field(&[0x0a], name(words, dice)), 0);
    let body = message.whole_body();
    message.body = Some(match dice.below(3) {
        0 => vec![[other, body].concat()],
        1 => vec![[framed(&[], 0), body].concat()],
        _ => vec![body, other],
    });
}

/// What changes nothing: a field that no server knows, an id.
fn neutral(message: &mut Message, _: &Words, dice: &mut Dice) {
    let field = match dice.below(3) {
        0 => text_field(&[0xa2, 0x06], "unknown"),
        1 => vec![0xf8, 0x06, 0x2a],
        _ => text_field(&[0x1a], "an-id"),
    };
    edited(message, |payload| [payload, field].concat());
}

fn cut(message: &mut Message, _: &Words, dice: &mut Dice) {
    match dice.below(4) {
        0 => message.body = Some(vec![Vec::new()]),
        1 => edited(message, |_| Vec::new()),
        _ => edited(message, |mut payload| {
            payload.truncate(dice.below(payload.len() + 1));
            payload
        }),
    }
}

/// The fields of a message whose numbers are short and whose contents are texts, messages or small numbers.
fn fields(mut rest: &[u8]) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    while let Some(tag) = rest.first() {
        let length = match tag & 7 {
            0 => 2,
            2 => 2 + usize::from(*rest.get(1)?),
            _ => return None,
        };
        fields.push(rest.get(..length)?.to_vec());
        rest = &rest[length..];
    }
    Some(fields)
}
