//! The scanners' answers to many bodies: good and broken ones, whole, cut in two at every place and cut in many pieces. `answers` prints one
//! line for each thousand of them, `answers NUMBER` each body of one line. The test `vectors` runs it natively, where sixteen bytes are a
//! word, and in V8, where they are a vector, as in the module: both must say the same.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::panic,
    reason = "it asks the crate, and is no part of it"
)]

mod bodies;
mod dice;

use bodies::Body;
use dice::Dice;
use scan::Scan;

/// What sixteen bytes are here, as in `lanes.rs`; the first line.
const LANES: &str = if cfg!(all(target_arch = "wasm32", target_feature = "simd128")) {
    "vectors"
} else {
    "words"
};
/// How many lines are printed behind it, and the bodies of each.
const LINES: u64 = 120;
const BODIES: u64 = 1000;
/// Bodies up to this length are cut at every place.
const SHORT: usize = 100;
/// Cuts of longer ones, and ways to cut a body in many pieces.
const CUTS: usize = 8;
const WAYS: usize = 2;

fn main() {
    match std::env::args().nth(1).and_then(|line| line.parse().ok()) {
        Some(line) => (0..BODIES).for_each(|number| {
            let body = body(line, number);
            println!("{:016x} {}", answers(&body), body.bytes.escape_ascii());
        }),
        None => {
            println!("{LANES}");
            (0..LINES).for_each(|line| {
                let all = (0..BODIES).fold(Digest::new(), |digest, number| {
                    digest.with(&answers(&body(line, number)).to_le_bytes())
                });
                println!("{line} {:016x}", all.0);
            })
        }
    }
}

fn body(line: u64, number: u64) -> Body {
    Body::of(&mut Dice::new(line * BODIES + number))
}

/// The one answer of all ways, and what was held on them.
fn answers(body: &Body) -> u64 {
    let whole = answer(body, &[]);
    let length = body.bytes.len();
    let mut dice = Dice::new(length as u64);
    let same = |cuts: &[usize]| {
        let cut = answer(body, cuts);
        if cut != whole {
            panic!("cut at {cuts:?}: {}", body.bytes.escape_ascii());
        }
    };
    if length <= SHORT {
        (0..=length).for_each(|cut| same(&[cut]));
    } else {
        (0..CUTS).for_each(|_| same(&[dice.below(length)]));
    }
    for most in [3, 40].into_iter().cycle().take(WAYS) {
        let mut cuts = Vec::new();
        let mut at = 0;
        while at < length {
            at += 1 + dice.below(most);
            cuts.push(at.min(length));
        }
        same(&cuts);
    }
    whole
}

fn answer(body: &Body, cuts: &[usize]) -> u64 {
    let mut scanner = body.scanner();
    let mut digest = Digest::new();
    let mut from = 0;
    for to in cuts.iter().chain([&body.bytes.len()]) {
        let read = scanner.feed(&body.bytes[from..*to]);
        // what was named before a problem depends on the cuts, and counts where nothing was wrong
        if let Err(problem) = read {
            return Digest::new().with(problem.to_string().as_bytes()).0;
        }
        for named in scanner.take_models().iter() {
            let version = named.version.unwrap_or_default();
            digest = digest.with(named.model.as_bytes()).with(&[0]);
            digest = digest.with(version.as_bytes()).with(&[0]);
        }
        from = *to;
    }
    match scanner.finish() {
        Ok(()) => digest.0,
        Err(problem) => digest.with(problem.to_string().as_bytes()).0,
    }
}

/// FNV-1a (RFC 9923).
#[derive(Clone, Copy)]
struct Digest(u64);

impl Digest {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn with(self, bytes: &[u8]) -> Self {
        let one =
            |digest: u64, byte: &u8| (digest ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        Self(bytes.iter().fold(self.0, one))
    }
}
