//! One flat JSON object (RFC 8259) as a line of printable ASCII, written member by member.

use super::MAX_TEXT;

/// Bytes that most events fit into.
const USUAL: usize = 1024;
const HEX: [char; 16] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
];

/// An object that is being written.
#[derive(Debug)]
pub(super) struct Object {
    text: String,
}

impl Object {
    pub(super) fn new() -> Self {
        let mut text = String::with_capacity(USUAL);
        text.push('{');
        Self { text }
    }

    /// A text of ours, in which nothing needs to be escaped.
    pub(super) fn plain(&mut self, name: &str, value: Option<&str>) {
        self.name(name);
        match value {
            Some(value) => self.quoted(value),
            None => self.text.push_str("null"),
        }
    }

    /// Any text.
    pub(super) fn whole(&mut self, name: &str, value: Option<&str>) {
        self.name(name);
        match value {
            Some(value) => self.escaped(value),
            None => self.text.push_str("null"),
        }
    }

    /// Any bytes, cut; what is no UTF-8 becomes U+FFFD.
    pub(super) fn text(&mut self, name: &str, value: Option<&[u8]>) {
        self.name(name);
        match value {
            Some(value) => {
                let cut = value.get(..MAX_TEXT).unwrap_or(value);
                match std::str::from_utf8(cut) {
                    Ok(text) => self.escaped(text),
                    Err(_) => self.escaped(&String::from_utf8_lossy(cut)),
                }
            }
            None => self.text.push_str("null"),
        }
    }

    pub(super) fn number(&mut self, name: &str, value: Option<u64>) {
        self.name(name);
        match value {
            Some(value) => self.digits(value),
            None => self.text.push_str("null"),
        }
    }

    pub(super) fn flag(&mut self, name: &str, value: bool) {
        self.name(name);
        self.text.push_str(if value { "true" } else { "false" });
    }

    pub(super) fn list<'a>(&mut self, name: &str, values: impl Iterator<Item = &'a str>) {
        self.name(name);
        self.text.push('[');
        let mut first = true;
        for value in values {
            if !std::mem::take(&mut first) {
                self.text.push(',');
            }
            self.escaped(value);
        }
        self.text.push(']');
    }

    pub(super) fn end(mut self) -> String {
        self.text.push('}');
        self.text
    }

    fn name(&mut self, name: &str) {
        if self.text.len() > 1 {
            self.text.push(',');
        }
        self.quoted(name);
        self.text.push(':');
    }

    fn quoted(&mut self, text: &str) {
        self.text.push('"');
        self.text.push_str(text);
        self.text.push('"');
    }

    fn escaped(&mut self, text: &str) {
        let plain = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
        // nearly always so, and one copy is several times cheaper than one a character
        if text.bytes().all(plain) {
            return self.quoted(text);
        }
        self.text.push('"');
        for character in text.chars() {
            match character {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\u{8}' => self.text.push_str("\\b"),
                '\u{c}' => self.text.push_str("\\f"),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\t' => self.text.push_str("\\t"),
                ' '..='~' => self.text.push(character),
                _ => {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        self.unit(*unit);
                    }
                }
            }
        }
        self.text.push('"');
    }

    fn unit(&mut self, unit: u16) {
        self.text.push_str("\\u");
        for shift in [12_u32, 8, 4, 0] {
            let digit = usize::from(unit.wrapping_shr(shift) & 0xf);
            self.text.extend(HEX.get(digit));
        }
    }

    fn digits(&mut self, mut value: u64) {
        /// of `u64::MAX`
        const MOST: usize = 20;
        let mut digits = ['0'; MOST];
        let mut used: usize = 0;
        for digit in digits.iter_mut().rev() {
            let low = usize::try_from(value % 10).unwrap_or_default();
            *digit = HEX.get(low).copied().unwrap_or('0');
            used = used.saturating_add(1);
            value /= 10;
            if value == 0 {
                break;
            }
        }
        let start = MOST.saturating_sub(used);
        self.text.extend(digits.get(start..).unwrap_or_default());
    }
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
        let mut line = Object::new();
        line.whole("all", Some(&all));
        line.list("list", ["a\"b", "", "\u{7f}"].into_iter());
        line.text("broken", Some(b"a\xffb"));
        line.number("number", Some(u64::MAX));
        line.number("zero", Some(0));
        line.flag("flag", true);
        line.plain("none", None);
        let line = line.end();
        assert!(line.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["all"], Value::from(all));
        assert_eq!(value["list"], serde_json::json!(["a\"b", "", "\u{7f}"]));
        assert_eq!(value["broken"], "a\u{fffd}b");
        assert_eq!(value["number"], u64::MAX);
        assert_eq!(
            (&value["zero"], &value["flag"]),
            (&Value::from(0), &Value::from(true))
        );
        assert!(value["none"].is_null());
    }
}
