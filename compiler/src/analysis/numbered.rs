//! Maps whose keys are numbers that we give ourselves, in the order in which things are met. Nobody chooses them so that they
//! collide, and so a plain hash does (that of Firefox, one multiplication a number), where the usual one is most of the work.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map from such numbers, or lists of them.
pub(super) type Numbered<K, V> = HashMap<K, V, BuildHasherDefault<Plain>>;

/// The hash.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Plain(u64);

impl Plain {
    fn add(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for Plain {
    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let fold = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
            self.add(part.iter().fold(0, fold));
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.add(number.into());
    }

    fn write_usize(&mut self, number: usize) {
        self.add(number as u64);
    }

    fn finish(&self) -> u64 {
        // tables look at the lowest bits, and the highest are the best
        self.0.rotate_left(26)
    }
}
