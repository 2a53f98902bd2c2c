//! JSON bodies: what is accepted is JSON to everyone, and `serde_json` finds the same names.

use std::sync::LazyLock;

use policies::profile::Source;
use policies::scan::json::{Documents, Names, Scanner};

use crate::input::Input;
use crate::{reference, scanning};

static NAMES: LazyLock<Vec<Names>> = LazyLock::new(|| {
    let of_profiles = super::sources()
        .into_iter()
        .filter_map(|source| match source {
            Source::Json(names) => Some(names),
            _ => None,
        });
    let path = &["model"];
    let optional = Names {
        path,
        documents: Documents::One,
        required: false,
    };
    of_profiles.chain([optional]).collect()
});

/// Which names are wanted, three lengths of pieces, the body.
pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let names = input.pick(&NAMES);
    let sizes = input.take(3);
    let body = input.0;
    let (found, read) = scanning::every_way(|| Scanner::new(names), body, sizes);
    if read.is_ok() {
        let told = reference::json(names, body).expect("what is accepted is JSON");
        assert_eq!(found, told, "the names");
        assert!(!names.required || !found.is_empty(), "a name is required");
    }
}
