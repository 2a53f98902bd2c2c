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
    HostUnknown,
    PathUnknown,
    ModelUnknown,
    NotPermitted,
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

impl Reason {
    /// Every reason, for documentation and coverage tests.
    pub const ALL: [Self; 46] = [
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
        Self::HostUnknown,
        Self::PathUnknown,
        Self::ModelUnknown,
        Self::NotPermitted,
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
    pub const fn code(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::TokenMissing => "token_missing",
            Self::TokenRepeated => "token_repeated",
            Self::TokenMalformed => "token_malformed",
            Self::TokenTooLarge => "token_too_large",
            Self::TokenInQuery => "token_in_query",
            Self::AlgorithmRefused => "algorithm_refused",
            Self::HeaderParameterRefused => "header_parameter_refused",
            Self::TypeRefused => "type_refused",
            Self::IssuerUnknown => "issuer_unknown",
            Self::AudienceMismatch => "audience_mismatch",
            Self::TokenExpired => "token_expired",
            Self::TokenNotYetValid => "token_not_yet_valid",
            Self::ClaimMissing => "claim_missing",
            Self::ClaimMalformed => "claim_malformed",
            Self::LifetimeRefused => "lifetime_refused",
            Self::ClaimRefused => "claim_refused",
            Self::EmailUnverified => "email_unverified",
            Self::GroupsOverage => "groups_overage",
            Self::UnverifiedByMesh => "unverified_by_mesh",
            Self::KeyUnknown => "key_unknown",
            Self::SignatureInvalid => "signature_invalid",
            Self::JwksUnavailable => "jwks_unavailable",
            Self::MethodMalformed => "method_malformed",
            Self::HostMalformed => "host_malformed",
            Self::PathMalformed => "path_malformed",
            Self::HeaderRepeated => "header_repeated",
            Self::HeaderMalformed => "header_malformed",
            Self::HeaderRefused => "header_refused",
            Self::ModelMissing => "model_missing",
            Self::ModelMalformed => "model_malformed",
            Self::ModelConflict => "model_conflict",
            Self::BodyMalformed => "body_malformed",
            Self::BodyTooLarge => "body_too_large",
            Self::EncodingRefused => "encoding_refused",
            Self::HostUnknown => "host_unknown",
            Self::PathUnknown => "path_unknown",
            Self::ModelUnknown => "model_unknown",
            Self::NotPermitted => "not_permitted",
            Self::DeniedByRule => "denied_by_rule",
            Self::DeniedByGuardrail => "denied_by_guardrail",
            Self::UpgradeRefused => "upgrade_refused",
            Self::ResponseBeforeDecision => "response_before_decision",
            Self::ListUnreadable => "list_unreadable",
            Self::EndedUndecided => "ended_undecided",
            Self::Internal => "internal",
        }
    }

    /// HTTP status of the answer that a request refused for this reason gets.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Allowed => 200,
            Self::TokenMissing
            | Self::TokenRepeated
            | Self::TokenMalformed
            | Self::TokenTooLarge
            | Self::TokenInQuery
            | Self::AlgorithmRefused
            | Self::HeaderParameterRefused
            | Self::TypeRefused
            | Self::IssuerUnknown
            | Self::AudienceMismatch
            | Self::TokenExpired
            | Self::TokenNotYetValid
            | Self::ClaimMissing
            | Self::ClaimMalformed
            | Self::LifetimeRefused
            | Self::ClaimRefused
            | Self::EmailUnverified
            | Self::GroupsOverage
            | Self::UnverifiedByMesh
            | Self::KeyUnknown
            | Self::SignatureInvalid => 401,
            Self::JwksUnavailable => 503,
            Self::MethodMalformed
            | Self::HostMalformed
            | Self::PathMalformed
            | Self::HeaderRepeated
            | Self::HeaderMalformed
            | Self::HeaderRefused
            | Self::ModelMissing
            | Self::ModelMalformed
            | Self::ModelConflict
            | Self::BodyMalformed => 400,
            Self::BodyTooLarge => 413,
            Self::EncodingRefused => 415,
            Self::HostUnknown
            | Self::PathUnknown
            | Self::ModelUnknown
            | Self::NotPermitted
            | Self::DeniedByRule
            | Self::DeniedByGuardrail
            | Self::UpgradeRefused
            | Self::ResponseBeforeDecision
            | Self::EndedUndecided => 403,
            Self::ListUnreadable => 502,
            Self::Internal => 500,
        }
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
