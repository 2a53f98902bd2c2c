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
}
