//! The inside of a JSON string: UTF-8 is checked, escapes are undone, and up to `CAP` bytes are kept where somebody wants them.

use super::{ScanError, runs};

/// A string being read; keeps at most `CAP` bytes and remembers when there were more.
#[derive(Debug)]
pub(super) struct Text<const CAP: usize> {
    kept: Vec<u8>,
    wanted: bool,
    overflowed: bool,
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
        value: u16,
        lead: Option<u16>,
    },
    /// a high surrogate was read: `\u` and a low one must follow
    LeadBackslash(u16),
    LeadU(u16),
}

impl<const CAP: usize> Text<CAP> {
    pub(super) fn new() -> Self {
        Self {
            kept: Vec::new(),
            wanted: false,
            overflowed: false,
            state: State::Plain,
        }
    }

    /// The opening quote was read. What is not `wanted` is checked only.
    pub(super) fn begin(&mut self, wanted: bool) {
        self.kept.clear();
        self.wanted = wanted;
        self.overflowed = false;
        self.state = State::Plain;
    }

    /// The whole string, if it was wanted and fitted.
    pub(super) fn whole(&self) -> Option<&[u8]> {
        (self.wanted && !self.overflowed).then_some(self.kept.as_slice())
    }

    pub(super) const fn wanted(&self) -> bool {
        self.wanted
    }

    /// Bytes on the heap.
    pub(super) fn held(&self) -> usize {
        self.kept.capacity()
    }

    /// Reads on; what follows the closing quote, once it was read.
    pub(super) fn feed<'b>(&mut self, bytes: &'b [u8]) -> Result<Option<&'b [u8]>, ScanError> {
        let mut rest = bytes;
        loop {
            if self.state == State::Plain {
                rest = self.pass(rest)?;
                let after = self.pass_units(rest);
                if after.len() < rest.len() {
                    rest = after;
                    continue;
                }
            }
            let Some((byte, after)) = rest.split_first() else {
                return Ok(None);
            };
            if self.state == State::Plain && *byte == b'"' {
                return Ok(Some(after));
            }
            self.state = self.step(*byte).ok_or(ScanError::Malformed)?;
            rest = after;
        }
    }

    /// Passes over plain text; a sequence of UTF-8 that the chunk cuts is left.
    fn pass<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], ScanError> {
        let runs::Plain { length, ascii } = runs::plain(bytes);
        let (run, rest) = bytes.split_at_checked(length).ok_or(ScanError::Malformed)?;
        if ascii {
            self.keep(run);
            return Ok(rest);
        }
        match std::str::from_utf8(run) {
            Ok(_) => {
                self.keep(run);
                Ok(rest)
            }
            Err(cut) if cut.error_len().is_none() && rest.is_empty() => {
                let (run, rest) = run
                    .split_at_checked(cut.valid_up_to())
                    .ok_or(ScanError::Malformed)?;
                self.keep(run);
                Ok(rest)
            }
            Err(_) => Err(ScanError::Malformed),
        }
    }

    /// Passes over characters of one `\u` each, which is how some clients write all but ASCII. Others, and those that the chunk cuts,
    /// are left.
    fn pass_units<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let mut rest = bytes;
        while let [b'\\', b'u', a, b, c, d, after @ ..] = rest {
            let digits = [*a, *b, *c, *d].map(|byte| char::from(byte).to_digit(16));
            let [Some(a), Some(b), Some(c), Some(d)] = digits else {
                break;
            };
            let value = a.wrapping_shl(12) | b.wrapping_shl(8) | c.wrapping_shl(4) | d;
            let Some(character) = char::from_u32(value) else {
                break;
            };
            self.keep(character.encode_utf8(&mut [0; 4]).as_bytes());
            rest = after;
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

    fn keep(&mut self, bytes: &[u8]) {
        if !self.wanted || self.overflowed {
            return;
        }
        if self.kept.len().saturating_add(bytes.len()) > CAP {
            self.overflowed = true;
        } else {
            self.kept.extend_from_slice(bytes);
        }
    }

    fn escape(&mut self, byte: u8) -> Option<State> {
        let plain = match byte {
            b'"' | b'\\' | b'/' => byte,
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                return Some(State::Hex {
                    due: 4,
                    value: 0,
                    lead: None,
                });
            }
            _ => return None,
        };
        self.keep(&[plain]);
        Some(State::Plain)
    }

    fn hex(&mut self, byte: u8, due: u8, value: u16, lead: Option<u16>) -> Option<State> {
        let digit = u16::try_from(char::from(byte).to_digit(16)?).ok()?;
        let value = value.wrapping_shl(4) | digit;
        if due > 1 {
            return Some(State::Hex {
                due: due.saturating_sub(1),
                value,
                lead,
            });
        }
        if lead.is_none() && (0xd800..0xdc00).contains(&value) {
            return Some(State::LeadBackslash(value));
        }
        // a lone surrogate is no character: decoders disagree on it, so it is refused
        let units = lead.into_iter().chain([value]);
        let character = char::decode_utf16(units).next()?.ok()?;
        self.keep(character.encode_utf8(&mut [0; 4]).as_bytes());
        Some(State::Plain)
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
