//! The inside of a JSON string: UTF-8 is checked, escapes are undone, and so many bytes as somebody wants are kept.

use super::{ScanError, runs, strings};

/// To move more than so many bytes at once is cheaper than one by one.
const FEW: usize = 16;
/// What each byte means behind a backslash.
static MEANINGS: [u8; 256] = meanings();
/// Its value as a hex digit.
const DIGIT: u32 = 0x0f;
/// It is no hex digit.
const NO_HEX: u32 = 0x10;
/// It is an escape by itself.
const ESCAPE: u32 = 0x20;

/// A string being read; keeps at most `most` bytes and remembers when there were more.
#[derive(Debug)]
pub(super) struct Text {
    kept: Vec<u8>,
    most: usize,
    wanted: bool,
    overflowed: bool,
    /// an escape was read, or a byte beyond ASCII
    odd: bool,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Plain,
    /// continuation bytes still due, and the range the next one must be in (RFC 3629 section 4)
    Utf8 {
        due: u8,
        low: u8,
        high: u8,
    },
    Backslash,
    Hex {
        due: u8,
        value: u32,
        lead: Option<u32>,
    },
    /// a high surrogate was read: `\u` and a low one must follow
    LeadBackslash(u32),
    LeadU(u32),
}

impl Text {
    pub(super) const fn new(most: usize) -> Self {
        Self {
            kept: Vec::new(),
            most,
            wanted: false,
            overflowed: false,
            odd: false,
            state: State::Plain,
        }
    }

    /// The opening quote was read. What is not `wanted` is checked only.
    pub(super) fn begin(&mut self, wanted: bool) {
        self.kept.clear();
        self.wanted = wanted;
        self.overflowed = false;
        self.odd = false;
        self.state = State::Plain;
    }

    /// The whole string, if it was wanted and fitted.
    pub(super) fn whole(&self) -> Option<&[u8]> {
        (self.wanted && !self.overflowed).then_some(self.kept.as_slice())
    }

    pub(super) const fn wanted(&self) -> bool {
        self.wanted
    }

    /// There was an escape in it, or a character beyond ASCII.
    pub(super) const fn is_odd(&self) -> bool {
        self.odd
    }

    /// Bytes on the heap.
    pub(super) fn held(&self) -> usize {
        self.kept.capacity()
    }

