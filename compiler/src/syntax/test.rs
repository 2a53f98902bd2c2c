//! An `AccessTest` document: who asks what, and what the answer must be.

use policies::decision::{Reason, Verdict};
use serde_json::json;

use crate::source::Span;

use super::fields::Fields;
use super::metadata::Metadata;
use super::value::Value;
use super::{Spanned, Text, timestamp};

mod who;

pub use who::{Claim, Given, Who};

/// An `AccessTest` as written.
#[derive(Debug, Clone)]
pub struct AccessTest {
    /// `metadata.namespace`
    pub namespace: Text,
    /// `metadata.name`
    pub name: Text,
    /// install target whose bundle judges; the first one that has the host unless given
    pub target: Option<Text>,
    /// `spec.tests`
    pub tests: Vec<Case>,
}

/// One question and its answer.
#[derive(Debug, Clone)]
pub struct Case {
    /// its first line
    pub span: Span,
    /// what it shows
    pub name: Text,
    /// who asks
    pub who: Who,
    /// what is asked
    pub request: Request,
    /// what must come out
    pub expect: Expectation,
}

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// `GET`, or `POST` where there is a body, unless given
    pub method: String,
    /// host without port
    pub host: Text,
    /// path and query
    pub path: Text,
    /// further headers, in order; repeated ones as often as given
    pub headers: Vec<(String, String)>,
    /// where it comes from; an address that is nobody's unless given
    pub address: Option<Text>,
    /// body
    pub body: Option<String>,
    /// Unix seconds
    pub at: Option<u64>,
}

/// What must come out.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// allow or deny; `None` where a problem was reported
    pub verdict: Option<Spanned<Verdict>>,
    /// stable reason code
    pub reason: Option<Spanned<Reason>>,
    /// HTTP status of the answer
    pub status: Option<u16>,
}

impl AccessTest {
    /// Reads the rest of a document of this kind.
    pub(super) fn read(document: Fields<'_>) -> Option<Self> {
        let (metadata, mut spec) = Metadata::and_spec(document)?;
        let test = Self {
            namespace: metadata.namespace?,
            name: metadata.name,
            target: spec.optional_text("target"),
            tests: spec.list("tests", case),
        };
        spec.finish();
        Some(test)
    }
}

fn case(value: Value<'_>) -> Option<Case> {
    let mut fields = value.fields("a test")?;
    let case = Case {
        span: fields.span(),
        name: fields.text("name"),
        who: fields
            .required("who")
            .and_then(who::read)
            .unwrap_or_default(),
        request: fields
            .required("request")
            .and_then(request)
            .unwrap_or_default(),
        expect: expectation(fields.required("expect")),
    };
    fields.finish();
    Some(case)
}

fn request(value: Value<'_>) -> Option<Request> {
    let mut fields = value.fields("a request")?;
    let body = fields.optional("body").map(|value| value.content().value);
    let method = fields.optional_text("method").map(|text| text.value);
    let default = if body.is_some() { "POST" } else { "GET" };
    let request = Request {
        method: method.unwrap_or_else(|| default.to_owned()),
        host: fields.text("host"),
        path: fields.text("path"),
        headers: fields.optional("headers").map(headers).unwrap_or_default(),
        body,
        at: fields.optional("at").and_then(at),
        address: fields.optional_text("address"),
    };
    fields.finish();
    Some(request)
}

fn headers(value: Value<'_>) -> Vec<(String, String)> {
    let Some(fields) = value.fields("`headers`") else {
        return Vec::new();
    };
    let each = |(name, value): (&Text, Value<'_>)| {
        let header = |value: Value<'_>| (name.value.clone(), value.content().value);
        value.list_or(
            |list| list.items().into_iter().map(header).collect(),
            |single| vec![header(single)],
        )
    };
    fields.free().flat_map(each).collect()
}

fn at(value: Value<'_>) -> Option<u64> {
    if value.records(|| json!({ "type": "string", "pattern": timestamp::PATTERN }))
        && value.records(|| json!({ "type": "integer", "minimum": 0 }))
    {
        return None;
    }
    let time = value.scalar().and_then(timestamp::parse);
    if time.is_none() {
        value.wrong_type::<()>("a time like `2026-01-01T12:00:00Z` or Unix seconds");
    }
    time
}

fn expectation(value: Option<Value<'_>>) -> Expectation {
    let none = Expectation {
        verdict: None,
        reason: None,
        status: None,
    };
    let Some(mut fields) = value.and_then(|value| value.fields("`expect`")) else {
        return none;
    };
    let verdicts = [("allow", Verdict::Allow), ("deny", Verdict::Deny)];
    let reasons = Reason::ALL.map(|reason| (reason.code(), reason));
    let status = fields
        .optional("status")
        .and_then(|value| value.number(100, 599));
    let allowed = fields.says("reason", Reason::Allowed.code());
    let denied = fields.has("reason") || status.is_some_and(|status| status >= 400);
    let example = (denied && !allowed).then_some("verdict: deny");
    let expect = Expectation {
        verdict: fields
            .required_like("verdict", example)
            .and_then(|value| value.choice(&verdicts)),
        reason: fields
            .optional("reason")
            .and_then(|value| value.choice(&reasons)),
        status: status.and_then(|status| u16::try_from(status).ok()),
    };
    fields.finish();
    expect
}
