//! Other readers of bodies, as servers have them: what ours accepts they must read too, and find the same names.

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use policies::scan::json::{Documents, Names};
use policies::scan::multipart::Form;
use policies::scan::protobuf::{Field, Fields, VersionFields};
use serde_json::Value;

/// The names in a JSON body by `serde_json`; `None` where it is not JSON.
pub fn json(names: Names, body: &[u8]) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let documents: Vec<&[u8]> = match names.documents {
        Documents::One => vec![body],
        Documents::Lines => body
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.trim_ascii().is_empty())
            .collect(),
    };
    for document in documents {
        let mut source = serde_json::Deserializer::from_slice(document);
        let path = names.path;
        Walk {
            path,
            found: &mut found,
        }
        .deserialize(&mut source)
        .ok()?;
        source.end().ok()?;
    }
    found.dedup();
    Some(found)
}

struct Walk<'a> {
    path: &'a [&'a str],
    found: &'a mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.path)
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<(), E> {
        if !self.path.is_empty() {
            return Err(E::custom("a text on the way"));
        }
        self.found.push(name.to_owned());
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match self.path.split_first() {
                Some((step, path)) if *step == key => {
                    let found = &mut *self.found;
                    map.next_value_seed(Walk { path, found })?;
                }
                Some((&"model", _)) if key == "tools" => {
                    let tools: Value = map.next_value()?;
                    let tools = tools.as_array().into_iter().flatten();
                    let names = tools.filter_map(|tool| tool["model"].as_str());
                    self.found.extend(names.map(str::to_owned));
                }
                Some((&"model", _)) if key == "metadata" => {
                    let metadata: Value = map.next_value()?;
                    let name = metadata["model_group"].as_str();
                    self.found.extend(name.map(str::to_owned));
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let path = self.path.strip_prefix(&["[]"]).unwrap_or_default();
        let found = self.found;
        while items
            .next_element_seed(Walk {
                path,
                found: &mut *found,
            })?
            .is_some()
        {}
        Ok(())
    }
}

/// The names in gRPC messages, each where it stands; `None` where they are not whole.
pub fn protobuf(all: Fields, body: &[u8]) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut rest = body;
    while let Some((prefix, after)) = rest.split_first_chunk::<5>() {
        let length = u32::from_be_bytes([prefix[1], prefix[2], prefix[3], prefix[4]]);
        let (message, after) = after.split_at_checked(usize::try_from(length).ok()?)?;
        (prefix[0] == 0).then(|| fields(all, all.path, message, &mut found))??;
        rest = after;
    }
    found.dedup();
    rest.is_empty().then_some(found)
}

fn fields(all: Fields, path: &[Field], mut message: &[u8], found: &mut Vec<String>) -> Option<()> {
    let (Field::One(wanted) | Field::Each(wanted)) = *path.first()?;
    let (mut name, mut version) = (None, String::new());
    while !message.is_empty() {
        let tag = varint(&mut message)?;
        let value = match tag & 7 {
            0 => varint(&mut message).map(|_| &[][..]),
            1 => take(&mut message, 8),
            2 => varint(&mut message).and_then(|length| take(&mut message, length)),
            5 => take(&mut message, 4),
            _ => None,
        }?;
        if tag == u64::from(wanted) << 3 | 2 {
            match &path[1..] {
                [] => name = Some(String::from_utf8(value.to_vec()).ok()?),
                deeper => fields(all, deeper, value, found)?,
            }
        } else if let Some(known) = all.version.filter(|_| path.len() == 1) {
            version = version_in(known, tag, value)?.unwrap_or(version);
        }
    }
    let versioned = |name: String| match version.as_str() {
        "" => name,
        version => named(name, version),
    };
    found.extend(name.map(versioned));
    Some(())
}

fn version_in(known: VersionFields, tag: u64, mut value: &[u8]) -> Option<Option<String>> {
    let is = |number: u32| tag == u64::from(number) << 3 | 2;
    match (is(known.field), known.is_number) {
        (false, _) => Some(None),
        (true, false) => Some(Some(String::from_utf8(value.to_vec()).ok()?)),
        (true, true) if value.is_empty() => Some(Some("0".to_owned())),
        (true, true) => {
            take(&mut value, 1).filter(|tag| *tag == [8])?;
            let number = varint(&mut value)?;
            value.is_empty().then_some(Some(number.to_string()))
        }
    }
}

/// A model and its version as one text.
pub fn named(model: String, version: &str) -> String {
    format!("{model}\0{version}")
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(bytes, 1)?[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn take<'b>(bytes: &mut &'b [u8], count: u64) -> Option<&'b [u8]> {
    let (taken, rest) = bytes.split_at_checked(usize::try_from(count).ok()?)?;
    *bytes = rest;
    Some(taken)
}

/// The names in a form, cut at its boundaries without a thought; `None` where it is not one.
pub fn multipart(form: Form, boundary: &[u8], body: &[u8]) -> Option<Vec<String>> {
    let mark = [b"\r\n--", boundary].concat();
    let body = [b"\r\n", body].concat();
    let mut parts = split(&body, &mark).into_iter();
    parts.next().filter(|before| before.is_empty())?;
    let mut found = Vec::new();
    for part in parts {
        let Some(part) = part.strip_prefix(b"\r\n") else {
            return matches!(part, b"--" | b"--\r\n").then_some(found);
        };
        let at = part.windows(4).position(|four| four == b"\r\n\r\n")?;
        let (head, content) = (part[..at].to_ascii_lowercase(), &part[at + 4..]);
        let mut lines = head.split(|byte| *byte == b'\n');
        let head = lines.find(|line| line.starts_with(b"content-disposition:"))?;
        let named = |name: &str| {
            let mut forms = [" ", ";"].into_iter().flat_map(|before| {
                [
                    format!("{before}name=\"{name}\""),
                    format!("{before}name={name}"),
                ]
            });
            forms.any(|form| head.windows(form.len()).any(|part| part == form.as_bytes()))
        };
        if named(form.field) {
            found.push(String::from_utf8(content.to_vec()).ok()?);
        }
        if let Some((_, names)) = form.json.filter(|(name, _)| named(name)) {
            found.extend(json(names, content)?);
        }
        found.dedup();
    }
    None
}

fn split<'b>(bytes: &'b [u8], mark: &[u8]) -> Vec<&'b [u8]> {
    let mut parts = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(mark.len()).position(|part| part == mark) {
        parts.push(&rest[..at]);
        rest = &rest[at + mark.len()..];
    }
    parts.push(rest);
    parts
}
