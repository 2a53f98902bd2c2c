//! A map of header fields in the one piece of memory that the host copies it into: the SDK's own getter makes two pieces of memory
//! for each field. The format is proxy-wasm's (<https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#serialization>).

use policies::head::{Field, Head};
use proxy_wasm::types::{Bytes, LogLevel};

/// `Ok` of `proxy_status_t`.
const OK: u32 = 0;
/// `HttpRequestHeaders` of `proxy_map_type_t`.
const REQUEST_HEADERS: u32 = 0;

/// The request's header fields, serialised.
#[expect(
    unsafe_code,
    reason = "a host call gives its result as a pointer and a length; this is how the SDK reads them"
)]
pub fn request_header_pairs() -> Option<Bytes> {
    #[link(wasm_import_module = "env")]
    unsafe extern "C" {
        fn proxy_get_header_map_pairs(map: u32, data: *mut *mut u8, size: *mut usize) -> u32;
    }
    let (mut data, mut size) = (std::ptr::null_mut(), 0);
    // SAFETY: both are valid for the host to write to while the call lasts
    let status =
        unsafe { proxy_get_header_map_pairs(REQUEST_HEADERS, &raw mut data, &raw mut size) };
    if status != OK || data.is_null() {
        return None;
    }
    // SAFETY: the host has let `proxy_on_memory_allocate` allocate exactly `size` bytes for this, has written them all, and gives
    // them away; that function, which is the SDK's, makes them as a boxed slice of bytes
    Some(unsafe { Vec::from_raw_parts(data, size, size) })
}

/// Logs bytes as they are: what the SDK takes is checked to be UTF-8 first, which costs as much as writing it.
#[expect(
    unsafe_code,
    reason = "a host call takes a text as a pointer and a length; this is how the SDK hands it over"
)]
pub fn log(level: LogLevel, line: &[u8]) {
    #[link(wasm_import_module = "env")]
    unsafe extern "C" {
        fn proxy_log(level: u32, data: *const u8, size: usize) -> u32;
    }
    // SAFETY: the host reads exactly these bytes while the call lasts
    let _unheard = unsafe { proxy_log(level as u32, line.as_ptr(), line.len()) };
}

/// Finds each field in it: the number of pairs, the lengths of each name and value, then the texts with a zero behind each.
pub fn head(bytes: Bytes) -> Option<Head> {
    let count = number(&bytes, 0)?;
    let mut length = 4_usize;
    let mut at = count.checked_mul(8)?.checked_add(length)?;
    // where the lengths are not there, no memory is asked for them
    bytes.get(..at)?;
    let mut fields: Vec<Field> = Vec::with_capacity(count);
    for _ in 0..count {
        let name_end = at.checked_add(number(&bytes, length)?)?;
        let value = name_end.checked_add(1)?;
        let value_end = value.checked_add(number(&bytes, length.checked_add(4)?)?)?;
        fields.push((at..name_end, value..value_end));
        at = value_end.checked_add(1)?;
        length = length.checked_add(8)?;
    }
    Head::within(bytes, fields)
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..)?.first_chunk()?;
    usize::try_from(u32::from_le_bytes(*bytes)).ok()
}
