//! The version that stands beside a model's name, where somebody asks for it: its name is then known when their message ends.

use super::super::{MAX_VERSION, ScanError};
use super::varint::{Grown, Varint};
use super::{Field, Scanner, State, VARINT};

/// What a field is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Other,
    /// of the path that leads to a name
    Name,
    /// of the message that has the name
    Version,
    /// of the same, where it stands for a version that the server chooses
    Label,
}

impl Scanner {
    /// What a field of the innermost message is.
    pub(super) fn kind_of(&self, number: u32) -> Kind {
        if self.leads_on().is_some_and(|step| step.number() == number) {
            return Kind::Name;
        }
        match self.fields.version {
            Some(fields) if self.open.len() == self.fields.path.len() => match number {
                _ if number == fields.field => Kind::Version,
                _ if Some(number) == fields.label => Kind::Label,
                _ => Kind::Other,
            },
            _ => Kind::Other,
        }
    }

    /// Whether the innermost message has what may be there once. A number and a label are one version.
    pub(super) fn has_already(&self, field: Kind) -> bool {
        match field {
            Kind::Other => false,
            Kind::Name => {
                let repeats = self.leads_on().is_some_and(Field::repeats);
                !repeats && self.open.last().is_some_and(|open| open.found)
            }
            Kind::Version | Kind::Label => self.version.is_some(),
        }
    }

    pub(super) fn begin_version(&mut self, length: u32, field: Kind) -> Result<(), ScanError> {
        let number = self.version_is_number() && field == Kind::Version;
        // an empty message is the number 0, an empty text is no version, and neither is a label
        let empty = if number && length == 0 { "0" } else { "" };
        self.version = Some(empty.into());
        if field == Kind::Label {
            return self.enter(length, State::Skip(length));
        }
        if !usize::try_from(length).is_ok_and(|length| length <= MAX_VERSION) {
            return Err(ScanError::NotAName);
        }
        self.enter(length, State::Version(length))
    }

    pub(super) fn in_version<'b>(
        &mut self,
        left: u32,
        bytes: &'b [u8],
    ) -> Result<&'b [u8], ScanError> {
        let here = u32::try_from(bytes.len()).unwrap_or(u32::MAX).min(left);
        let at = usize::try_from(here).map_err(|_| ScanError::Malformed)?;
        let (part, rest) = bytes.split_at_checked(at).ok_or(ScanError::Malformed)?;
        self.advance(here)?;
        let number = self.version_is_number();
        let version = self.version.get_or_insert_default();
        version.extend_from_slice(part);
        let left = left.saturating_sub(here);
        if left > 0 {
            self.state = State::Version(left);
            return Ok(rest);
        }
        if number {
            *version = decimal(version)?.to_string().into_bytes();
        }
        self.after_field()?;
        Ok(rest)
    }

    fn version_is_number(&self) -> bool {
        self.fields.version.is_some_and(|fields| fields.is_number)
    }

    /// A message ends: if it names a model, its version is known.
    pub(super) fn note_versioned(&mut self, named: bool) -> Result<(), ScanError> {
        let innermost = self.open.len().saturating_add(1) == self.fields.path.len();
        if self.fields.version.is_none() || !innermost {
            return Ok(());
        }
        let version = self.version.take().filter(|version| !version.is_empty());
        if !named {
            return Ok(());
        }
        let version = version.map(String::from_utf8).transpose();
        let version = version.map_err(|_| ScanError::NotAName)?;
        self.models.note(&self.name, version.as_deref())
    }
}

/// `google.protobuf.Int64Value`: one field, not below zero.
fn decimal(message: &[u8]) -> Result<i64, ScanError> {
    const VALUE: u64 = (1 << 3) | VARINT;
    let [tag, digits @ ..] = message else {
        return Err(ScanError::NotAName);
    };
    let mut varint = Varint::default();
    let mut rest = digits.iter();
    while let (true, Some(byte)) = (u64::from(*tag) == VALUE, rest.next()) {
        match varint.grow(*byte)? {
            Grown::More(more) => varint = more,
            Grown::Whole { value, .. } if rest.len() == 0 => {
                return i64::try_from(value).map_err(|_| ScanError::NotAName);
            }
            Grown::Whole { .. } => break,
        }
    }
    Err(ScanError::NotAName)
}

#[cfg(test)]
mod tests {
    use super::super::super::chunkings;
    use super::super::{Calls, Fields, VersionFields};
    use super::ScanError::{Conflict, Missing, NotAName};
    use super::*;

    /// `ModelInferRequest`
    const TEXT: Fields = Fields {
        path: &[Field::One(1)],
        refused: &[],
        version: Some(VersionFields {
            field: 2,
            is_number: false,
            label: None,
        }),
    };
    /// `MultiInferenceRequest`
    const TASKS: Fields = Fields {
        path: &[Field::Each(1), Field::One(1), Field::One(1)],
        refused: &[],
        version: Some(VersionFields {
            field: 2,
            is_number: true,
            label: Some(4),
        }),
    };

