//! Lines of a stream, one at a time, in bounded memory: what is too long is passed over and counted.

use std::io::{self, BufRead};

/// Longest line that is kept; an audit event is far shorter.
pub const LONGEST: usize = 64 * 1024;

/// One line.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// it is in the buffer, without its end
    Whole,
    /// it was longer than [`LONGEST`], and is gone
    TooLong,
}

/// Reads the next line into the buffer; `None` at the end.
///
/// # Errors
/// When the stream cannot be read.
pub fn next(from: &mut dyn BufRead, line: &mut Vec<u8>) -> io::Result<Option<Line>> {
    line.clear();
    let mut length = 0_usize;
    let mut any = false;
    loop {
        let part = from.fill_buf()?;
        if part.is_empty() {
            break;
        }
        any = true;
        let end = part.iter().position(|byte| *byte == b'\n');
        let taken = &part[..end.unwrap_or(part.len())];
        length = length.saturating_add(taken.len());
        if length <= LONGEST {
            line.extend_from_slice(taken);
        }
        let used = end.map_or(part.len(), |end| end + 1);
        from.consume(used);
        if end.is_some() {
            break;
        }
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    let kind = if length > LONGEST {
        Line::TooLong
    } else {
        Line::Whole
    };
    Ok(any.then_some(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8]) -> Vec<(Line, usize)> {
        let mut from = io::BufReader::with_capacity(7, text);
        let (mut line, mut found) = (Vec::new(), Vec::new());
        while let Some(kind) = next(&mut from, &mut line).unwrap() {
            assert!(line.capacity() <= 4 * LONGEST);
            found.push((kind, line.len()));
        }
        found
    }

    #[test]
    fn lines_end_with_the_line_or_with_the_stream() {
        assert_eq!(all(b""), []);
        let whole = |length| (Line::Whole, length);
        assert_eq!(all(b"\nab\r\nc"), [whole(0), whole(2), whole(1)]);
        let longest = [b"x".repeat(LONGEST), b"\n".to_vec()].concat();
        assert_eq!(all(&longest), [whole(LONGEST)]);
    }

    #[test]
    fn what_is_too_long_is_passed_over() {
        let text = [b"x".repeat(3 * LONGEST), b"\nab".to_vec()].concat();
        let found = all(&text);
        assert_eq!(found[0].0, Line::TooLong);
        assert_eq!(found[1], (Line::Whole, 2));
    }
}
