//! What the caller of an [`crate::exchange::Exchange`] must do next, and what it must bring back.

use crate::bundle::Api;
use crate::decision::Reason;
use crate::profile::Errors;
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

/// How a client is answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Manner {
    /// it calls with gRPC, and expects answers in its form
    pub(crate) grpc: bool,
    /// what it may not do looks as if it was not there
    pub(crate) hides: bool,
    /// what it can quote to an administrator; letters, digits, `-`, `_` and `.`
    pub(crate) request_id: Option<String>,
}

impl Manner {
    /// HTTP status of the answer.
    pub(crate) fn status(&self, reason: Reason) -> u16 {
        match reason.status() {
            403 if self.hides => 404,
            status => status,
        }
    }
}

impl Denial {
    /// The answer where nothing can be decided.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(Reason::Internal, None, &Manner::default())
    }

    #[inline(never)]
    pub(crate) fn new(reason: Reason, api: Option<Api>, manner: &Manner) -> Self {
        let status = manner.status(reason);
        let (kind, text) = message(status);
        let text = match &manner.request_id {
            Some(id) => format!("{text} (request {id})"),
            None => text.to_owned(),
        };
        let errors = api.map(|api| api.profile().errors);
        Self {
            reason,
            status,
            grpc_status: manner.grpc.then(|| grpc_status(status)),
            headers: headers(reason, status),
            body: match manner.grpc {
                true => text,
                false => body(status, kind, &text, errors),
            },
            wants_keys_of: None,
        }
    }
}

/// <https://github.com/grpc/grpc/blob/master/doc/statuscodes.md>
const fn grpc_status(status: u16) -> u8 {
    match status {
        400 => 3,        // INVALID_ARGUMENT
        401 => 16,       // UNAUTHENTICATED
        403 => 7,        // PERMISSION_DENIED
        404 => 5,        // NOT_FOUND
        413 => 8,        // RESOURCE_EXHAUSTED
        415 => 12,       // UNIMPLEMENTED
        502 | 503 => 14, // UNAVAILABLE
        _ => 13,         // INTERNAL
    }
}

/// RFC 6750 section 3: no error code where no credentials were sent.
fn headers(reason: Reason, status: u16) -> Vec<(&'static str, &'static str)> {
    let challenge = |value| vec![("www-authenticate", value)];
    match (reason, status) {
        (Reason::TokenMissing, _) => challenge("Bearer realm=\"modelgate\""),
        (Reason::TokenRepeated | Reason::TokenInQuery, _) => {
            challenge("Bearer realm=\"modelgate\", error=\"invalid_request\"")
        }
        (_, 401) => challenge("Bearer realm=\"modelgate\", error=\"invalid_token\""),
        (_, 403) => challenge("Bearer realm=\"modelgate\", error=\"insufficient_scope\""),
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
        404 => ("model_not_found", "there is no such model"),
        413 => ("too_large", "the request body is too large"),
        415 => (
            "unsupported_encoding",
            "the request body must be of the operation's own type, and not compressed",
        ),
        502 => (
            "bad_gateway",
            "the model server's answer cannot be read as a list of models",
        ),
        503 => (
            "unavailable",
            "the keys to verify your token are not available yet",
        ),
        _ => ("internal", "the request could not be decided"),
    }
}

/// The shapes that clients of each protocol parse.
#[inline(never)]
fn body(status: u16, kind: &str, text: &str, errors: Option<Errors>) -> String {
    match errors {
        Some(Errors::OpenAi) => format!(
            r#"{{"error":{{"message":"{text}","type":"{kind}","param":null,"code":"{kind}"}}}}"#
        ),
        Some(Errors::Seldon) => format!(
            r#"{{"status":{{"code":{status},"info":"{text}","reason":"{kind}","status":1}}}}"#
        ),
        Some(Errors::Anthropic) => {
            let kind = anthropic_kind(status);
            format!(r#"{{"type":"error","error":{{"type":"{kind}","message":"{text}"}}}}"#)
        }
        Some(Errors::MlFlow) => format!(
            r#"{{"error_code":"{}","message":"{text}"}}"#,
            kind.to_ascii_uppercase()
        ),
        Some(Errors::TorchServe) => {
            format!(r#"{{"code":{status},"type":"{kind}","message":"{text}"}}"#)
        }
        Some(Errors::Text) => format!(r#"{{"error":"{text}"}}"#),
        None => format!(
            r#"{{"type":"about:blank","title":"{kind}","status":{status},"detail":"{text}"}}"#
        ),
    }
}

/// <https://docs.anthropic.com/en/api/errors>
const fn anthropic_kind(status: u16) -> &'static str {
    match status {
        400 | 415 => "invalid_request_error",
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        _ => "api_error",
    }
}
