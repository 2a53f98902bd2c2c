//! The artefact that the compiler emits and the filter loads: one versioned JSON document per install target.
//!
//! These are the wire types only. They hold what was written, checked for shape; [`crate::engine::Engine`] is the loaded,
//! validated form. Lists refer to each other by position (`terms`, `scopes`), and the long ones are written as columns, so that
//! 100,000 rules stay small: see [`packed`].

use std::cmp::Ordering;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::action::Action;

mod by_name;
mod config;
mod issuer;
mod packed;
mod rule_id;

pub use issuer::{
    Attribute, ClaimKind, ClaimNames, ClaimPath, Issuer, KeySource, RequiredClaim,
    ServiceAccountClaim,
};

pub use config::{ConfigError, PluginConfig, plugin_config};

pub use crate::algorithm::Algorithm;
pub use crate::api::Api;

use by_name::{apart, by_name};
pub use rule_id::RuleId;

/// The only version this crate reads and writes.
pub const VERSION: u32 = 3;

by_name!(Bundle, BodyPolicy, IdentityHeaders, Route, PodLabel);

/// All that one proxy needs to decide.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", remote = "Self")]
pub struct Bundle {
    /// [`VERSION`]; any other is refused
    pub version: u32,
    /// name of the install target that this bundle was compiled for
    pub target: String,
    /// SPIFFE trust domain whose workloads count as service accounts, e.g. `cluster.local`
    pub trust_domain: String,
    /// how request bodies are treated
    #[serde(deserialize_with = "apart")]
    pub body: BodyPolicy,
    /// whose tokens are accepted
    #[serde(deserialize_with = "apart")]
    pub issuers: Vec<Issuer>,
    /// the header fields that tell the model server who calls
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_headers: Option<IdentityHeaders>,
    /// what becomes of header fields that reselect a model downstream
    #[serde(default, skip_serializing_if = "Reselecting::is_default")]
    pub reselecting_headers: Reselecting,
    /// what of a request the rules ask for besides what every request has, see [`crate::facts`]; unique
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<String>,
    /// refusals look as if there was no such model: 404 instead of 403
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hide_models: bool,
    /// audit events are written several at once
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub batch_audit: bool,
    /// which requests are about which namespace and protocol
    #[serde(deserialize_with = "apart")]
    pub routes: Vec<Route>,
    /// the models that the rules speak of, sorted by namespace and name
    #[serde(with = "packed::models")]
    pub models: Vec<ModelEntry>,
    /// dictionary of principal terms: `user:ISSUER/NAME`, `group:ISSUER/NAME`, `sa:ISSUER-OR-NAMESPACE/NAME`; sorted, unique
    #[serde(with = "packed::texts")]
    pub terms: Vec<String>,
    /// number of scopes; a rule belongs to one, a model lies in several; scope 0 covers every model
    pub scopes: u32,
    /// the decision table
    #[serde(with = "packed::rules")]
    pub rules: Vec<Rule>,
}

/// How a request body is treated when the model is named in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", remote = "Self")]
pub struct BodyPolicy {
    /// hold everything back, or let undecided parts go
    pub mode: BodyMode,
    /// most body bytes of one request, or of one gRPC message, that are read for a model name; beyond it the request is refused with 413
    pub limit: u64,
}

/// Whether bytes may leave before the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BodyMode {
    /// no body byte leaves before the decision
    Hold,
    /// bytes may leave, a whole request never
    Stream,
}

/// What becomes of a client's header fields by which some gateway or server would choose another model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reselecting {
    /// the request is refused
    #[default]
    Refuse,
    /// they do not reach the model server
    Remove,
}

impl Reselecting {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Names of header fields, lower case; what a client sends under them never passes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", remote = "Self")]
pub struct IdentityHeaders {
    /// the user's name
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// the groups, with commas between
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<String>,
    /// the service account's name
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_account: Option<String>,
    /// the issuer's short name
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
}

/// Requests to these hosts under this prefix speak this API about models of this namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", remote = "Self")]
pub struct Route {
    /// exact host names, lower case, without port
    pub hosts: Vec<String>,
    /// path in front of the API's own paths, without a trailing slash: `` or `/seldon/fraud/fraud-detector`
    pub prefix: String,
    /// who owns the models
    pub namespace: String,
    /// the protocol profile
    pub api: Api,
    /// the backend
    pub service: String,
    /// the model, where the workload alone decides it
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// header fields and values by which gRPC calls find this route, instead of by a path; in a sidecar they may be missing, but
    /// not say otherwise
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub call_headers: Vec<(String, String)>,
    /// in a sidecar: label of the workload that this route is for
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload: Option<PodLabel>,
}

/// A label that pods of one backend have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", remote = "Self")]
pub struct PodLabel {
    /// e.g. `app`
    pub name: String,
    /// e.g. `fraud-detector`
    pub value: String,
}

/// A model, or all models with a common beginning, that rules speak of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelEntry {
    /// owner, who is shared by all models of a bundle that are theirs
    pub namespace: Rc<str>,
    /// exact name, or a beginning and one trailing `*`; a request is judged by its longest match
    pub name: String,
    /// the protocol it is served with; a request through another is about an unknown model
    pub api: Api,
    /// `resource.public`
    pub public: bool,
    /// the scopes it lies in besides 0; sorted, unique
    pub scopes: Vec<u32>,
}

