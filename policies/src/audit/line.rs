//! One flat JSON object (RFC 8259) as a line of printable ASCII, written member by member.

use super::MAX_TEXT;
use crate::time::decimal;
use scan::runs;

/// Bytes that most events fit into.
const USUAL: usize = 1024;
const HEX: &[u8; 16] = b"0123456789abcdef";
const NULL: &[u8] = b"null";

/// The name of a member as it stands in the line, so that one copy writes it.
macro_rules! member {
    ($name:literal) => {
        concat!(",\"", $name, "\":")
    };
}
pub(super) use member;

/// An object that is being written; bytes, because a character at a time is what made a line dear.
#[derive(Debug)]
pub(super) struct Object {
    bytes: Vec<u8>,
}

impl Object {
    /// Begun with its first members, which are always the same.
    pub(super) fn begun(start: &str) -> Self {
        let mut bytes = Vec::with_capacity(USUAL);
        bytes.extend_from_slice(start.as_bytes());
        Self { bytes }
    }

    /// A text of ours, in which nothing needs to be escaped.
    pub(super) fn plain(&mut self, member: &str, value: Option<&str>) {
        self.write(member.as_bytes());
        match value {
            Some(value) => self.quoted(value.as_bytes()),
            None => self.write(NULL),
        }
    }

    /// Any text.
    pub(super) fn whole(&mut self, member: &str, value: Option<&str>) {
        self.write(member.as_bytes());
        match value {
            Some(value) => self.escaped(value),
            None => self.write(NULL),
        }
    }

    /// Any bytes, cut; what is no UTF-8 becomes U+FFFD.
    pub(super) fn text(&mut self, member: &str, value: Option<&[u8]>) {
        self.write(member.as_bytes());
        match value.map(|value| value.get(..MAX_TEXT).unwrap_or(value)) {
            Some(cut) if is_plain(cut) => self.quoted(cut),
            Some(cut) => self.spelled(&String::from_utf8_lossy(cut)),
            None => self.write(NULL),
        }
    }

    pub(super) fn number(&mut self, member: &str, value: Option<u64>) {
        self.write(member.as_bytes());
        match value {
            Some(value) => self.digits(value),
            None => self.write(NULL),
        }
    }

    pub(super) fn flag(&mut self, member: &str, value: bool) {
        self.write(member.as_bytes());
        self.write(if value { b"true" } else { b"false" });
    }

    pub(super) fn list(&mut self, member: &str, values: impl Iterator<Item = impl AsRef<str>>) {
        self.write(member.as_bytes());
        self.bytes.push(b'[');
        let mut first = true;
        for value in values {
            if !std::mem::take(&mut first) {
                self.bytes.push(b',');
            }
            self.escaped(value.as_ref());
        }
        self.bytes.push(b']');
    }

    pub(super) fn end(mut self) -> Vec<u8> {
        self.bytes.push(b'}');
        self.bytes
    }

    fn write(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    fn quoted(&mut self, text: &[u8]) {
        self.bytes.push(b'"');
        self.write(text);
        self.bytes.push(b'"');
    }

    fn escaped(&mut self, text: &str) {
        // nearly always so, and one copy is several times cheaper than one a character
        if is_plain(text.as_bytes()) {
            self.quoted(text.as_bytes());
        } else {
            self.spelled(text);
        }
    }

    /// Character by character.
    #[inline(never)]
    fn spelled(&mut self, text: &str) {
        self.bytes.push(b'"');
        for character in text.chars() {
            match character {
                '"' => self.write(b"\\\""),
                '\\' => self.write(b"\\\\"),
                '\u{8}' => self.write(b"\\b"),
                '\u{c}' => self.write(b"\\f"),
                '\n' => self.write(b"\\n"),
                '\r' => self.write(b"\\r"),
                '\t' => self.write(b"\\t"),
                ' '..='~' => self.bytes.extend(u8::try_from(character)),
                _ => {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        self.unit(*unit);
                    }
                }
            }
        }
        self.bytes.push(b'"');
    }

    fn unit(&mut self, unit: u16) {
        self.write(b"\\u");
        for shift in [12_u32, 8, 4, 0] {
            let digit = usize::from(unit.wrapping_shr(shift) & 0xf);
            self.bytes.extend(HEX.get(digit));
        }
    }

    fn digits(&mut self, mut value: u64) {
        /// of `u64::MAX`
        const MOST: usize = 20;
        let mut digits = [b'0'; MOST];
        let mut start = MOST;
        for digit in digits.iter_mut().rev() {
            *digit = decimal(value);
            start = start.saturating_sub(1);
            value /= 10;
            if value == 0 {
                break;
            }
        }
        self.write(digits.get(start..).unwrap_or_default());
    }
}

/// Printable ASCII without what JSON escapes.
fn is_plain(text: &[u8]) -> bool {
    runs::plain(text) == text.len() && runs::before(text, 0x7f) == text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn what_is_written_reads_back_and_is_ascii() {
        let all: String = ('\0'..='\u{2100}')
            .chain(['\u{ffff}', '\u{1f600}'])
            .collect();
        let mut line = Object::begun("{\"first\":1");
        line.whole(member!("all"), Some(&all));
        line.list(member!("list"), ["a\"b", "", "\u{7f}"].into_iter());
        line.text(member!("broken"), Some(b"a\xffb"));
        line.text(member!("deleted"), Some(b"a long enough text\x7f"));
        line.number(member!("number"), Some(u64::MAX));
        line.number(member!("zero"), Some(0));
        line.flag(member!("flag"), true);
        line.plain(member!("none"), None);
        let line = String::from_utf8(line.end()).unwrap();
        assert!(line.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["all"], Value::from(all));
        assert_eq!(value["list"], serde_json::json!(["a\"b", "", "\u{7f}"]));
        assert_eq!(value["broken"], "a\u{fffd}b");
        assert_eq!(value["deleted"], "a long enough text\u{7f}");
        assert_eq!(value["number"], u64::MAX);
        assert_eq!(
            (&value["zero"], &value["flag"]),
            (&Value::from(0), &Value::from(true))
        );
        assert!(value["none"].is_null());
    }
}
