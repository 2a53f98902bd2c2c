//! A vector of WebAssembly (<https://github.com/WebAssembly/simd/blob/main/proposals/simd/SIMD.md>).

use std::arch::wasm32::{
    i8x16_bitmask, i8x16_eq, i8x16_lt, i8x16_shuffle, i8x16_splat, i8x16_sub, u8x16, u8x16_min,
    u8x16_shl, u8x16_shr, u8x16_splat, u8x16_swizzle, u16x8_shl, u64x2, u64x2_extract_lane, v128,
    v128_and, v128_any_true, v128_or,
};
use std::ops::{BitAnd, BitOr};

use super::WIDTH;

/// By the four bits of a nibble, the same backwards.
const BACKWARDS: v128 = u8x16(0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15);

#[derive(Clone, Copy)]
pub(crate) struct Lanes(v128);

/// All bits of a marked lane, none of another.
#[derive(Clone, Copy)]
pub(crate) struct Marks(v128);

/// The bits of both, each with its last bit first.
#[inline(always)]
pub(crate) fn backwards(bits: [u64; 2]) -> [u64; 2] {
    let [low, high] = bits;
    let bytes = u64x2(low, high);
    let bytes = i8x16_shuffle::<7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8>(bytes, bytes);
    let nibbles = u8x16_splat(0x0f);
    let low = u8x16_swizzle(BACKWARDS, v128_and(bytes, nibbles));
    let high = u8x16_swizzle(BACKWARDS, u8x16_shr(bytes, 4));
    let bits = v128_or(u8x16_shl(low, 4), high);
    [u64x2_extract_lane::<0>(bits), u64x2_extract_lane::<1>(bits)]
}

// these are one instruction or two each: said, because the module is built to be small
impl Lanes {
    #[inline(always)]
    pub(crate) fn of(bytes: &[u8; WIDTH]) -> Self {
        let [low, high] = super::halves(bytes);
        // the compiler makes one load of both
        Self(u64x2(low, high))
    }

    /// Those that are this byte.
    #[inline(always)]
    pub(crate) fn is(self, byte: u8) -> Marks {
        Marks(i8x16_eq(self.0, i8x16_splat(byte.cast_signed())))
    }

    /// Those that are below `byte`, which is ASCII, or are not ASCII.
    #[inline(always)]
    pub(crate) fn is_below(self, byte: u8) -> Marks {
        Marks(i8x16_lt(self.0, i8x16_splat(byte.cast_signed())))
    }

    #[inline(always)]
    pub(crate) fn is_digit(self) -> Marks {
        let value = i8x16_sub(self.0, i8x16_splat(b'0'.cast_signed()));
        Marks(i8x16_eq(u8x16_min(value, i8x16_splat(9)), value))
    }

    /// One bit a lane for each bit of a byte, highest first.
    #[inline(always)]
    pub(crate) fn planes(self) -> [u32; 8] {
        // the highest bit of a byte is asked for, so what comes over from its neighbour does not matter
        [0, 1, 2, 3, 4, 5, 6, 7].map(|shift| i8x16_bitmask(u16x8_shl(self.0, shift)).into())
    }
}

impl Marks {
    #[inline(always)]
    pub(crate) fn any(self) -> bool {
        v128_any_true(self.0)
    }

    /// One bit a lane, the lowest for the first.
    #[inline(always)]
    pub(crate) fn bits(self) -> u32 {
        i8x16_bitmask(self.0).into()
    }
}

impl BitOr for Marks {
    type Output = Self;

    #[inline(always)]
    fn bitor(self, other: Self) -> Self {
        Self(v128_or(self.0, other.0))
    }
}

impl BitAnd for Marks {
    type Output = Self;

    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        Self(v128_and(self.0, other.0))
    }
}
