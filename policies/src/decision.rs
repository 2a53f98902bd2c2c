//! Verdicts and their reasons. A denial is not an error: it is one of two answers, with a stable code.
//!
//! Every code is documented in `docs/reasons.md` and has a case in `tests/cases`.

use serde::{Deserialize, Serialize};

/// Why a request was decided as it was. Stable: codes are added, never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each code is explained in docs/reasons.md")]
pub enum Reason {
    // the verdict is allow
    Allowed,
    // 401: who is calling
    TokenMissing,
    TokenRepeated,
    TokenMalformed,
    TokenTooLarge,
    TokenInQuery,
    AlgorithmRefused,
    HeaderParameterRefused,
    TypeRefused,
    IssuerUnknown,
    AudienceMismatch,
    TokenExpired,
    TokenNotYetValid,
    ClaimMissing,
    ClaimMalformed,
    LifetimeRefused,
    ClaimRefused,
    EmailUnverified,
    GroupsOverage,
    UnverifiedByMesh,
    KeyUnknown,
    SignatureInvalid,
    // 503: not ready
    JwksUnavailable,
    // 400, 413, 415: what is asked
    MethodMalformed,
    HostMalformed,
    PathMalformed,
    HeaderRepeated,
    HeaderMalformed,
    HeaderRefused,
    ModelMissing,
    ModelMalformed,
    ModelConflict,
    BodyMalformed,
    BodyTooLarge,
    EncodingRefused,
    // 403: not for you
    AddressUnknown,
    HostUnknown,
    PathUnknown,
    ModelUnknown,
    NotPermitted,
    TimeUnknown,
    DeniedByRule,
    DeniedByGuardrail,
    UpgradeRefused,
    ResponseBeforeDecision,
    // 502: the answer
    ListUnreadable,
    // the exchange ended, or was refused by the proxy, before a decision
    EndedUndecided,
    // 500: a state that must not occur
    Internal,
}

