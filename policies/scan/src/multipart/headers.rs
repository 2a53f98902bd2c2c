//! The headers of a part (RFC 7578 section 4.2), as all readers read them.

use crate::{ScanError, runs};

/// Headers that are read; the last is refused.
const KNOWN: [&[u8]; 4] = [
    b"content-disposition",
    b"content-type",
    b"content-transfer-encoding",
    b"content-encoding",
];
const TEXT: &[u8] = b"text/plain";
const SEVERAL: &[u8] = b"multipart/";
/// A bit for each character of ASCII that can stand in a token (RFC 9110 section 5.6.2).
const TOKEN: [u64; 2] = [of_token(0), of_token(64)];

/// What its headers say of a part.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part<'h> {
    pub(super) name: &'h [u8],
    /// a text field: no file, of no type or `text/plain` without parameters
    pub(super) plain: bool,
    /// its type names a character set
    pub(super) charset: bool,
}

/// The value of `content-disposition`.
struct Disposition<'h> {
    name: &'h [u8],
    file: bool,
}

/// Reads the headers; the last has no line end behind it.
#[inline(never)]
pub(super) fn part(block: &[u8]) -> Result<Part<'_>, ScanError> {
    let mut values = [None; 3];
    let mut rest = Some(block);
    while let Some(lines) = rest {
        let line;
        (line, rest) = first_line(lines).ok_or(ScanError::Malformed)?;
        let (name, value) = header(line).ok_or(ScanError::Malformed)?;
        let known = KNOWN.iter().position(|known| is_like(name, known));
        let Some(known) = known else {
            continue;
        };
        // no reader is to undo the last of them
        let seen = values.get_mut(known).ok_or(ScanError::Malformed)?;
        if seen.replace(value).is_some() {
            return Err(ScanError::Malformed);
        }
    }
    let [disposition, kind, encoding] = values;
    let Disposition { name, file } = disposition
        .and_then(form_data)
        .ok_or(ScanError::Malformed)?;
    let kind = kind.unwrap_or(TEXT);
    let several = kind
        .get(..SEVERAL.len())
        .is_some_and(|begins| is_like(begins, SEVERAL));
    if several || !encoding.is_none_or(is_identity) {
        return Err(ScanError::Malformed);
    }
    let plain = is_like(kind, TEXT);
    Ok(Part {
        name,
        plain: !file && plain,
        charset: !plain && kind.windows(7).any(|part| is_like(part, b"charset")),
    })
}

/// In upper or lower case.
#[inline(never)]
fn is_like(text: &[u8], known: &[u8]) -> bool {
    text.eq_ignore_ascii_case(known)
}

/// A line, and those after it, if there is a line end. No line has the half of one in it.
fn first_line(lines: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let (line, after) = lines.split_at_checked(runs::before(lines, b'\r'))?;
    match after {
        [] => Some((line, None)),
        [b'\r', b'\n', after @ ..] => Some((line, Some(after))),
        _ => None,
    }
}

/// Name and value, where the line has no other characters than printable ones of ASCII, blank and tab. A line that goes on with the
/// one before it (RFC 5322 section 2.2.3) has no name.
fn header(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let printable = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t');
    let (name, value) = line.split_at_checked(runs::before(line, b':'))?;
    let value = value.strip_prefix(b":")?;
    (is_token(name) && value.iter().all(printable)).then_some((name, value.trim_ascii()))
}

/// `form-data` with one `name` in front, and at most one `filename` and one `filename*`. Who looks for the text `name=` finds the name,
/// and nothing else: not `filename=`, nor anything inside a text.
fn form_data(value: &[u8]) -> Option<Disposition<'_>> {
    let mut rest = value.strip_prefix(b"form-data")?;
    let (mut name, mut filename, mut extended) = (None, None, None);
    while !rest.is_empty() {
        let parameter = rest.strip_prefix(b";")?.trim_ascii_start();
        let equals = parameter.iter().position(|byte| *byte == b'=')?;
        let (key, value) = parameter.split_at_checked(equals)?;
        let value = value.strip_prefix(b"=")?;
        let (seen, (value, after)) = match key {
            b"name" => (&mut name, quoted(value)?),
            b"filename" if name.is_some() => (&mut filename, quoted(value)?),
            b"filename*" if name.is_some() => (&mut extended, unquoted(value)?),
            _ => return None,
        };
        if seen.replace(value).is_some() {
            return None;
        }
        rest = after;
    }
    let name = name.filter(|name| !name.contains(&b'%'))?;
    let file = filename.is_some() || extended.is_some();
    Some(Disposition { name, file })
}

/// A text between quotes, without escapes and without what looks like a name, and what follows it.
fn quoted(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let value = value.strip_prefix(b"\"")?;
    let end = value.iter().position(|byte| *byte == b'"')?;
    let (text, after) = value.split_at_checked(end)?;
    let after = after.strip_prefix(b"\"")?;
    (!text.contains(&b'\\') && !says_a_name(text)).then_some((text, after))
}

/// Whether readers that do not mind quotes may find a `name=` in it.
fn says_a_name(text: &[u8]) -> bool {
    text.windows(5).any(|part| is_like(part, b"name="))
}

/// A token, and what follows it.
fn unquoted(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = value.iter().position(|byte| *byte == b';');
    let (text, after) = value.split_at_checked(end.unwrap_or(value.len()))?;
    is_token(text).then_some((text, after))
}

fn is_identity(encoding: &[u8]) -> bool {
    [&b"7bit"[..], b"8bit", b"binary"]
        .iter()
        .any(|identity| is_like(encoding, identity))
}

/// RFC 9110 section 5.6.2.
pub(super) fn is_token(text: &[u8]) -> bool {
    let [low, high] = TOKEN;
    let fits = |byte: &u8| {
        let half = if *byte < 64 { low } else { high };
        byte.is_ascii() && half.wrapping_shr((*byte & 63).into()) & 1 != 0
    };
    !text.is_empty() && text.iter().all(fits)
}

const fn of_token(from: u8) -> u64 {
    let (mut bits, mut at) = (0_u64, 0_u8);
    while at < 64 {
        let byte = from.wrapping_add(at);
        let mark = matches!(
            byte,
            b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        );
        if mark || byte.is_ascii_alphanumeric() {
            bits |= 1_u64.wrapping_shl(at as u32);
        }
        at = at.wrapping_add(1);
    }
    bits
}

#[cfg(test)]
#[path = "headers_tests.rs"]
mod tests;