    /// As `model@version`, however the call is cut.
    fn read(fields: Fields, messages: &[&[u8]]) -> Result<Vec<String>, ScanError> {
        let framed = |message: &&[u8]| {
            let length = u32::try_from(message.len()).unwrap().to_be_bytes();
            [&[0], length.as_slice(), message].concat()
        };
        let body: Vec<u8> = messages.iter().flat_map(framed).collect();
        let scanner = || Scanner::new(fields, Calls::Stream, 1000);
        let (names, end) = chunkings::every_way(scanner, &body);
        end.map(|()| names)
    }

    #[test]
    fn finds_the_version_on_either_side_of_the_name() {
        for (message, named) in [
            (&b"\x0a\x01a"[..], "a"),
            (b"\x0a\x01a\x12\x013", "a@3"),
            (b"\x12\x013\x0a\x01a", "a@3"),
            (b"\x0a\x01a\x3a\x02\x12\x00\x12\x0203", "a@03"),
            (b"\x0a\x01a\x12\x00", "a"),
            (b"\x0a\x01a\x22\x06\x0a\x01b\x12\x014", "a"),
        ] {
            assert_eq!(read(TEXT, &[message]), Ok(vec![named.to_owned()]));
        }
        let each = read(
            TEXT,
            &[b"\x0a\x01a\x12\x013", b"\x0a\x01a", b"\x12\x013\x0a\x01a"],
        );
        assert_eq!(each.unwrap(), ["a@3", "a", "a@3"]);
        let same = read(TEXT, &[b"\x0a\x01a\x12\x013", b"\x12\x013\x0a\x01a"]);
        assert_eq!(same.unwrap(), ["a@3"]);
        let without = TEXT.without_version();
        let unread = read(without, &[b"\x0a\x01a\x12\x013\x10\x01\x12\x014"]);
        assert_eq!(unread.unwrap(), ["a"]);
    }

    #[test]
    fn two_versions_are_refused_and_what_is_none() {
        let long = [b"\x0a\x01a\x12\x41".as_slice(), &[b'1'; 65]].concat();
        let longest = [b"\x0a\x01a\x12\x40".as_slice(), &[b'1'; 64]].concat();
        assert!(read(TEXT, &[&longest]).is_ok());
        for (message, problem) in [
            (&b"\x0a\x01a\x12\x013\x12\x013"[..], Conflict),
            (b"\x12\x00\x0a\x01a\x12\x013", Conflict),
            (b"\x0a\x01a\x10\x03", NotAName),
            (b"\x0a\x01a\x12\x02\xc3\x28", NotAName),
            (b"\x12\x013", Missing),
            (&long, NotAName),
        ] {
            assert_eq!(read(TEXT, &[message]), Err(problem), "{message:x?}");
        }
    }

    #[test]
    fn a_label_is_no_version_and_stands_beside_none() {
        let task = |spec: &[u8]| {
            let within =
                |bytes: &[u8]| [&[0x0a, u8::try_from(bytes.len()).unwrap()], bytes].concat();
            within(&within(spec))
        };
        let one = |spec: &[u8]| read(TASKS, &[&task(spec)]);
        for (spec, named) in [
            (&b"\x0a\x01a\x12\x02\x08\x03"[..], "a@3"),
            (b"\x12\x03\x08\x83\x00\x0a\x01a", "a@3"),
            (b"\x12\x00\x0a\x01a", "a@0"),
            (b"\x0a\x01a\x22\x06stable", "a"),
            (b"\x0a\x01a\x1a\x06stable", "a"),
        ] {
            assert_eq!(one(spec), Ok(vec![named.to_owned()]));
        }
        for (spec, problem) in [
            (&b"\x0a\x01a\x12\x02\x08\x03\x22\x01b"[..], Conflict),
            (b"\x0a\x01a\x12\x00\x12\x02\x08\x03", Conflict),
            (b"\x0a\x01a\x12\x02\x10\x03", NotAName),
            (b"\x0a\x01a\x12\x04\x08\x03\x08\x04", NotAName),
            (b"\x0a\x01a\x12\x02\x08\x83", NotAName),
            (
                b"\x0a\x01a\x12\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
                NotAName,
            ),
            (b"\x0a\x01a\x10\x03", NotAName),
        ] {
            assert_eq!(one(spec), Err(problem), "{spec:x?}");
        }
        let both = [task(b"\x0a\x01a\x12\x02\x08\x03"), task(b"\x0a\x01a")].concat();
        assert_eq!(read(TASKS, &[&both]).unwrap(), ["a@3", "a"]);
    }
}