    /// Reads on; what follows the closing quote, once it was read.
    #[inline(never)]
    pub(super) fn feed<'b>(&mut self, bytes: &'b [u8]) -> Result<Option<&'b [u8]>, ScanError> {
        let mut rest = bytes;
        loop {
            if !matches!(self.state, State::Plain) {
                let Some((byte, after)) = rest.split_first() else {
                    return Ok(None);
                };
                self.state = self.step(*byte).ok_or(ScanError::Malformed)?;
                rest = after;
                continue;
            }
            self.odd |= matches!(rest, [b'\\' | 0x80..=0xff, ..]);
            let after = match rest {
                [] => return Ok(None),
                [b'"', after @ ..] => return Ok(Some(after)),
                [b'\\', ..] if self.keeps() => self.keep_escapes(rest),
                [b'\\' | 0x80..=0xff, ..] => self.pass_block(rest),
                _ => self.keep_up_to(runs::plain(rest), rest),
            };
            rest = match (after.len() == rest.len(), rest) {
                // cut or wrong: a look at each byte tells
                (true, [byte, after @ ..]) => {
                    self.state = self.step(*byte).ok_or(ScanError::Malformed)?;
                    after
                }
                _ => after,
            };
        }
    }

    /// What is read next is to be kept.
    #[inline(always)]
    const fn keeps(&self) -> bool {
        self.wanted && !self.overflowed
    }

    /// Passes over what stands in sixty-four bytes; where it is kept, up to the next escape.
    #[inline(always)]
    fn pass_block<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let Some(block) = bytes.first_chunk() else {
            return bytes;
        };
        let passed = strings::pass(block);
        let up_to = if self.keeps() {
            runs::before(block, b'\\')
        } else {
            passed
        };
        self.keep_up_to(passed.min(up_to), bytes)
    }

    /// Undoes escapes; those that the chunk cuts are left.
    #[inline(always)]
    fn keep_escapes<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let mut rest = bytes;
        while let Some((character, after)) = escaped(rest) {
            self.keep_character(character);
            rest = after;
        }
        rest
    }

    #[inline(always)]
    fn keep_up_to<'b>(&mut self, length: usize, bytes: &'b [u8]) -> &'b [u8] {
        let Some((run, rest)) = bytes.split_at_checked(length) else {
            return bytes;
        };
        if self.wanted {
            self.keep(run);
        }
        rest
    }

    fn step(&mut self, byte: u8) -> Option<State> {
        match self.state {
            State::Plain if byte == b'\\' => Some(State::Backslash),
            State::Plain => {
                self.keep(&[byte]);
                utf8_start(byte)
            }
            State::Utf8 { due, low, high } => (low..=high).contains(&byte).then(|| {
                self.keep(&[byte]);
                match due {
                    0 | 1 => State::Plain,
                    _ => State::Utf8 {
                        due: due.saturating_sub(1),
                        low: 0x80,
                        high: 0xbf,
                    },
                }
            }),
            State::Backslash => self.escape(byte),
            State::Hex { due, value, lead } => self.hex(byte, due, value, lead),
            State::LeadBackslash(lead) => (byte == b'\\').then_some(State::LeadU(lead)),
            State::LeadU(lead) => (byte == b'u').then_some(State::Hex {
                due: 4,
                value: 0,
                lead: Some(lead),
            }),
        }
    }

    #[inline(never)]
    fn keep(&mut self, bytes: &[u8]) {
        if !self.wanted || self.overflowed {
            return;
        }
        if self.kept.len().saturating_add(bytes.len()) > self.most {
            self.overflowed = true;
        } else if bytes.len() > FEW {
            self.kept.extend_from_slice(bytes);
        } else {
            for byte in bytes {
                self.kept.push(*byte);
            }
        }
    }

    fn escape(&mut self, byte: u8) -> Option<State> {
        if byte == b'u' {
            return Some(State::Hex {
                due: 4,
                value: 0,
                lead: None,
            });
        }
        if meaning(byte) & ESCAPE == 0 {
            return None;
        }
        self.keep(&[unescaped(byte)]);
        Some(State::Plain)
    }

    fn hex(&mut self, byte: u8, due: u8, value: u32, lead: Option<u32>) -> Option<State> {
        let meaning = meaning(byte);
        if meaning & NO_HEX != 0 {
            return None;
        }
        let value = value.wrapping_shl(4) | (meaning & DIGIT);
        if due > 1 {
            return Some(State::Hex {
                due: due.saturating_sub(1),
                value,
                lead,
            });
        }
        // a lone surrogate is no character: decoders disagree on it, so it is refused
        let character = match lead {
            Some(lead) => of_pair(lead, value)?,
            None if (0xd800..0xdc00).contains(&value) => return Some(State::LeadBackslash(value)),
            None => char::from_u32(value)?,
        };
        self.keep_character(character);
        Some(State::Plain)
    }

    fn keep_character(&mut self, character: char) {
        match u8::try_from(character) {
            Ok(byte @ ..0x80) => self.keep(&[byte]),
            _ => self.keep(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

/// The character of the escape that comes first, and what follows it; a surrogate with the other one of its pair.
#[inline(always)]
fn escaped(bytes: &[u8]) -> Option<(char, &[u8])> {
    match bytes {
        [b'\\', b'u', a, b, c, d, after @ ..] => {
            let unit = unit([*a, *b, *c, *d])?;
            match char::from_u32(unit) {
                Some(character) => Some((character, after)),
                None => pair(unit, after),
            }
        }
        [b'\\', byte, after @ ..] if meaning(*byte) & ESCAPE != 0 => {
            Some((char::from(unescaped(*byte)), after))
        }
        _ => None,
    }
}

#[inline(always)]
fn pair(lead: u32, bytes: &[u8]) -> Option<(char, &[u8])> {
    let [b'\\', b'u', a, b, c, d, after @ ..] = bytes else {
        return None;
    };
    Some((of_pair(lead, unit([*a, *b, *c, *d])?)?, after))
}

/// The character of two surrogates in their order.
#[inline(always)]
const fn of_pair(lead: u32, trail: u32) -> Option<char> {
    let (lead, trail) = (lead ^ 0xd800, trail ^ 0xdc00);
    if lead >= 0x400 || trail >= 0x400 {
        return None;
    }
    char::from_u32((lead.wrapping_shl(10) | trail).wrapping_add(0x1_0000))
}

/// What four hex digits say.
#[inline(always)]
fn unit([a, b, c, d]: [u8; 4]) -> Option<u32> {
    let (a, b, c, d) = (meaning(a), meaning(b), meaning(c), meaning(d));
    let value = |meaning: u32, bits| (meaning & DIGIT).wrapping_shl(bits);
    let unit = value(a, 12) | value(b, 8) | value(c, 4) | value(d, 0);
    ((a | b | c | d) & NO_HEX == 0).then_some(unit)
}

#[inline(always)]
fn meaning(byte: u8) -> u32 {
    MEANINGS
        .get(usize::from(byte))
        .copied()
        .map_or(0, u32::from)
}

const fn meanings() -> [u8; 256] {
    let mut table = [0x10; 256];
    let (mut rest, mut byte) = (table.as_mut_slice(), 0_u8);
    while let [meaning, after @ ..] = rest {
        *meaning = match byte {
            b'0'..=b'9' => byte.wrapping_sub(b'0'),
            b'A'..=b'F' => byte.wrapping_sub(b'A' - 10),
            b'b' | b'f' => byte.wrapping_sub(b'a' - 10) | 0x20,
            b'a'..=b'f' => byte.wrapping_sub(b'a' - 10),
            b'"' | b'\\' | b'/' | b'n' | b'r' | b't' => 0x10 | 0x20,
            _ => 0x10,
        };
        (rest, byte) = (after, byte.wrapping_add(1));
    }
    table
}

/// What an escape stands for.
const fn unescaped(escape: u8) -> u8 {
    match escape {
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        _ => escape,
    }
}

/// What may follow the first byte of a UTF-8 sequence (RFC 3629 section 4). No other byte gets here.
fn utf8_start(byte: u8) -> Option<State> {
    let (due, low, high) = match byte {
        0xc2..=0xdf => (1, 0x80, 0xbf),
        0xe0 => (2, 0xa0, 0xbf),
        0xed => (2, 0x80, 0x9f),
        0xe1..=0xec | 0xee | 0xef => (2, 0x80, 0xbf),
        0xf0 => (3, 0x90, 0xbf),
        0xf1..=0xf3 => (3, 0x80, 0xbf),
        0xf4 => (3, 0x80, 0x8f),
        _ => return None,
    };
    Some(State::Utf8 { due, low, high })
}
