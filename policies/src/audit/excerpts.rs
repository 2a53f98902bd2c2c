//! What an event will show of a request's head.

use std::ops::Range;

use super::MAX_TEXT;

/// Texts of a request, each at most [`MAX_TEXT`] bytes, in one piece of memory.
#[derive(Debug, Default)]
pub(super) struct Excerpts {
    bytes: Vec<u8>,
    places: [Option<Range<usize>>; 7],
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Field {
    Method,
    Host,
    Path,
    RequestId,
    TraceId,
    SpanId,
    Peer,
}

impl Excerpts {
    /// What was kept of the field before is not shown any more.
    pub(super) fn keep(&mut self, field: Field, value: Option<&[u8]>) {
        let place = value.map(|value| {
            let start = self.bytes.len();
            self.bytes
                .extend_from_slice(value.get(..MAX_TEXT).unwrap_or(value));
            start..self.bytes.len()
        });
        if let Some(kept) = self.places.get_mut(field as usize) {
            *kept = place;
        }
    }

    pub(super) fn get(&self, field: Field) -> Option<&[u8]> {
        let place = self.places.get(field as usize)?.clone()?;
        self.bytes.get(place)
    }
}

/// W3C Trace Context section 3.2: `00-TRACEID-SPANID-FLAGS`, lower-case hex.
pub(super) fn trace(value: &[u8]) -> Option<(&str, &str)> {
    let mut parts = std::str::from_utf8(value).ok()?.split('-');
    let (_version, trace, span, _flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let hex = |text: &str, length: usize| {
        text.len() == length
            && text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    (parts.next().is_none() && hex(trace, 32) && hex(span, 16)).then_some((trace, span))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_cut_and_can_be_replaced() {
        let mut texts = Excerpts::default();
        texts.keep(Field::Host, Some(&[b'a'; 300]));
        assert_eq!(texts.get(Field::Host).map(<[u8]>::len), Some(MAX_TEXT));
        texts.keep(Field::Host, Some(b"b"));
        texts.keep(Field::Path, None);
        assert_eq!(texts.get(Field::Host), Some(b"b".as_slice()));
        assert_eq!(texts.get(Field::Path), None);
    }

    #[test]
    fn trace_context_is_read_strictly() {
        let good = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert!(trace(good).is_some());
        assert_eq!(trace(&good.to_ascii_uppercase()), None);
        assert_eq!(trace(b"00-1-2-01"), None);
        assert_eq!(trace(&[good.as_slice(), b"-"].concat()), None);
    }
}
