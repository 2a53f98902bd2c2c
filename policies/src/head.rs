//! A request's head as raw bytes, every occurrence of every field, and the strict reading of method, host and path.

use std::borrow::Cow;
use std::ops::Range;

use crate::decision::Reason;

/// Longest path with query in bytes.
pub const MAX_PATH: usize = 8 * 1024;
/// Longest host in bytes (RFC 1035 section 2.3.4).
pub const MAX_HOST: usize = 253;

/// Fields in the order they came; names in lower case, pseudo-fields (`:method`, `:path`, `:authority`) among them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// names and values, as the proxy handed them over
    bytes: Vec<u8>,
    /// where each name and its value lie in `bytes`; all exist
    fields: Vec<Field>,
    /// the marks of all names: most names that are looked for are not there, and one test tells
    marks: u64,
}

/// Where a name and its value lie.
pub type Field = (Range<usize>, Range<usize>);

/// What the proxy knows of the connection that a head came over.
#[derive(Debug, Clone, Copy, Default)]
pub struct Connection<'a> {
    /// URI SAN of the verified peer certificate
    pub peer: Option<&'a [u8]>,
    /// address and port of the client, where it was asked for
    pub address: Option<&'a [u8]>,
}

/// Method, host and path, well-formed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target<'a> {
    /// upper-case letters
    pub method: &'a str,
    /// lower case, without port and trailing dot
    pub host: Cow<'a, str>,
    /// without query
    pub path: &'a str,
    /// without `?`
    pub query: &'a [u8],
}

impl Head {
    /// Takes names in any case.
    #[must_use]
    pub fn new(fields: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>) -> Self {
        let mut head = Self::default();
        for (name, value) in fields {
            let start = head.bytes.len();
            head.bytes.extend_from_slice(&name.to_ascii_lowercase());
            let middle = head.bytes.len();
            head.bytes.extend_from_slice(&value);
            let end = head.bytes.len();
            head.marks |= mark(head.at(&(start..middle)));
            head.fields.push((start..middle, middle..end));
        }
        head
    }

    /// The same without a copy of each field: names in any case, and values, lie somewhere in `bytes`. `None` where one does not.
    #[must_use]
    pub fn within(mut bytes: Vec<u8>, fields: Vec<Field>) -> Option<Self> {
        let mut marks = 0;
        for (name, value) in &fields {
            bytes.get(value.clone())?;
            let name = bytes.get_mut(name.clone())?;
            name.make_ascii_lowercase();
            marks |= mark(name);
        }
        Some(Self {
            bytes,
            fields,
            marks,
        })
    }

    /// Every name.
    pub fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.fields.iter().map(|(name, _)| self.at(name))
    }

    /// Every name with its value.
    pub fn fields(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let fields = self.fields.iter();
        fields.map(|(name, value)| (self.at(name), self.at(value)))
    }

    /// Every value of a field.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        let wanted = name.as_bytes();
        let possible = self.marks & mark(wanted) != 0;
        let fields = if possible {
            self.fields.as_slice()
        } else {
            &[]
        };
        fields
            .iter()
            .filter(move |(name, _)| name.len() == wanted.len() && self.at(name) == wanted)
            .map(|(_, value)| self.at(value))
    }

    fn at(&self, range: &Range<usize>) -> &[u8] {
        self.bytes.get(range.clone()).unwrap_or_default()
    }

    /// The value of a field that decides: at most one occurrence.
    ///
    /// # Errors
    /// [`Reason::HeaderRepeated`].
    pub fn only<'a>(&'a self, name: &'a str) -> Result<Option<&'a [u8]>, Reason> {
        let mut values = self.values(name);
        match (values.next(), values.next()) {
            (value, None) => Ok(value),
            _ => Err(Reason::HeaderRepeated),
        }
    }

    /// Reads method, host and path.
    ///
    /// # Errors
    /// The reason to refuse the request for: servers behind the proxy might read it otherwise than we do.
    #[inline(never)]
    pub fn target(&self) -> Result<Target<'_>, Reason> {
        let method = self
            .only(":method")?
            .and_then(method)
            .ok_or(Reason::MethodMalformed)?;
        let authority = self.only(":authority")?.ok_or(Reason::HostMalformed)?;
        if self.values("host").any(|host| host != authority) {
            return Err(Reason::HostMalformed);
        }
        let host = host(authority).ok_or(Reason::HostMalformed)?;
        let whole = self
            .only(":path")?
            .filter(|path| path.len() <= MAX_PATH)
            .ok_or(Reason::PathMalformed)?;
        let (path, query) = split_query(whole);
        let path = plain_path(path).ok_or(Reason::PathMalformed)?;
        Ok(Target {
            method,
            host,
            path,
            query,
        })
    }
}

