//! The only file that calls the host. Getters are of the `_bytes` kind: a header that is not UTF-8 must not stop the gateway.

use std::time::{Duration, UNIX_EPOCH};

use policies::exchange::{HeadChanges, ResponseHead};
use policies::head::Head;
use policies::mesh::{self, Payload};
use policies::signature::Signature;
use policies::step::Denial;
use policies::time::UnixTime;
use proxy_wasm::hostcalls;
use proxy_wasm::types::{BufferType, LogLevel, MapType, MetricType};

mod raw;

/// The proxy's clock, where it can be read and shows a time after 1970.
pub fn now() -> Option<UnixTime> {
    let time = hostcalls::get_current_time().ok()?;
    let nanos = time.duration_since(UNIX_EPOCH).ok()?.as_nanos();
    u64::try_from(nanos).ok().map(UnixTime::from_nanos)
}

/// The plugin's configuration.
pub fn plugin_configuration(size: usize) -> Option<Vec<u8>> {
    hostcalls::get_buffer(BufferType::PluginConfiguration, 0, size)
        .ok()
        .flatten()
}

/// The request's head, every occurrence of every field.
pub fn request_head() -> Option<Head> {
    raw::head(raw::request_header_pairs()?)
}

/// What the proxy's log knows of a request that it refused before the filter saw it; each may be missing.
pub fn refused_head() -> Head {
    let known = [
        (":method", "method"),
        (":authority", "host"),
        (":path", "path"),
        ("x-request-id", "id"),
    ];
    let field = |(name, attribute): (&str, &str)| {
        Some((name.as_bytes().to_vec(), property(&["request", attribute])?))
    };
    Head::new(known.into_iter().filter_map(field))
}

/// Bytes of the request's body that are held or at hand.
pub fn request_body(start: usize, size: usize) -> Option<Vec<u8>> {
    if size == 0 {
        return Some(Vec::new());
    }
    hostcalls::get_buffer(BufferType::HttpRequestBody, start, size)
        .ok()
        .flatten()
        .filter(|bytes| bytes.len() == size)
}

/// The response's head; type and encoding only where they are `wanted`.
pub fn response_head(wanted: bool) -> ResponseHead {
    let map = MapType::HttpResponseHeaders;
    let field = |name: &str| {
        let value = wanted.then(|| hostcalls::get_map_value_bytes(map, name).ok());
        value.flatten().flatten()
    };
    ResponseHead {
        status: status(map).unwrap_or_default(),
        media_type: field("content-type"),
        encoding: field("content-encoding"),
    }
}

/// What is held of the response's body.
pub fn response_body(size: usize) -> Vec<u8> {
    hostcalls::get_buffer(BufferType::HttpResponseBody, 0, size)
        .ok()
        .flatten()
        .unwrap_or_default()
}

/// Puts other bytes in the place of what is held of the response's body.
pub fn replace_response_body(size: usize, bytes: &[u8]) -> bool {
    hostcalls::set_buffer(BufferType::HttpResponseBody, 0, size, bytes).is_ok()
}

/// Takes fields off the response's head.
pub fn remove_from_response(names: &[&str]) {
    for name in names {
        let _done = hostcalls::set_map_value_bytes(MapType::HttpResponseHeaders, name, None);
    }
}

/// The answer to a call of our own: status and body.
pub fn call_answer(body_size: usize, limit: usize) -> Option<Vec<u8>> {
    if status(MapType::HttpCallResponseHeaders) != Some(200) || body_size > limit {
        return None;
    }
    hostcalls::get_buffer(BufferType::HttpCallResponseBody, 0, body_size)
        .ok()
        .flatten()
}

/// Status that Envoy sent, for responses that never passed the filter.
pub fn sent_status() -> Option<u16> {
    let bytes = property(&["response", "code"])?;
    u16::try_from(u64::from_le_bytes(bytes.try_into().ok()?))
        .ok()
        .filter(|status| *status != 0)
}

/// URI SAN of the connection's verified peer certificate.
pub fn peer() -> Option<Vec<u8>> {
    property(&["connection", "uri_san_peer_certificate"])
}

/// Address and port of the client, after the proxy's own reading of `x-forwarded-for`.
pub fn address() -> Option<Vec<u8>> {
    property(&["source", "address"])
}

