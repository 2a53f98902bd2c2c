//! The headers of a part (RFC 7578 section 4.2), as all readers read them.

use crate::ScanError;

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
    let (mut disposition, mut kind, mut encoding) = (None, None, None);
    let mut rest = Some(block);
    while let Some(lines) = rest {
        let (line, after) = first_line(lines);
        rest = after;
        let (name, value) = header(line).ok_or(ScanError::Malformed)?;
        let seen = match name.to_ascii_lowercase().as_slice() {
            b"content-disposition" => &mut disposition,
            b"content-type" => &mut kind,
            b"content-transfer-encoding" => &mut encoding,
            // no reader is to undo it
            b"content-encoding" => return Err(ScanError::Malformed),
            _ => continue,
        };
        if seen.replace(value).is_some() {
            return Err(ScanError::Malformed);
        }
    }
    let Disposition { name, file } = disposition
        .and_then(form_data)
        .ok_or(ScanError::Malformed)?;
    let kind = kind.unwrap_or(b"text/plain").to_ascii_lowercase();
    if kind.starts_with(b"multipart/") || !encoding.is_none_or(is_identity) {
        return Err(ScanError::Malformed);
    }
    Ok(Part {
        name,
        plain: !file && kind == b"text/plain",
        charset: kind.windows(7).any(|window| window == b"charset"),
    })
}

/// A line, and those after it, if there is a line end.
fn first_line(lines: &[u8]) -> (&[u8], Option<&[u8]>) {
    let end = lines.windows(2).position(|window| window == b"\r\n");
    match end.and_then(|end| Some((lines.get(..end)?, lines.get(end.checked_add(2)?..)?))) {
        Some((line, after)) => (line, Some(after)),
        None => (lines, None),
    }
}

/// Name and value, where the line has no other characters than printable ones of ASCII, blank and tab. A line that goes on with the
/// one before it (RFC 5322 section 2.2.3) has no name.
fn header(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let printable = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t');
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = line.split_at_checked(colon)?;
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
    text.windows(5)
        .any(|part| part.eq_ignore_ascii_case(b"name="))
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
        .any(|identity| encoding.eq_ignore_ascii_case(identity))
}

/// RFC 9110 section 5.6.2.
pub(super) fn is_token(text: &[u8]) -> bool {
    let is_mark = |byte: &u8| b"!#$%&'*+-.^_`|~".contains(byte);
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || is_mark(byte);
    !text.is_empty() && text.iter().all(fits)
}

#[cfg(test)]
#[path = "headers_tests.rs"]
mod tests;
