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

/// How far plain text goes.
pub(crate) fn plain(bytes: &[u8]) -> Plain {
    let mut seen = 0;
    let length = length(bytes, &mut seen, ends_plain);
    Plain {
        length,
        ascii: seen & HIGH == 0,
    }
}

/// How many bytes come before the first `wanted` one; all, where there is none.
pub(crate) fn before(bytes: &[u8], wanted: u8) -> usize {
    let pattern = all(wanted);
    length(bytes, &mut 0, |word| is_zero(word ^ pattern))
}

/// Bytes before the first that `stops`. All bits of those before it are gathered in `seen`.
///
/// `stops` marks the highest bit of each byte that is one; of the marks in a word only the lowest must be true.
fn length(bytes: &[u8], seen: &mut u64, stops: impl Fn(u64) -> u64) -> usize {
    // most runs are short
    let (start, more) = bytes.split_at(bytes.len().min(BLOCK));
    let mut passed = by_word(start, seen, &stops);
    if passed < start.len() {
        return passed;
    }
    let (blocks, _) = more.as_chunks::<BLOCK>();
    for block in blocks {
        let words = block.as_chunks::<8>().0;
        let (mut stop, mut gathered) = (0, 0);
        for word in words {
            let word = u64::from_le_bytes(*word);
            stop |= stops(word);
            gathered |= word;
        }
        if stop & HIGH != 0 {
            break;
        }
        *seen |= gathered;
        passed = passed.saturating_add(BLOCK);
    }
    let rest = bytes.get(passed..).unwrap_or_default();
    passed.saturating_add(by_word(rest, seen, stops))
}

fn by_word(bytes: &[u8], seen: &mut u64, stops: impl Fn(u64) -> u64) -> usize {
    let (words, last) = bytes.as_chunks::<8>();
    let mut passed = 0_usize;
    for word in words {
        let word = u64::from_le_bytes(*word);
        let stop = stops(word) & HIGH;
        if stop != 0 {
            let bits = stop.trailing_zeros() & !7;
            *seen |= word & 1_u64.wrapping_shl(bits).wrapping_sub(1);
            let here = usize::try_from(bits.wrapping_shr(3)).unwrap_or_default();
            return passed.saturating_add(here);
        }
        *seen |= word;
        passed = passed.saturating_add(8);
    }
    for byte in last {
        let word = all(*byte);
        if stops(word) & HIGH != 0 {
            break;
        }
        *seen |= word;
        passed = passed.saturating_add(1);
    }
    passed
}

const fn ends_plain(word: u64) -> u64 {
    let control = word.wrapping_sub(all(b' ')) & !word;
    control | is_zero(word ^ all(b'"')) | is_zero(word ^ all(b'\\'))
}

/// A word of one byte.
const fn all(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// Marks bytes that are 0; above a true mark there may be false ones.
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
                }
            }
        }
        assert_eq!(before(b"", b'-'), 0);
        assert_eq!(before(&[b'a'; 45], b'-'), 45);
    }
}
