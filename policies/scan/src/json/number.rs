//! RFC 8259's number grammar.

/// How far a number was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    Minus,
    Zero,
    Whole,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
}

impl Number {
    /// What begins with this byte.
    pub(super) const fn begin(byte: u8) -> Option<Self> {
        match byte {
            b'-' => Some(Self::Minus),
            b'0' => Some(Self::Zero),
            b'1'..=b'9' => Some(Self::Whole),
            _ => None,
        }
    }

    /// Reads on, as far as the grammar goes.
    pub(super) fn advance(self, bytes: &[u8]) -> (Self, &[u8]) {
        let (mut number, mut rest) = (self, bytes);
        while let [byte, after @ ..] = rest
            && let Some(next) = number.next(*byte)
        {
            (number, rest) = (next, after);
        }
        (number, rest)
    }

    /// Whether what was read is a number.
    pub(super) const fn may_end(self) -> bool {
        matches!(
            self,
            Self::Zero | Self::Whole | Self::Fraction | Self::ExponentDigits
        )
    }

    const fn next(self, byte: u8) -> Option<Self> {
        match (self, byte) {
            (Self::Minus, b'0') => Some(Self::Zero),
            (Self::Minus, b'1'..=b'9') | (Self::Whole, b'0'..=b'9') => Some(Self::Whole),
            (Self::Zero | Self::Whole, b'.') => Some(Self::Point),
            (Self::Point | Self::Fraction, b'0'..=b'9') => Some(Self::Fraction),
            (Self::Zero | Self::Whole | Self::Fraction, b'e' | b'E') => Some(Self::Exponent),
            (Self::Exponent, b'+' | b'-') => Some(Self::ExponentSign),
            (Self::Exponent | Self::ExponentSign | Self::ExponentDigits, b'0'..=b'9') => {
                Some(Self::ExponentDigits)
            }
            _ => None,
        }
    }
}

/// What follows the number that begins here, where both lie in this piece of the body, and the number is one.
#[inline(always)]
pub(super) fn after_whole(bytes: &[u8]) -> Option<&[u8]> {
    let rest = match bytes {
        [b'-', after @ ..] => after,
        _ => bytes,
    };
    let mut rest = match rest {
        [b'0', after @ ..] => after,
        [b'1'..=b'9', after @ ..] => after_digits(after),
        _ => return None,
    };
    if let [b'.', after @ ..] = rest {
        let [b'0'..=b'9', after @ ..] = after else {
            return None;
        };
        rest = after_digits(after);
    }
    if let [b'e' | b'E', after @ ..] = rest {
        let ([b'+' | b'-', digits @ ..] | digits) = after;
        let [b'0'..=b'9', after @ ..] = digits else {
            return None;
        };
        rest = after_digits(after);
    }
    (!rest.is_empty()).then_some(rest)
}

#[inline(always)]
const fn after_digits(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while let [b'0'..=b'9', after @ ..] = rest {
        rest = after;
    }
    rest
}