/// A text of the proxy's own description (attribute `xds.node`; plain `node` is empty since Envoy 1.40).
pub fn node(path: &[&str]) -> Option<String> {
    property(&[&["xds", "node"], path].concat())
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

fn property(path: &[&str]) -> Option<Vec<u8>> {
    hostcalls::get_property(path.to_vec())
        .ok()
        .flatten()
        .filter(|value| !value.is_empty())
}

fn status(map: MapType) -> Option<u16> {
    let bytes = hostcalls::get_map_value_bytes(map, ":status").ok()??;
    std::str::from_utf8(&bytes).ok()?.parse().ok()
}

/// Verifies with Envoy's `verify_signature`: only its clear yes counts.
pub fn verify_signature(signature: &Signature) -> bool {
    let hash = match signature.algorithm.hash_bytes() {
        32 => "sha256",
        48 => "sha384",
        _ => "sha512",
    };
    let arguments = [
        field(1, hash.as_bytes()),
        field(2, &signature.key),
        field(3, &signature.signature),
        field(4, &signature.message),
    ];
    let answer = hostcalls::call_foreign_function("verify_signature", Some(&arguments.concat()));
    matches!(answer, Ok(Some(bytes)) if bytes == [0x08, 0x01])
}

/// Whether the proxy's own JWT check, as Istio configures it, has verified a token with exactly these claims.
pub fn istio_has_verified(claims: &Payload) -> bool {
    let path = [
        "metadata",
        "filter_metadata",
        "envoy.filters.http.jwt_authn",
        "payload",
    ];
    property(&path).is_some_and(|payload| mesh::is_payload(claims, &payload))
}

/// One length-delimited protobuf field (`envoy.source.extensions.common.wasm.VerifySignatureArguments`).
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut encoded = vec![number.wrapping_shl(3) | 2];
    let mut length = bytes.len();
    while let Ok(low) = u8::try_from(length & 0x7f) {
        length = length.wrapping_shr(7);
        if length == 0 {
            encoded.push(low);
            break;
        }
        encoded.push(low | 0x80);
    }
    encoded.extend_from_slice(bytes);
    encoded
}

/// Answers the client and ends the exchange. Envoy turns the answer to a gRPC call into trailers alone, with a status of gRPC that
/// it derives from HTTP's; ours replaces it.
pub fn answer(denial: &Denial) -> bool {
    let status = denial.grpc_status.map(|status| status.to_string());
    let mut headers = match &status {
        Some(status) => vec![("grpc-status", status.as_str())],
        None => vec![
            ("content-type", "application/json"),
            ("cache-control", "no-store"),
        ],
    };
    headers.extend(denial.headers.iter().copied());
    hostcalls::send_http_response(
        u32::from(denial.status),
        headers,
        Some(denial.body.as_bytes()),
    )
    .is_ok()
}

/// Changes the request's head, which is here: the callers are in the callback of the head, or resume a stream whose head is
/// paused.
pub fn change_head(changes: &HeadChanges) {
    for name in &changes.remove {
        if let Ok(name) = std::str::from_utf8(name) {
            set_field(name, None);
        }
    }
    for (name, value) in &changes.add {
        set_field(name, Some(value.as_bytes()));
    }
}

fn set_field(name: &str, value: Option<&[u8]>) {
    let _done = hostcalls::set_map_value_bytes(MapType::HttpRequestHeaders, name, value);
}

/// A counter of this name in the proxy's statistics.
pub fn counter(name: &str) -> Option<u32> {
    hostcalls::define_metric(MetricType::Counter, name).ok()
}

/// A gauge of this name in the proxy's statistics.
pub fn gauge(name: &str) -> Option<u32> {
    hostcalls::define_metric(MetricType::Gauge, name).ok()
}

/// Counts so many more.
pub fn count(counter: u32, more: u64) {
    let _uncounted = hostcalls::increment_metric(counter, i64::try_from(more).unwrap_or(i64::MAX));
}

/// Sets a gauge.
pub fn record(gauge: u32, value: u64) {
    let _untold = hostcalls::record_metric(gauge, value);
}

/// Lets a paused request go on.
pub fn resume_request() -> bool {
    hostcalls::resume_http_request().is_ok()
}

/// Makes the following calls speak of another exchange.
pub fn speak_of(context: u32) -> bool {
    hostcalls::set_effective_context(context).is_ok()
}

/// Asks to be called every `millis`.
pub fn tick_every(millis: u64) -> bool {
    hostcalls::set_tick_period(Duration::from_millis(millis)).is_ok()
}

/// Sends a GET; the answer comes to the root context with this number.
pub fn get(cluster: &str, authority: &str, path: &str) -> Option<u32> {
    let headers = vec![
        (":method", "GET"),
        (":path", path),
        (":authority", authority),
        ("accept", "application/json"),
    ];
    hostcalls::dispatch_http_call(cluster, headers, None, vec![], Duration::from_secs(5)).ok()
}

/// One line to the proxy's log, where proxies print warnings by default.
pub fn log(line: &str) {
    let _unheard = hostcalls::log(LogLevel::Warn, line);
}

/// The same for a line of ASCII that was written as bytes.
pub fn log_line(line: &[u8]) {
    raw::log(LogLevel::Warn, line);
}
