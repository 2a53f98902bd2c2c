//! Runs of bytes that need no thought, eight at a time in one 64-bit word: quick in WebAssembly without vectors, and a
//! compiler that has vectors makes them of it.

/// The highest bit of each byte.
const HIGH: u64 = all(0x80);

/// Bytes that are looked at together where runs are long.
const BLOCK: usize = 32;

/// The beginning of a JSON string's inside, up to its next quote, backslash or control character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plain {
    pub(crate) length: usize,
    pub(crate) ascii: bool,
}

/// What ends a run.
trait Stop: Copy {
    /// Marks the highest bit of each byte that ends it; of the marks in a word only the lowest must be true.
    fn marks(self, word: u64) -> u64;
}

/// A quote, a backslash or a control character.
#[derive(Clone, Copy)]
struct NotPlain;

/// This byte, in all places of a word.
#[derive(Clone, Copy)]
struct Byte(u64);

/// What is no digit.
#[derive(Clone, Copy)]
struct NoDigit;

// in the innermost loop, and so small that a call costs more: said, because the module is built to be small
impl Stop for NotPlain {
    #[inline(always)]
    fn marks(self, word: u64) -> u64 {
        // with this bit turned, the quote comes right after the control characters, and the blank after it: one comparison
        // finds both
        let turned = word ^ all(b'"' ^ b' ');
        let control_or_quote = turned.wrapping_sub(all(b'!')) & !turned;
        control_or_quote | is_zero(word ^ all(b'\\'))
    }
}

impl Stop for Byte {
    #[inline(always)]
    fn marks(self, word: u64) -> u64 {
        is_zero(word ^ self.0)
    }
}

impl Stop for NoDigit {
    #[inline(always)]
    fn marks(self, word: u64) -> u64 {
        // with these bits turned digits, and no other bytes below 0x80, are below 10
        let turned = word ^ all(b'0');
        turned | (turned & !HIGH).wrapping_add(all(0x80 - 10))
    }
}

/// How far plain text goes.
pub(crate) fn plain(bytes: &[u8]) -> Plain {
    let mut seen = 0;
    let length = length(bytes, &mut seen, NotPlain);
    Plain {
        length,
        ascii: seen & HIGH == 0,
    }
}

/// How many bytes come before the first `wanted` one; all, where there is none.
pub(crate) fn before(bytes: &[u8], wanted: u8) -> usize {
    length(bytes, &mut 0, Byte(all(wanted)))
}

/// How many digits come first.
pub(super) fn digits(bytes: &[u8]) -> usize {
    by_word(bytes, &mut 0, NoDigit)
}

/// Bytes before the first that stops. All bits of those before it are gathered in `seen`.
fn length(bytes: &[u8], seen: &mut u64, stop: impl Stop) -> usize {
    // most runs are short
    let start = bytes.get(..BLOCK).unwrap_or(bytes);
    let mut passed = by_word(start, seen, stop);
    if passed < start.len() {
        return passed;
    }
    let more = bytes.get(passed..).unwrap_or_default();
    // written out word by word: a compiler that is to make little code would keep a loop of four
    for [a, b, c, d] in more.as_chunks::<8>().0.as_chunks::<4>().0 {
        let (a, b) = (u64::from_le_bytes(*a), u64::from_le_bytes(*b));
        let (c, d) = (u64::from_le_bytes(*c), u64::from_le_bytes(*d));
        let marks = stop.marks(a) | stop.marks(b) | stop.marks(c) | stop.marks(d);
        if marks & HIGH != 0 {
            break;
        }
        *seen |= a | b | c | d;
        passed = passed.saturating_add(BLOCK);
    }
    let rest = bytes.get(passed..).unwrap_or_default();
    passed.saturating_add(by_word(rest, seen, stop))
}

fn by_word(bytes: &[u8], seen: &mut u64, stop: impl Stop) -> usize {
    let (words, last) = bytes.as_chunks::<8>();
    let mut passed = 0_usize;
    for word in words {
        let word = u64::from_le_bytes(*word);
        let marks = stop.marks(word) & HIGH;
        if marks != 0 {
            let bits = marks.trailing_zeros() & !7;
            *seen |= word & 1_u64.wrapping_shl(bits).wrapping_sub(1);
            let here = usize::try_from(bits.wrapping_shr(3)).unwrap_or_default();
            return passed.saturating_add(here);
        }
        *seen |= word;
        passed = passed.saturating_add(8);
    }
    for byte in last {
        let word = all(*byte);
        if stop.marks(word) & HIGH != 0 {
            break;
        }
        *seen |= word;
        passed = passed.saturating_add(1);
    }
    passed
}

/// A word of one byte.
const fn all(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// Marks bytes that are 0; above a true mark there may be false ones.
#[inline(always)]
const fn is_zero(word: u64) -> u64 {
    word.wrapping_sub(all(1)) & !word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_a_look_at_each_byte() {
        for byte in 0..=u8::MAX {
            for at in 0..70 {
                let mut bytes = [b'a'; 70];
                bytes[at] = byte;
                // what follows may not change the answer, whatever it borrows
                for after in [
                    0, 0x1f, 0x20, 0x21, b'"', b'#', b'\\', b']', 0x7f, 0x80, 0xff,
                ] {
                    bytes.iter_mut().skip(at + 1).for_each(|byte| *byte = after);
                    let stops = |byte: &u8| matches!(byte, 0..0x20 | b'"' | b'\\');
                    let length = bytes.iter().position(stops).unwrap_or(70);
                    let ascii = bytes[..length].is_ascii();
                    assert_eq!(plain(&bytes), Plain { length, ascii }, "{byte} {after}");
                    let first = bytes.iter().position(|b| *b == byte).unwrap();
                    assert_eq!(before(&bytes, byte), first);
                    bytes.iter_mut().take(at).for_each(|byte| *byte = b'7');
                    let count = bytes.iter().position(|byte| !byte.is_ascii_digit());
                    assert_eq!(digits(&bytes), count.unwrap_or(70), "{byte} {after}");
                    bytes.iter_mut().take(at).for_each(|byte| *byte = b'a');
                }
            }
        }
        assert_eq!(before(b"", b'-'), 0);
        assert_eq!(before(&[b'a'; 45], b'-'), 45);
    }
}