/// Ends the id of a rule that only says when another one cannot be evaluated, and refuses what that speaks of then.
pub const CLOCK: &str = "/clock";

/// One line of the decision table.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// id in audit events
    pub id: RuleId,
    /// what it does when it matches
    pub effect: Effect,
    /// whom it speaks of
    pub who: Who,
    /// actions it speaks of, sorted, unique, groups resolved; rules with the same ones share them, as they do conditions and reasons
    pub actions: Rc<[Action]>,
    /// models it speaks of
    pub scope: u32,
    /// must hold for the rule to match
    pub when: Option<Rc<Condition>>,
    /// a deny's reason, for the audit event only
    pub because: Option<Rc<str>>,
}

/// Deny and guardrail beat allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// grants
    Allow,
    /// refuses: a team's rule
    Deny,
    /// refuses: the administrator's rule over every namespace
    Guardrail,
}

/// The principals of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// everyone who is authenticated
    Anyone,
    /// whoever has one of these terms (positions in `terms`; sorted, unique, not empty)
    AnyOf(Vec<u32>),
}

/// A condition over one request; mirrors the part of Cedar that can be lowered. Evaluation cannot fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Condition {
    /// a constant
    Always(bool),
    /// all hold
    All(Vec<Condition>),
    /// one holds
    Any(Vec<Condition>),
    /// does not hold
    Not(Box<Condition>),
    /// the principal has one of these terms
    PrincipalIn(Vec<u32>),
    /// the connection's mTLS peer has one of these terms
    PeerIn(Vec<u32>),
    /// there is an mTLS peer
    HasPeer,
    /// the application that a person's token was given to has one of these terms
    ClientIn(Vec<u32>),
    /// the token names the application that it was given to
    HasClient,
    /// the token's attribute of this name, or the request's fact, passes the test; one that is not there passes none
    Claim(String, ClaimTest),
    /// the model is one of these: `NAMESPACE` (any model of it), `NAMESPACE/NAME` or `NAMESPACE/BEGINNING*`
    ModelIn(Vec<String>),
    /// `resource.public`
    Public,
    /// a number of the request compared with a constant
    Number(Number, Comparison, i64),
    /// a text of the request or model equals a constant
    Text(Text, String),
}

/// Numbers a condition can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Number {
    /// `context.hour`, UTC, 0 to 23
    Hour,
    /// minute of the hour, 0 to 59: local hours of some zones begin in the middle of one
    Minute,
    /// `context.weekday`, UTC, 1 (Monday) to 7 (Sunday)
    Weekday,
    /// `context.now`, seconds since 1970
    Now,
}

/// Texts a condition can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Text {
    /// `context.method`
    Method,
    /// `resource.namespace`
    Namespace,
    /// `resource.name`
    Name,
    /// `resource.api`
    Api,
}

/// What an attribute of the token must be; one of another kind passes no test.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ClaimTest {
    /// it is there
    Present,
    /// it is `true`
    True,
    /// the text equals one of these
    Text(Vec<String>),
    /// the number compares with the constant
    Number(Comparison, i64),
    /// the list of texts holds one of these
    Contains(Vec<String>),
    /// the text begins like one of these
    Begins(Vec<String>),
}

/// How two numbers compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Comparison {
    /// equal
    Eq,
    /// less
    Lt,
    /// less or equal
    Le,
    /// greater
    Gt,
    /// greater or equal
    Ge,
}

impl Comparison {
    /// Of a value that stands so to a constant.
    #[must_use]
    pub const fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Eq => ordering.is_eq(),
            Self::Lt => ordering.is_lt(),
            Self::Le => ordering.is_le(),
            Self::Gt => ordering.is_gt(),
            Self::Ge => ordering.is_ge(),
        }
    }
}
