//! The boundary that a `content-type` gives.

use super::headers::is_token;

const FORM: &[u8] = b"multipart/form-data";
const MAX_BOUNDARY: usize = 70;

/// The boundary of a form, if the `content-type` is `multipart/form-data` with this parameter and no other, and the boundary is one
/// of RFC 2046 section 5.1.1: 1 to 70 of its characters, the last no space.
#[must_use]
pub fn boundary(content_type: &[u8]) -> Option<Vec<u8>> {
    let parameter = blanks_passed(after(content_type, FORM)?).strip_prefix(b";")?;
    let value = after(blanks_passed(parameter), b"boundary=")?;
    let boundary = match value.strip_prefix(b"\"") {
        Some(quoted) => quoted.strip_suffix(b"\"")?,
        None if is_token(value) => value,
        None => return None,
    };
    let fits = (1..=MAX_BOUNDARY).contains(&boundary.len())
        && boundary.iter().all(is_boundary)
        && boundary.last() != Some(&b' ');
    fits.then(|| boundary.to_vec())
}

/// What follows the beginning, in upper or lower case.
fn after<'t>(text: &'t [u8], beginning: &[u8]) -> Option<&'t [u8]> {
    let (begins, rest) = text.split_at_checked(beginning.len())?;
    begins.eq_ignore_ascii_case(beginning).then_some(rest)
}

fn blanks_passed(text: &[u8]) -> &[u8] {
    let begins = text.iter().position(|byte| !matches!(byte, b' ' | b'\t'));
    text.get(begins.unwrap_or(text.len())..).unwrap_or_default()
}

const fn is_boundary(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'\''
                | b'('
                | b')'
                | b'+'
                | b'_'
                | b','
                | b'-'
                | b'.'
                | b'/'
                | b':'
                | b'='
                | b'?'
                | b' '
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_boundary_of_a_content_type() {
        let longest_of_all = "x".repeat(70);
        let longest = format!("multipart/form-data; boundary={longest_of_all}");
        for (content_type, wanted) in [
            ("multipart/form-data; boundary=abc", "abc"),
            ("Multipart/Form-Data;BOUNDARY=aBc", "aBc"),
            (
                "multipart/form-data \t; \tboundary=\"a b:?/=,()\"",
                "a b:?/=,()",
            ),
            (
                "multipart/form-data; boundary=----WebKitFormBoundaryx",
                "----WebKitFormBoundaryx",
            ),
            ("multipart/form-data; boundary=a'+_-.", "a'+_-."),
            (&longest, longest_of_all.as_str()),
        ] {
            let found = boundary(content_type.as_bytes());
            assert_eq!(found.as_deref(), Some(wanted.as_bytes()), "{content_type}");
        }
    }

    #[test]
    fn takes_no_other_content_type() {
        let too_long = format!("multipart/form-data; boundary={}", "x".repeat(71));
        for content_type in [
            too_long.as_str(),
            "multipart/form-data",
            "multipart/form-data;",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=\"\"",
            "multipart/form-data; boundary=\"a \"",
            "multipart/form-data; boundary=a b",
            "multipart/form-data; boundary=a:b",
            "multipart/form-data; boundary=a ",
            "multipart/form-data; boundary=a;",
            "multipart/form-data; boundary=\"a",
            "multipart/form-data; boundary=a\"",
            "multipart/form-data; boundary=\"a\\b\"",
            "multipart/form-data; boundary=\"a\"b\"",
            "multipart/form-data; boundary=a; boundary=b",
            "multipart/form-data; boundary=a; charset=utf-8",
            "multipart/form-data; charset=utf-8; boundary=a",
            "multipart/form-data;\nboundary=a",
            "multipart/form-data; boundary=a!",
            "multipart/form-data; boundary=\u{e9}",
            "multipart/form-data; boundary =a",
            "multipart/mixed; boundary=a",
            "multipart/form-datax; boundary=a",
            " multipart/form-data; boundary=a",
            "multipart/form-data; boundary=a, multipart/form-data; boundary=b",
        ] {
            assert_eq!(boundary(content_type.as_bytes()), None, "{content_type}");
        }
    }
}
