//! The identity that a token gives, or the reason why it is refused.

use policies::guard::Guard;
use policies::offline;
use policies::principal::{Identity, Subject};
use policies::time::UnixTime;
use policies::token::Refusal;
use serde::{Deserialize, Serialize};

use super::bytes::Bytes;

/// One line in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    token: Bytes,
    at: Option<serde_json::Number>,
}

/// One line out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    accepted: bool,
    reason: Option<&'static str>,
    issuer: Option<String>,
    user: Option<String>,
    groups: Vec<String>,
    service_account: Option<String>,
}

impl Answer {
    fn new(result: Result<Identity, Refusal>) -> Self {
        match result {
            Ok(Identity { issuer, subject, groups, .. }) => {
                let (user, service_account) = match subject {
                    Subject::User(name) => (Some(name), None),
                    Subject::ServiceAccount(name) => (None, Some(name)),
                };
                Self { accepted: true, reason: None, issuer: Some(issuer), user, groups, service_account }
            }
            Err(refusal) => Self {
                accepted: false,
                reason: Some(refusal.reason.code()),
                issuer: None,
                user: None,
                groups: vec![],
                service_account: None,
            },
        }
    }
}

/// Answers one JSON line; `now` counts where it has no `at`.
///
/// # Errors
/// When the line is not a question.
pub fn answer(guard: &Guard, line: &str, now: UnixTime) -> anyhow::Result<Answer> {
    let Question { token, at } = serde_json::from_str(line)?;
    let at = at.map_or(Ok(now), |at| seconds(&at))?;
    Ok(Answer::new(whoami(guard, &token.into_bytes()?, at)))
}

/// Who the token is about.
///
/// # Errors
/// Why it is refused.
pub fn whoami(guard: &Guard, token: &[u8], now: UnixTime) -> Result<Identity, Refusal> {
    offline::whoami(guard, token, now, &mut super::verify)
}

/// Unix seconds; a fraction is cut off.
///
/// # Errors
/// When the number is negative or beyond what a clock shows.
pub fn seconds(number: &serde_json::Number) -> anyhow::Result<UnixTime> {
    let text = number.to_string();
    let whole = text.split('.').next().unwrap_or_default();
    let seconds = whole.parse().map_err(|_| anyhow::anyhow!("`{number}` is not a time in Unix seconds"))?;
    Ok(UnixTime::from_secs(seconds))
}