/// One bit of 64, by the first two bytes and the last.
const fn mark(name: &[u8]) -> u64 {
    let [first, second, .., last] = name else {
        return 1;
    };
    let mixed = (*first as u32).wrapping_mul(5) ^ (*last as u32).wrapping_mul(11);
    1_u64.wrapping_shl(mixed.wrapping_add(*second as u32))
}

fn method(bytes: &[u8]) -> Option<&str> {
    let fits = (1..=16).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_uppercase);
    std::str::from_utf8(bytes).ok().filter(|_| fits)
}

/// Lower case, without port and one trailing dot; letters, digits, `-`, `_` and `.` only.
fn host(authority: &[u8]) -> Option<Cow<'_, str>> {
    let text = std::str::from_utf8(authority).ok()?;
    let name = match text.split_once(':') {
        Some((name, port))
            if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            name
        }
        Some(_) => return None,
        None => text,
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let good = !name.is_empty() && name.len() <= MAX_HOST && name.bytes().all(fits);
    let upper = name.bytes().any(|byte| byte.is_ascii_uppercase());
    good.then(|| match upper {
        true => Cow::Owned(name.to_ascii_lowercase()),
        false => Cow::Borrowed(name),
    })
}

fn split_query(whole: &[u8]) -> (&[u8], &[u8]) {
    match whole.iter().position(|byte| *byte == b'?') {
        Some(at) => match whole.split_at_checked(at) {
            Some((path, [_, query @ ..])) => (path, query),
            _ => (whole, &[]),
        },
        None => (whole, &[]),
    }
}

/// A path that every server reads alike: no escapes, no parameters, no empty, `.` or `..` segments, printable ASCII.
fn plain_path(path: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(path).ok()?;
    let fits = |byte: u8| {
        byte.is_ascii_graphic() && !matches!(byte, b'%' | b';' | b'\\' | b'#' | b'"' | b'<' | b'>')
    };
    let mut segments = text.strip_prefix('/')?.split('/').peekable();
    let mut good = text.bytes().all(fits);
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        good &= !matches!(segment, "." | "..") && (last || !segment.is_empty());
    }
    good.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(authority: &str, path: &str) -> Head {
        let field = |name: &str, value: &str| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
        Head::new([
            field(":method", "POST"),
            field(":authority", authority),
            field(":path", path),
        ])
    }

    #[test]
    fn reads_what_is_plain() {
        let head = head("Fraud.Example.com.:443", "/v2/models/a:b@1/infer?x=%2F");
        let read = head.target().unwrap();
        assert_eq!(
            (&*read.host, read.path),
            ("fraud.example.com", "/v2/models/a:b@1/infer")
        );
        assert_eq!(read.query, b"x=%2F");
    }

    #[test]
    fn reads_fields_where_they_lie() {
        let bytes = b"Host\0one\0host\0two\0".to_vec();
        let fields = vec![(0..4, 5..8), (9..13, 14..17)];
        let head = Head::within(bytes.clone(), fields).unwrap();
        let values: Vec<&[u8]> = head.values("host").collect();
        assert_eq!(values, [b"one", b"two"]);
        for (name, value) in [(0..4, 5..19), (0..19, 5..8), (20..21, 5..8)] {
            assert_eq!(Head::within(bytes.clone(), vec![(name, value)]), None);
        }
    }

    #[test]
    fn finds_every_name_that_is_there_and_no_other() {
        let names: Vec<String> = (0..3_usize)
            .flat_map(|length| ('a'..='z').map(move |letter| letter.to_string().repeat(length)))
            .chain(["te", "host", "x-a", "x-b", ":path"].map(String::from))
            .collect();
        for name in &names {
            let head = Head::new([(name.clone().into_bytes(), b"value".to_vec())]);
            for other in &names {
                assert_eq!(head.values(other).count(), usize::from(other == name));
            }
        }
    }

    #[test]
    fn reads_short_paths() {
        assert!(head("a", "/").target().is_ok() && head("a", "/x/").target().is_ok());
    }

    #[test]
    fn refuses_hosts_that_could_be_read_twice() {
        for host in [
            "", "a,b", "a:", "a:x", "[::1]", "a b", "a/b", "a@b", ".", "é",
        ] {
            assert_eq!(
                head(host, "/").target(),
                Err(Reason::HostMalformed),
                "{host}"
            );
        }
    }

    #[test]
    fn refuses_paths_that_could_be_read_twice() {
        for path in [
            "", "x", "//", "/a//b", "/a/../b", "/./a", "/a/..", "/a%2Fb", "/%61", "/a;b", "/a\\b",
            "/a#b", "/a b", "/é",
        ] {
            assert_eq!(
                head("a", path).target(),
                Err(Reason::PathMalformed),
                "{path}"
            );
        }
    }
}
