//! A word of 128 bits, where there are no vectors that are safe to use. No lane borrows of its neighbour.

use std::ops::{BitAnd, BitOr};

use super::WIDTH;

/// The highest bit of each byte.
const HIGH: u128 = all(0x80);

#[derive(Clone, Copy)]
pub(crate) struct Lanes(u128);

/// The highest bit of each byte that is marked; the others say nothing.
#[derive(Clone, Copy)]
pub(crate) struct Marks(u128);

/// The bits of both, each with its last bit first.
#[inline(always)]
pub(crate) fn backwards(bits: [u64; 2]) -> [u64; 2] {
    bits.map(u64::reverse_bits)
}

impl Lanes {
    #[inline(always)]
    pub(crate) const fn of(bytes: &[u8; WIDTH]) -> Self {
        Self(u128::from_le_bytes(*bytes))
    }

    /// Those that are this byte.
    #[inline(always)]
    pub(crate) const fn is(self, byte: u8) -> Marks {
        let other = self.0 ^ all(byte);
        Marks(!(other | (other & !HIGH).wrapping_add(!HIGH)))
    }

    /// Those that are below `byte`, which is ASCII, or are not ASCII.
    #[inline(always)]
    pub(crate) const fn is_below(self, byte: u8) -> Marks {
        let reaches = (self.0 & !HIGH).wrapping_add(all(0x80_u8.wrapping_sub(byte)));
        Marks(self.0 | !reaches)
    }

    #[inline(always)]
    pub(crate) const fn is_digit(self) -> Marks {
        // with these bits turned digits, and no other bytes below 0x80, are below 10
        let turned = self.0 ^ all(b'0');
        Marks(!(turned | (turned & !HIGH).wrapping_add(all(0x80 - 10))))
    }

    /// One bit a lane for each bit of a byte, highest first.
    #[inline(always)]
    pub(crate) fn planes(self) -> [u32; 8] {
        [0, 1, 2, 3, 4, 5, 6, 7].map(|shift| Marks(self.0.wrapping_shl(shift)).bits())
    }
}

impl Marks {
    #[inline(always)]
    pub(crate) const fn any(self) -> bool {
        self.0 & HIGH != 0
    }

    /// One bit a lane, the lowest for the first.
    #[inline(always)]
    pub(crate) fn bits(self) -> u32 {
        let ones = self.0.wrapping_shr(7) & all(1);
        // the product moves the mark of each byte to its place in the highest byte
        let gathered = super::halves(&ones.to_le_bytes())
            .map(|half| half.wrapping_mul(0x0102_0408_1020_4080).to_le_bytes());
        let [[.., low], [.., high]] = gathered;
        u16::from_le_bytes([low, high]).into()
    }
}

impl BitOr for Marks {
    type Output = Self;

    #[inline(always)]
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for Marks {
    type Output = Self;

    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

/// A word of one byte.
const fn all(byte: u8) -> u128 {
    u128::from_le_bytes([byte; WIDTH])
}
