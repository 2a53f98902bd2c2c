//! Runs of bytes that need no thought, sixteen at a time.

use super::lanes::{Lanes, Marks, WIDTH, padded};

/// How far the inside of a JSON string is plain ASCII: up to its next quote, backslash or control character, or the next byte of
/// another character.
#[must_use]
pub fn plain(bytes: &[u8]) -> usize {
    length(bytes, not_plain)
}

/// How many bytes come before the first `wanted` one; all, where there is none.
#[must_use]
pub fn before(bytes: &[u8], wanted: u8) -> usize {
    length(bytes, |lanes| lanes.is(wanted))
}

/// How many bytes come before the first two `wanted` ones in a row, or before one at the end; all, where there are none.
#[must_use]
pub(super) fn before_two(bytes: &[u8], wanted: u8) -> usize {
    let mut rest = bytes;
    while let (Some(lanes), Some([_, after @ ..])) = (rest.first_chunk(), rest.get(..WIDTH + 1))
        && let Some(next) = after.first_chunk()
    {
        let ones = Lanes::of(lanes).is(wanted);
        let here = if ones.any() {
            first(ones & Lanes::of(next).is(wanted))
        } else {
            before(rest, wanted)
        };
        rest = rest.get(here..).unwrap_or_default();
        if ones.any() && here < WIDTH {
            return bytes.len().wrapping_sub(rest.len());
        }
    }
    let mut passed = bytes.len().wrapping_sub(rest.len());
    while let [byte, after @ ..] = rest
        && (*byte != wanted || after.first().is_some_and(|next| *next != wanted))
    {
        passed = passed.wrapping_add(1);
        rest = after;
    }
    passed
}

/// A string whose inside is plain ASCII and at most sixteen bytes: that, and what follows the closing quote.
#[inline(always)]
pub(super) fn short(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = first(not_plain(Lanes::of(bytes.first_chunk()?)));
    match bytes.split_at_checked(end)? {
        (inside, [b'"', after @ ..]) => Some((inside, after)),
        _ => None,
    }
}

#[inline(always)]
fn not_plain(lanes: Lanes) -> Marks {
    lanes.is_below(b' ') | lanes.is(b'"') | lanes.is(b'\\')
}

/// The first that is marked, or how many there are.
#[inline(always)]
fn first(marks: Marks) -> usize {
    // a place is below 32
    usize::try_from((marks.bits() | 1 << WIDTH).trailing_zeros()).unwrap_or(WIDTH)
}

/// Bytes before the first that stops.
// in the innermost loop: said, because the module is built to be small
#[inline(always)]
fn length(bytes: &[u8], stop: impl Fn(Lanes) -> Marks) -> usize {
    let mut passed = 0_usize;
    let mut rest = bytes;
    while let Some((lanes, after)) = rest.split_first_chunk() {
        let here = first(stop(Lanes::of(lanes)));
        passed = passed.wrapping_add(here);
        if here < WIDTH {
            return passed;
        }
        rest = after;
        // most runs are short, and those that are not are long; written out, because a compiler that is to make little code would
        // keep a loop of four
        while let Some((lanes, after)) = rest.split_first_chunk::<64>()
            && let [a, b, c, d] = lanes.as_chunks().0
        {
            let (a, b) = (stop(Lanes::of(a)), stop(Lanes::of(b)));
            let (c, d) = (stop(Lanes::of(c)), stop(Lanes::of(d)));
            if (a | b | c | d).any() {
                break;
            }
            passed = passed.wrapping_add(64);
            rest = after;
        }
    }
    let here = first(stop(Lanes::of(&padded(rest))));
    passed.wrapping_add(here.min(rest.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_a_look_at_each_byte() {
        for byte in 0..=u8::MAX {
            for at in 0..100 {
                let mut bytes = [b'a'; 100];
                bytes[at] = byte;
                // what follows may not change the answer
                for after in [0, 0x1f, 0x20, b'"', b'#', b'\\', 0x7f, 0x80, 0xff] {
                    bytes.iter_mut().skip(at + 1).for_each(|byte| *byte = after);
                    let stops = |byte: &u8| matches!(byte, 0..0x20 | b'"' | b'\\' | 0x80..);
                    let length = bytes.iter().position(stops).unwrap_or(100);
                    assert_eq!(plain(&bytes), length, "{byte} {after}");
                    let first = bytes.iter().position(|b| *b == byte).unwrap();
                    assert_eq!(before(&bytes, byte), first);
                    let two = (0..bytes.len()).find(|at| {
                        bytes[*at] == byte && bytes.get(at + 1).is_none_or(|next| *next == byte)
                    });
                    assert_eq!(before_two(&bytes, byte), two.unwrap_or(100));
                    let quoted = length <= 16 && bytes[length] == b'"';
                    let expected = quoted.then(|| (&bytes[..length], &bytes[length + 1..]));
                    assert_eq!(short(&bytes), expected);
                }
            }
        }
        assert_eq!(before(b"", b'-'), 0);
        assert_eq!(before(&[b'a'; 45], b'-'), 45);
        assert_eq!(plain(&[b'a'; 45]), 45);
        assert_eq!(before_two(b"a-b-", b'-'), 3);
        assert_eq!(short(b"a\""), None);
    }
}
