//! gRPC messages: what is accepted is whole, and a plain decoder finds the same names.

use std::sync::LazyLock;

use policies::profile::Source;
use policies::scan::protobuf::{Calls, Fields, Scanner};

use crate::input::Input;
use crate::{reference, scanning};

/// Longest message.
const LIMIT: u64 = 300;

static FIELDS: LazyLock<Vec<(Fields, Calls)>> = LazyLock::new(|| {
    let of_profiles = super::sources()
        .into_iter()
        .filter_map(|source| match source {
            Source::Message(fields) => Some((fields, Calls::Unary)),
            Source::Messages(fields) => Some((fields, Calls::Stream)),
            _ => None,
        });
    of_profiles.collect()
});

/// Which fields are wanted, three lengths of pieces, the body.
pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let (fields, calls) = input.pick(&FIELDS);
    let sizes = input.take(3);
    let body = input.0;
    let (found, read) = scanning::every_way(|| Scanner::new(fields, calls, LIMIT), body, sizes);
    if read.is_ok() {
        let told = reference::protobuf(fields, body).expect("what is accepted is whole");
        assert_eq!(found, told, "the names");
        assert!(!body.is_empty(), "no message");
    }
}
