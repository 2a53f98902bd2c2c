//! Headers that all readers read alike, and headers that must not pass.

use super::ScanError::Malformed;
use super::*;

/// Headers, the name, whether it is plain text, whether there is a character set.
const GOOD: &[(&str, &str, bool, bool)] = &[
    (
        "Content-Disposition: form-data; name=\"model\"",
        "model",
        true,
        false,
    ),
    (
        "content-disposition:form-data;name=\"a b[]\" ",
        "a b[]",
        true,
        false,
    ),
    (
        "X: y\r\nContent-Disposition: form-data; name=\"\"\r\nContent-Length: 1",
        "",
        true,
        false,
    ),
    (
        "Content-Disposition: form-data; name=\"x\"\r\nContent-Type: Text/Plain",
        "x",
        true,
        false,
    ),
    (
        "Content-Disposition: form-data; name=\"x\"\r\nContent-Type: text/plain; charset=utf-8",
        "x",
        false,
        true,
    ),
    (
        "Content-Disposition: form-data; name=\"x\"\r\nContent-Type: audio/wav",
        "x",
        false,
        false,
    ),
    (
        "Content-Disposition: form-data; name=\"x\"; filename=\"name; y=z\"",
        "x",
        false,
        false,
    ),
    (
        "Content-Disposition: form-data; name=\"x\"; filename*=utf-8''y",
        "x",
        false,
        false,
    ),
];

#[test]
fn reads_what_a_part_is() {
    for (headers, name, plain, charset) in GOOD.iter().copied() {
        let expected = Part {
            name: name.as_bytes(),
            plain,
            charset,
        };
        assert_eq!(part(headers.as_bytes()), Ok(expected), "{headers}");
    }
}

#[test]
fn refuses_headers_that_readers_disagree_on() {
    const DISPOSITION: &str = "Content-Disposition: form-data; name=\"model\"";
    for headers in [
        "",
        "Content-Type: text/plain",
        "Content-Disposition: form-data",
        "Content-Disposition: form-data; filename=\"model\"",
        "Content-Disposition: form-data; name=model",
        "Content-Disposition: form-data; name='model'",
        "Content-Disposition: form-data; name=\"model",
        "Content-Disposition: form-data; name=\"model\";",
        "Content-Disposition: form-data; name=\"model\" ; filename=\"x\"",
        "Content-Disposition: form-data; name = \"model\"",
        "Content-Disposition: form-data; Name=\"model\"",
        "Content-Disposition: form-data; name*=utf-8''model",
        "Content-Disposition: form-data; name=\"x\"; name*=utf-8''model",
        "Content-Disposition: form-data; name=\"x\"; name=\"model\"",
        "Content-Disposition: form-data; name=\"x\"; filename=\"\\\"; name=\"model\"",
        "Content-Disposition: form-data; name=\"m\\odel\"",
        "Content-Disposition: form-data; name=\"mod%65l\"",
        "Content-Disposition: form-data; name=\"x\"; size=\"1\"",
        "Content-Disposition: attachment; name=\"model\"",
        "Content-Disposition : form-data; name=\"model\"",
        " Content-Disposition: form-data; name=\"model\"",
        "Content-Disposition: form-data;\r\n name=\"model\"",
        "Content-Disposition: form-data; name=\"mod\u{e9}l\"",
        "Content-Disposition: form-data; name=\"model\0\"",
        "Content-Disposition: form-data; name=\"model\"\n",
        "Content-Disposition: form-data; name=\"model\"\nX: y",
        "Content-Disposition: form-data; name=\"model\"\rX: y",
        "X\r\nContent-Disposition: form-data; name=\"model\"",
    ] {
        assert_eq!(part(headers.as_bytes()), Err(Malformed), "{headers:?}");
    }
    for more in [
        "content-disposition: form-data; name=\"x\"",
        "Content-Type: text/plain\r\ncontent-type: text/plain",
        "Content-Transfer-Encoding: base64",
        "Content-Transfer-Encoding: quoted-printable",
        "Content-Transfer-Encoding: 8bit\r\nContent-Transfer-Encoding: 8bit",
        "Content-Encoding: gzip",
        "Content-Type: multipart/mixed; boundary=x",
    ] {
        let headers = format!("{DISPOSITION}\r\n{more}");
        assert_eq!(part(headers.as_bytes()), Err(Malformed), "{headers:?}");
    }
}

#[test]
fn refuses_what_may_be_taken_for_the_name() {
    for headers in [
        "Content-Disposition: form-data; filename=\"y\"; name=\"x\"",
        "Content-Disposition: form-data; filename*=utf-8''y; name=\"x\"",
        "Content-Disposition: form-data; name=\"x\"; filename=\"y; name=model\"",
        "Content-Disposition: form-data; name=\"x\"; filename=\"a=b NAME=model\"",
        "Content-Disposition: form-data; name=\"x;name=model\"",
    ] {
        assert_eq!(part(headers.as_bytes()), Err(Malformed), "{headers:?}");
    }
}
