//! What the tests of all scanners need: a body in every chunking, bodies with mistakes in them, and long ones.

use super::{Named, Scan, ScanError};

/// The names found, and whether the body was good.
pub(super) type Answer = (Vec<String>, Result<(), ScanError>);

fn scan<'b>(mut scanner: impl Scan, chunks: impl Iterator<Item = &'b [u8]>) -> Answer {
    let mut names = Vec::new();
    for chunk in chunks {
        let read = scanner.feed(chunk);
        names.extend(scanner.take_models().iter().map(shown));
        if read.is_err() {
            assert_eq!(scanner.feed(b""), read, "it stays");
            assert_eq!(scanner.finish(), read, "it stays");
            return (names, read);
        }
    }
    let end = scanner.finish();
    (names, end)
}

/// `model`, or `model@version`.
fn shown(named: Named<'_>) -> String {
    let version = named.version.map(|version| format!("@{version}"));
    named.model.to_owned() + &version.unwrap_or_default()
}

/// Whole, byte by byte, and at every single split: all must agree.
pub(super) fn every_way<S: Scan>(scanner: impl Fn() -> S, body: &[u8]) -> Answer {
    let whole = scan(scanner(), [body].into_iter());
    let shown = || String::from_utf8_lossy(body).into_owned();
    assert_eq!(scan(scanner(), body.chunks(1)), whole, "{}", shown());
    for at in 0..body.len() {
        let (a, b) = body.split_at(at);
        let split = scan(scanner(), [a, b].into_iter());
        assert_eq!(split, whole, "at {at}: {}", shown());
    }
    whole
}

/// These names, and no problem.
pub(super) fn names(names: &[&str]) -> Answer {
    (
        names.iter().map(|name| (*name).to_owned()).collect(),
        Ok(()),
    )
}

/// Every second body is good; in the others one to three bytes are changed, left out, repeated or put in, mostly by bytes that mean
/// something. Each must have one answer, whatever the chunks. Those that were changed and still are good, with their names.
pub(super) fn mistakes<S: Scan>(
    scanner: impl Fn() -> S,
    good: impl Fn(&mut Dice) -> Vec<u8>,
    bytes: &[u8],
) -> Vec<(Vec<u8>, Vec<String>)> {
    let mut dice = Dice::new(0x2545_f491_4f6c_dd1d);
    let mut still_good = Vec::new();
    for round in 0..1200 {
        let mut body = good(&mut dice);
        if round % 2 == 0 {
            let answer = every_way(&scanner, &body);
            let shown = String::from_utf8_lossy(&body);
            assert_eq!(answer.1, Ok(()), "{shown}");
            assert!(!answer.0.is_empty(), "{shown}");
            continue;
        }
        for _ in 0..=dice.below(3) {
            let at = dice.below(body.len());
            let byte = bytes[dice.below(bytes.len())];
            match dice.below(4) {
                0 => body[at] = byte,
                1 => body.insert(at, byte),
                2 => body.insert(at, body[at]),
                _ => drop(body.remove(at)),
            }
        }
        let (names, end) = every_way(&scanner, &body);
        still_good.extend(end.is_ok().then_some((body, names)));
    }
    let count = still_good.len();
    assert!((10..500).contains(&count), "{count}");
    still_good
}

/// Bytes that the scanner holds after much of a body, in chunks of 16 KiB or more; nothing may be wrong with it.
pub(super) fn held_after(
    scanner: &mut impl Scan,
    start: &[u8],
    unit: &[u8],
    total: usize,
) -> usize {
    let chunk = unit.repeat(0x4000_usize.div_ceil(unit.len()));
    scanner.feed(start).unwrap();
    for _ in 0..total.div_ceil(chunk.len()) {
        scanner.feed(&chunk).unwrap();
        scanner.take_models();
    }
    scanner.held()
}

/// Xorshift (Marsaglia 2003): the same numbers in every run.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap().rem_euclid(bound)
    }

    pub(super) fn up_to(&mut self, most: usize) -> usize {
        self.below(most.checked_add(1).unwrap())
    }

    pub(super) fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}
