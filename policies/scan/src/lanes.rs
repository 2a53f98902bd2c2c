//! Sixteen bytes that are looked at together: in a vector of WebAssembly where the module is built with them, elsewhere in a word of
//! 128 bits. What is asked of them has the same answer in both.

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod vector;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(super) use vector::{Lanes, Marks, backwards};

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod word;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub(super) use word::{Lanes, Marks, backwards};

/// How many bytes.
pub(super) const WIDTH: usize = 16;

/// Fewer bytes, with zeros behind them.
pub(super) fn padded(bytes: &[u8]) -> [u8; WIDTH] {
    let mut all = [0; WIDTH];
    for (to, from) in all.iter_mut().zip(bytes) {
        *to = *from;
    }
    all
}

#[inline(always)]
pub(super) fn halves(bytes: &[u8; WIDTH]) -> [u64; 2] {
    match bytes.as_chunks::<8>().0 {
        [low, high] => [u64::from_le_bytes(*low), u64::from_le_bytes(*high)],
        _ => [0; 2],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_what_a_look_at_each_byte_marks() {
        for byte in 0..=u8::MAX {
            for asked in [0, 1, 0x1f, b' ', b'"', b'0', b'9', b'\\', 0x7f] {
                for at in 0..WIDTH {
                    // the neighbours may not change the answer, whatever they borrow or carry
                    for around in [0, asked.wrapping_sub(1), asked, 0x7f, 0x80, 0xff] {
                        let mut bytes = [around; WIDTH];
                        bytes[at] = byte;
                        agrees(&bytes, asked);
                    }
                }
            }
        }
    }

    fn agrees(bytes: &[u8; WIDTH], asked: u8) {
        let bits = |of: &dyn Fn(u8) -> bool| {
            let marked = (0..WIDTH).filter(|at| of(bytes[*at]));
            marked.fold(0_u32, |bits, at| bits | 1 << at)
        };
        let lanes = Lanes::of(bytes);
        let equal = bits(&|byte| byte == asked);
        let other = bits(&|byte| byte >= 0x80 || byte < asked);
        assert_eq!(lanes.is(asked).bits(), equal, "{bytes:?} {asked}");
        assert_eq!(lanes.is_below(asked).bits(), other, "{bytes:?} {asked}");
        let both = lanes.is(asked) | lanes.is_below(asked);
        assert_eq!(both.bits(), equal | other);
        assert_eq!(both.any(), equal | other != 0);
        let digits = bits(&|byte| byte.is_ascii_digit());
        assert_eq!(lanes.is_digit().bits(), digits, "{bytes:?}");
    }

    #[test]
    fn fills_up_with_zeros() {
        assert_eq!(padded(b"ab")[..3], *b"ab\0");
        assert_eq!(padded(&[7; WIDTH]), [7; WIDTH]);
    }
}
