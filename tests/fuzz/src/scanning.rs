//! What must be true of every scanner of bodies: any chunking gives the same answer, a problem stays, and memory is constant.

use policies::scan::{MAX_MODEL, MAX_VERSION, Named, Scan, ScanError};

use crate::input::pieces;
use crate::reference;

/// The names found, and whether the body was good.
pub type Answer = (Vec<String>, Result<(), ScanError>);

/// Most bytes that a scanner holds between two pieces of a body.
const MOST_HELD: usize = 24 * 1024;
/// Bodies up to this length are also read byte by byte.
const SHORT: usize = 256;

/// Reads a body whole, in pieces, and where it is short byte by byte: the one answer of all.
pub fn every_way<S: Scan>(scanner: impl Fn() -> S, body: &[u8], sizes: &[u8]) -> Answer {
    let whole = scan(scanner(), [body].into_iter());
    assert_eq!(
        scan(scanner(), pieces(body, sizes).into_iter()),
        whole,
        "in pieces"
    );
    if body.len() <= SHORT {
        assert_eq!(scan(scanner(), body.chunks(1)), whole, "byte by byte");
    }
    whole
}

fn scan<'b>(mut scanner: impl Scan, pieces: impl Iterator<Item = &'b [u8]>) -> Answer {
    let mut names = Vec::new();
    for piece in pieces {
        let read = scanner.feed(piece);
        names.extend(scanner.take_models().iter().map(checked));
        assert!(scanner.held() <= MOST_HELD, "{} bytes held", scanner.held());
        if read.is_err() {
            assert_eq!(scanner.feed(b"}"), read, "a problem stays");
            assert_eq!(scanner.finish(), read, "a problem stays");
            return (names, read);
        }
    }
    let end = scanner.finish();
    (names, end)
}

fn checked(named: Named<'_>) -> String {
    let Named { model, version } = named;
    assert!(model.len() <= MAX_MODEL, "a long name");
    match version {
        Some(version) => {
            assert!(version.len() <= MAX_VERSION, "a long version");
            reference::named(model.to_owned(), version)
        }
        None => model.to_owned(),
    }
}