type Row = (Reason, u16, &'static str);
const INTERNAL: Row = (Reason::Internal, 500, "internal");
/// Status and code of each; the order is that of [`Reason::ALL`].
const ROWS: [Row; 48] = [
    (Reason::Allowed, 200, "allowed"),
    (Reason::TokenMissing, 401, "token_missing"),
    (Reason::TokenRepeated, 401, "token_repeated"),
    (Reason::TokenMalformed, 401, "token_malformed"),
    (Reason::TokenTooLarge, 401, "token_too_large"),
    (Reason::TokenInQuery, 401, "token_in_query"),
    (Reason::AlgorithmRefused, 401, "algorithm_refused"),
    (
        Reason::HeaderParameterRefused,
        401,
        "header_parameter_refused",
    ),
    (Reason::TypeRefused, 401, "type_refused"),
    (Reason::IssuerUnknown, 401, "issuer_unknown"),
    (Reason::AudienceMismatch, 401, "audience_mismatch"),
    (Reason::TokenExpired, 401, "token_expired"),
    (Reason::TokenNotYetValid, 401, "token_not_yet_valid"),
    (Reason::ClaimMissing, 401, "claim_missing"),
    (Reason::ClaimMalformed, 401, "claim_malformed"),
    (Reason::LifetimeRefused, 401, "lifetime_refused"),
    (Reason::ClaimRefused, 401, "claim_refused"),
    (Reason::EmailUnverified, 401, "email_unverified"),
    (Reason::GroupsOverage, 401, "groups_overage"),
    (Reason::UnverifiedByMesh, 401, "unverified_by_mesh"),
    (Reason::KeyUnknown, 401, "key_unknown"),
    (Reason::SignatureInvalid, 401, "signature_invalid"),
    (Reason::JwksUnavailable, 503, "jwks_unavailable"),
    (Reason::MethodMalformed, 400, "method_malformed"),
    (Reason::HostMalformed, 400, "host_malformed"),
    (Reason::PathMalformed, 400, "path_malformed"),
    (Reason::HeaderRepeated, 400, "header_repeated"),
    (Reason::HeaderMalformed, 400, "header_malformed"),
    (Reason::HeaderRefused, 400, "header_refused"),
    (Reason::ModelMissing, 400, "model_missing"),
    (Reason::ModelMalformed, 400, "model_malformed"),
    (Reason::ModelConflict, 400, "model_conflict"),
    (Reason::BodyMalformed, 400, "body_malformed"),
    (Reason::BodyTooLarge, 413, "body_too_large"),
    (Reason::EncodingRefused, 415, "encoding_refused"),
    (Reason::AddressUnknown, 403, "address_unknown"),
    (Reason::HostUnknown, 403, "host_unknown"),
    (Reason::PathUnknown, 403, "path_unknown"),
    (Reason::ModelUnknown, 403, "model_unknown"),
    (Reason::NotPermitted, 403, "not_permitted"),
    (Reason::TimeUnknown, 403, "time_unknown"),
    (Reason::DeniedByRule, 403, "denied_by_rule"),
    (Reason::DeniedByGuardrail, 403, "denied_by_guardrail"),
    (Reason::UpgradeRefused, 403, "upgrade_refused"),
    (
        Reason::ResponseBeforeDecision,
        403,
        "response_before_decision",
    ),
    (Reason::ListUnreadable, 502, "list_unreadable"),
    (Reason::EndedUndecided, 403, "ended_undecided"),
    (Reason::Internal, 500, "internal"),
];

impl Reason {
    /// Every reason, for documentation and coverage tests.
    pub const ALL: [Self; 48] = [
        Self::Allowed,
        Self::TokenMissing,
        Self::TokenRepeated,
        Self::TokenMalformed,
        Self::TokenTooLarge,
        Self::TokenInQuery,
        Self::AlgorithmRefused,
        Self::HeaderParameterRefused,
        Self::TypeRefused,
        Self::IssuerUnknown,
        Self::AudienceMismatch,
        Self::TokenExpired,
        Self::TokenNotYetValid,
        Self::ClaimMissing,
        Self::ClaimMalformed,
        Self::LifetimeRefused,
        Self::ClaimRefused,
        Self::EmailUnverified,
        Self::GroupsOverage,
        Self::UnverifiedByMesh,
        Self::KeyUnknown,
        Self::SignatureInvalid,
        Self::JwksUnavailable,
        Self::MethodMalformed,
        Self::HostMalformed,
        Self::PathMalformed,
        Self::HeaderRepeated,
        Self::HeaderMalformed,
        Self::HeaderRefused,
        Self::ModelMissing,
        Self::ModelMalformed,
        Self::ModelConflict,
        Self::BodyMalformed,
        Self::BodyTooLarge,
        Self::EncodingRefused,
        Self::AddressUnknown,
        Self::HostUnknown,
        Self::PathUnknown,
        Self::ModelUnknown,
        Self::NotPermitted,
        Self::TimeUnknown,
        Self::DeniedByRule,
        Self::DeniedByGuardrail,
        Self::UpgradeRefused,
        Self::ResponseBeforeDecision,
        Self::ListUnreadable,
        Self::EndedUndecided,
        Self::Internal,
    ];

    /// The code in audit events, tests and documentation.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.row().2
    }

    /// HTTP status of the answer that a request refused for this reason gets.
    #[must_use]
    pub fn status(self) -> u16 {
        self.row().1
    }

    fn row(self) -> &'static Row {
        let mut rows = ROWS.iter();
        rows.find(|row| row.0 == self).unwrap_or(&INTERNAL)
    }
}

/// The two answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// the request may reach the model
    Allow,
    /// it may not
    Deny,
}

impl Verdict {
    /// As audit events have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_row() {
        let rows = ROWS.map(|(reason, _, _)| reason);
        assert_eq!(rows, Reason::ALL);
        for reason in Reason::ALL {
            assert_eq!(serde_json::json!(reason), reason.code());
        }
    }
}
