//! What the caller of an [`crate::exchange::Exchange`] must do next, and what it must bring back.

use crate::bundle::Api;
use crate::decision::Reason;
use crate::signature::Verification;

/// The next thing to do with a request.
#[must_use = "a step that is not carried out leaves the request undecided"]
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// let this part and everything held so far go on; bring the next part
    Forward,
    /// keep this part back; bring the next part
    Hold,
    /// keep everything back; verify, then call `signature` with the result
    Verify(Verification),
    /// keep everything back; fetch the keys of this issuer (position in the bundle), then call `keys`
    NeedKeys(usize),
    /// answer with this and let nothing more go on
    Deny(Denial),
}

/// The answer to a refused request. It never tells whether a model exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// stable code, for the audit event; the caller sees only the status and the message
    pub reason: Reason,
    /// HTTP status; what it would be, where the answer has gRPC's form
    pub status: u16,
    /// status of gRPC, where the client calls with it: the answer is trailers alone, with HTTP status 200
    pub grpc_status: Option<u8>,
    /// header fields besides `content-type`
    pub headers: Vec<(&'static str, &'static str)>,
    /// JSON, in the protocol's own error shape where the protocol is known; gRPC's message
    pub body: String,
    /// issuer (position in the bundle) whose keys are worth fetching anew: the token names one that it does not have
    pub wants_keys_of: Option<usize>,
}

impl Denial {
    /// The answer where nothing can be decided.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(Reason::Internal, None)
    }

    pub(crate) fn new(reason: Reason, api: Option<Api>) -> Self {
        let status = reason.status();
        Self {
            reason,
            status,
            grpc_status: None,
            headers: headers(reason),
            body: body(status, api),
            wants_keys_of: None,
        }
    }

    /// The answer to a gRPC call.
    pub(crate) fn of_call(reason: Reason) -> Self {
        let status = reason.status();
        let (_, text) = message(status);
        Self {
            grpc_status: Some(grpc_status(status)),
            body: text.to_owned(),
            ..Self::new(reason, None)
        }
    }
}

/// <https://github.com/grpc/grpc/blob/master/doc/statuscodes.md>
const fn grpc_status(status: u16) -> u8 {
    match status {
        400 => 3,  // INVALID_ARGUMENT
        401 => 16, // UNAUTHENTICATED
        403 => 7,  // PERMISSION_DENIED
        413 => 8,  // RESOURCE_EXHAUSTED
        415 => 12, // UNIMPLEMENTED
        503 => 14, // UNAVAILABLE
        _ => 13,   // INTERNAL
    }
}

/// RFC 6750 section 3: no error code where no credentials were sent.
fn headers(reason: Reason) -> Vec<(&'static str, &'static str)> {
    match (reason, reason.status()) {
        (Reason::TokenMissing, _) => vec![("www-authenticate", "Bearer realm=\"modelgate\"")],
        (_, 401) => vec![(
            "www-authenticate",
            "Bearer realm=\"modelgate\", error=\"invalid_token\"",
        )],
        (_, 503) => vec![("retry-after", "1")],
        _ => vec![],
    }
}

const fn message(status: u16) -> (&'static str, &'static str) {
    match status {
        400 => (
            "invalid_request",
            "the request cannot be read in exactly one way",
        ),
        401 => ("unauthenticated", "a valid bearer token is required"),
        403 => ("permission_denied", "you may not do this"),
        413 => ("too_large", "the request body is too large"),
        415 => (
            "unsupported_encoding",
            "the request body must be of the operation's own type, and not compressed",
        ),
        503 => (
            "unavailable",
            "the keys to verify your token are not available yet",
        ),
        _ => ("internal", "the request could not be decided"),
    }
}

/// The shapes that clients of each protocol parse.
fn body(status: u16, api: Option<Api>) -> String {
    let (kind, text) = message(status);
    match api {
        Some(Api::OpenAi) => {
            format!(
                r#"{{"error":{{"message":"{text}","type":"{kind}","param":null,"code":"{kind}"}}}}"#
            )
        }
        Some(Api::Seldon) => {
            format!(
                r#"{{"status":{{"code":{status},"info":"{text}","reason":"{kind}","status":1}}}}"#
            )
        }
        Some(Api::Anthropic) => {
            format!(r#"{{"type":"error","error":{{"type":"{kind}","message":"{text}"}}}}"#)
        }
        Some(Api::MlFlow) => format!(
            r#"{{"error_code":"{}","message":"{text}"}}"#,
            kind.to_ascii_uppercase()
        ),
        Some(Api::TorchServe) => {
            format!(r#"{{"code":{status},"type":"{kind}","message":"{text}"}}"#)
        }
        Some(
            Api::SeldonV2
            | Api::KServe
            | Api::OpenInference
            | Api::Triton
            | Api::BentoMl
            | Api::TfServing,
        ) => format!(r#"{{"error":"{text}"}}"#),
        None => format!(
            r#"{{"type":"about:blank","title":"{kind}","status":{status},"detail":"{text}"}}"#
        ),
    }
}
