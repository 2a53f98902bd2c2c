//! Forms: what is accepted has its parts where its boundaries are, and they name the same models.

use std::sync::LazyLock;

use policies::profile::Source;
use policies::scan::multipart::{Form, Scanner, boundary};

use crate::input::Input;
use crate::{reference, scanning};

static FORMS: LazyLock<Vec<Form>> = LazyLock::new(|| {
    let of_profiles = super::sources()
        .into_iter()
        .filter_map(|source| match source {
            Source::Form(form) => Some(form),
            _ => None,
        });
    let optional = Form {
        field: "model",
        json: None,
        required: false,
    };
    of_profiles.chain([optional]).collect()
});

/// Which form is wanted, three lengths of pieces, the field that says the boundary, a line feed, the body.
pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let form = input.pick(&FORMS);
    let sizes = input.take(3);
    let said = input.until(b"\n");
    let Some(between) = boundary(said) else {
        return;
    };
    assert!((1..=70).contains(&between.len()), "RFC 2046 section 5.1.1");
    assert!(
        said.windows(between.len()).any(|part| part == between),
        "it was said"
    );
    let body = input.0;
    let (found, read) = scanning::every_way(|| Scanner::new(form, &between), body, sizes);
    if read.is_ok() {
        let told = reference::multipart(form, &between, body);
        assert_eq!(Some(found), told, "the names");
    }
}
