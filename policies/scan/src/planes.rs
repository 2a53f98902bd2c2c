//! Sixty-four bytes turned about: a word for each bit of a byte, and in each word one bit a byte. What is asked is asked of all bytes
//! at once, by operations on words: no branch that the bytes could make the processor guess.

use super::lanes::Lanes;

/// How many bytes.
pub(super) const BLOCK: usize = 64;

/// One bit a byte, the lowest for the first: the highest bit of the bytes comes first.
#[derive(Clone, Copy)]
pub(super) struct Planes([u64; 8]);

impl Planes {
    #[inline(always)]
    pub(super) fn of(block: &[u8; BLOCK]) -> Self {
        let [a, b, c, d] = block.as_chunks().0 else {
            return Self([0; 8]);
        };
        let (a, b) = (Lanes::of(a).planes(), Lanes::of(b).planes());
        let (c, d) = (Lanes::of(c).planes(), Lanes::of(d).planes());
        let mut planes = [0; 8];
        let quarters = a.into_iter().zip(b).zip(c.into_iter().zip(d));
        for (plane, ((a, b), (c, d))) in planes.iter_mut().zip(quarters) {
            let (low, high) = (a | b.wrapping_shl(16), c | d.wrapping_shl(16));
            *plane = u64::from(low) | u64::from(high).wrapping_shl(32);
        }
        Self(planes)
    }

    /// Bytes that are this one.
    #[inline(always)]
    pub(super) const fn is(self, byte: u8) -> u64 {
        self.row(byte.wrapping_shr(4)) & self.column(byte & 0x0f)
    }

    /// Bytes with these four highest bits.
    #[inline(always)]
    pub(super) const fn row(self, high: u8) -> u64 {
        let [a, b, c, d, ..] = self.0;
        like(a, high & 8) & like(b, high & 4) & like(c, high & 2) & like(d, high & 1)
    }

    /// Bytes with these four lowest bits.
    #[inline(always)]
    pub(super) const fn column(self, low: u8) -> u64 {
        let [.., a, b, c, d] = self.0;
        like(a, low & 8) & like(b, low & 4) & like(c, low & 2) & like(d, low & 1)
    }

    /// Bytes that have this bit, of one.
    #[inline(always)]
    pub(super) const fn bit(self, bit: u8) -> u64 {
        let [a, b, c, d, e, f, g, h] = self.0;
        match bit {
            0x80 => a,
            0x40 => b,
            0x20 => c,
            0x10 => d,
            8 => e,
            4 => f,
            2 => g,
            _ => h,
        }
    }

    /// Control characters.
    #[inline(always)]
    pub(super) const fn controls(self) -> u64 {
        let [a, b, c, ..] = self.0;
        !(a | b | c)
    }

    #[inline(always)]
    pub(super) const fn digits(self) -> u64 {
        let [.., a, b, c, _] = self.0;
        self.row(3) & !(a & (b | c))
    }

    /// The six letters that are hex digits, in either case.
    #[inline(always)]
    pub(super) const fn letters_of_hex(self) -> u64 {
        let [a, b, _, d, e, f, g, h] = self.0;
        // columns 1 to 6 of rows 4 and 6
        !a & b & !d & !e & (f | g | h) & !(f & g & h)
    }
}

#[inline(always)]
const fn like(plane: u64, bit: u8) -> u64 {
    if bit == 0 { !plane } else { plane }
}

/// The bits from the lowest one that is set on down, that one included; all, where there is none.
#[inline(always)]
pub(super) const fn through_first(bits: u64) -> u64 {
    bits ^ bits.wrapping_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_of_each_byte_what_a_look_at_it_says() {
        for first in (0..=u8::MAX).step_by(BLOCK) {
            let mut block = [0; BLOCK];
            for (at, byte) in block.iter_mut().enumerate() {
                *byte = first + u8::try_from(at).unwrap();
            }
            let planes = Planes::of(&block);
            let bits = |of: &dyn Fn(u8) -> bool| {
                let marked = (0..BLOCK).filter(|at| of(block[*at]));
                marked.fold(0_u64, |bits, at| bits | 1 << at)
            };
            for asked in 0..=u8::MAX {
                assert_eq!(planes.is(asked), bits(&|byte| byte == asked));
            }
            for bit in [1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80] {
                assert_eq!(planes.bit(bit), bits(&|byte| byte & bit != 0));
            }
            for nibble in 0..16 {
                assert_eq!(planes.row(nibble), bits(&|byte| byte >> 4 == nibble));
                assert_eq!(planes.column(nibble), bits(&|byte| byte & 15 == nibble));
            }
            assert_eq!(planes.controls(), bits(&|byte| byte < 0x20));
            assert_eq!(planes.digits(), bits(&|byte| byte.is_ascii_digit()));
            let letters = |byte: u8| byte.is_ascii_hexdigit() && !byte.is_ascii_digit();
            assert_eq!(planes.letters_of_hex(), bits(&letters));
        }
        assert_eq!(through_first(0b1100), 0b0111);
        assert_eq!(through_first(0), u64::MAX);
    }
}
