//! The validated form of what people wrote: every name resolved, every list known not to be empty, nothing ambiguous left.
//!
//! Built by [`crate::syntax`] and the checks; read by `cedar`, `lower`, `istio` and `envoy`. It cannot hold nonsense:
//! whoever has a [`Policy`] needs no further check of names.

use std::collections::{BTreeMap, BTreeSet};

use policies::action::Action;
use policies::bundle::{
    Algorithm, Api, BodyPolicy, ClaimKind, ClaimNames, IdentityHeaders, PodLabel, RequiredClaim,
    Reselecting,
};

use crate::checks::jwks_uri;
use crate::source::Span;

mod alike;
mod grants;
pub(crate) mod resolve;

pub use grants::{Grants, Until};

/// One gate and all access files under it.
#[derive(Debug, Clone)]
pub struct Policy {
    /// the administrator's part
    pub gate: Gate,
    /// the teams' parts, sorted by namespace and name
    pub files: Vec<AccessFile>,
    /// where a role names a group, by the role's namespace and the group's id: the rules have it written out
    pub roles: BTreeMap<(String, String), Span>,
}

impl Policy {
    /// The same gate with the files of these namespaces alone: enough for questions about them.
    #[must_use]
    pub fn only(&self, namespaces: &BTreeSet<&str>) -> Self {
        let files = self.files.iter();
        let files = files.filter(|file| namespaces.contains(file.namespace.as_str()));
        Self {
            gate: self.gate.clone(),
            files: files.cloned().collect(),
            roles: self.roles.clone(),
        }
    }
}

/// A `ModelGate`.
#[derive(Debug, Clone)]
pub struct Gate {
    /// `metadata.name`
    pub name: String,
    /// sorted as written; names unique
    pub issuers: Vec<Issuer>,
    /// position in `issuers` of the issuer that plain names belong to; `None` with several issuers and no `defaultIssuer`
    pub default_issuer: Option<usize>,
    /// who owns what; names unique, a host belongs to one namespace
    pub namespaces: Vec<Namespace>,
    /// where the filter sits; names unique
    pub installs: Vec<Install>,
    /// body treatment
    pub body: BodyPolicy,
    /// what still denies without the filter
    pub floor: Floor,
    /// what conditions can ask a token for, of all issuers
    pub attributes: Attributes,
    /// SPIFFE trust domain, `cluster.local` unless given
    pub trust_domain: String,
    /// the header fields that tell the model server who calls
    pub identity_headers: Option<IdentityHeaders>,
    /// what becomes of header fields that reselect a model downstream
    pub reselecting_headers: Reselecting,
    /// 404 instead of 403
    pub hide_models: bool,
    /// audit events are written several at once
    pub batch_audit: bool,
    /// Cedar `forbid` policies over every namespace
    pub guardrails: Option<CedarText>,
    /// what teams may grant
    pub grants: Grants,
    /// time zones that conditions can ask for
    pub zones: BTreeSet<String>,
    /// header fields that conditions can ask for
    pub headers: BTreeSet<String>,
    /// whether conditions can ask for the client's address
    pub address: bool,
}

/// Type of each attribute; a name has one.
pub type Attributes = BTreeMap<String, ClaimKind>;

/// A piece of Cedar inside a YAML file.
#[derive(Debug, Clone)]
pub struct CedarText {
    /// the text as YAML gave it
    pub text: String,
    /// where it stands
    pub span: Span,
}

/// An issuer of tokens.
#[derive(Debug, Clone)]
pub struct Issuer {
    /// short name
    pub name: String,
    /// value of `iss`
    pub issuer: String,
    /// accepted `aud` values, not empty
    pub audiences: Vec<String>,
    /// accepted algorithms, not empty
    pub algorithms: Vec<Algorithm>,
    /// accepted `typ` values, not empty
    pub types: Vec<String>,
    /// most seconds from `iat` to `exp`
    pub max_lifetime: Option<u32>,
    /// claims that a token must have
    pub required: Vec<RequiredClaim>,
    /// where the identity is found
    pub claims: ClaimNames,
    /// allowed clock skew in seconds
    pub skew: u32,
    /// where keys come from
    pub keys: Keys,
    /// seconds for which fetched keys are used after the last good fetch
    pub keep_keys: u32,
    /// Istio alone needs the keys: the filter asks it whether a token is verified
    pub verified_by_istio: bool,
}

/// Where an issuer's keys come from.
#[derive(Clone, PartialEq, Eq)]
pub enum Keys {
    /// a JWK set in the file, parsed by `policies::keys` without complaint
    Inline(serde_json::Value),
    /// fetched from here
    Remote(Address),
    /// fetched from where the document here says
    Discovery(Address),
    /// a secret, base64url
    Secret(String),
}

/// Where something is fetched from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// `https` unless the issuer says `insecureJwks`
    pub tls: bool,
    /// host name or, with `insecureJwks`, an IP literal; lower case
    pub host: String,
    /// TCP port
    pub port: u16,
    /// path and query
    pub path: String,
}

impl Address {
    /// Reads a URL, by the rules for `jwksUri`.
    ///
    /// # Errors
    /// What is wrong with it, and what to write.
    pub fn parse(url: &str, insecure: bool) -> Result<Self, String> {
        jwks_uri::parse(url, insecure).map_err(|(message, help)| format!("{message}: {help}"))
    }

    /// The whole URL.
    #[must_use]
    pub fn url(&self) -> String {
        let Self {
            tls,
            host,
            port,
            path,
        } = self;
        let scheme = if *tls { "https" } else { "http" };
        format!("{scheme}://{host}:{port}{path}")
    }
}

impl Issuer {
    /// Where the filter fetches from.
    #[must_use]
    pub const fn fetched(&self) -> Option<&Address> {
        match &self.keys {
            Keys::Remote(address) | Keys::Discovery(address) if !self.verified_by_istio => {
                Some(address)
            }
            _ => None,
        }
    }
}

impl Address {
    /// Scheme and authority, as in a URL.
    #[must_use]
    pub fn origin(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}", self.authority())
    }

    /// `host`, or `host:port` where the port is not the scheme's own.
    #[must_use]
    pub fn authority(&self) -> String {
        if self.port == if self.tls { 443 } else { 80 } {
            self.host.clone()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

/// A secret never shows.
impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Inline(set) => write!(f, "Inline({set})"),
            Self::Remote(address) => write!(f, "Remote({address:?})"),
            Self::Discovery(address) => write!(f, "Discovery({address:?})"),
            Self::Secret(_) => f.write_str("Secret"),
        }
    }
}

/// A namespace's property.
#[derive(Debug, Clone)]
pub struct Namespace {
    /// Kubernetes name
    pub name: String,
    /// exact host names, lower case, not empty
    pub hosts: Vec<String>,
    /// not empty, services unique
    pub backends: Vec<Backend>,
}

/// A model server behind the proxy.
#[derive(Debug, Clone)]
pub struct Backend {
    /// Kubernetes service; for Seldon the deployment's name
    pub service: String,
    /// protocol
    pub api: Api,
    /// hosts it answers to: its own subset of the namespace's, or all of them
    pub hosts: Vec<String>,
    /// port of the service, 80 unless given
    pub port: u16,
    /// label of its pods
    pub pods: PodLabel,
}

/// An install target.
#[derive(Debug, Clone)]
pub struct Install {
    /// name, also of the emitted bundle
    pub name: String,
    /// which proxies
    pub place: Place,
}

/// Which proxies an install target covers.
#[derive(Debug, Clone)]
pub enum Place {
    /// ingress gateway pods
    Gateway {
        /// their namespace
        namespace: String,
        /// their labels, not empty
        labels: Vec<(String, String)>,
    },
    /// every sidecar of the namespaces' backends
    Sidecars {
        /// names of gate namespaces, not empty
        namespaces: Vec<String>,
    },
}

impl Gate {
    /// Whether a workload of the mesh is called so, `NAMESPACE/NAME` by its certificate, and nobody who has a token of an issuer.
    #[must_use]
    pub fn is_workload(&self, term: &Term) -> bool {
        let Term::ServiceAccount(id) = term else {
            return false;
        };
        let owner = id.split_once('/').map(|(owner, _)| owner);
        owner.is_some_and(|owner| !self.issuers.iter().any(|issuer| issuer.name == owner))
    }
}

/// What still denies when the filter is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Floor {
    /// RequestAuthentication and AuthorizationPolicy beside the filter
    Native,
}

/// A `ModelAccess`.
#[derive(Debug, Clone)]
pub struct AccessFile {
    /// owner
    pub namespace: String,
    /// `metadata.name`
    pub name: String,
    /// declared models, not empty, patterns unique in the namespace
    pub models: Vec<Model>,
    /// allow rules, then deny rules, as written
    pub rules: Vec<Rule>,
}

/// A declared model.
#[derive(Debug, Clone)]
pub struct Model {
    /// name, or beginning and one trailing `*`
    pub name: String,
    /// protocol; a backend of the namespace speaks it
    pub api: Api,
    /// `resource.public` in guardrails
    pub public: bool,
    /// where the name stands
    pub span: Span,
}

/// An allow or deny rule of an access file.
#[derive(Debug, Clone)]
pub struct Rule {
    /// `NAMESPACE/FILE/allow[0]`
    pub id: String,
    /// allow or deny
    pub denies: bool,
    /// everyone who is signed in; `who` and `all` are empty then, and never otherwise
    pub everyone: bool,
    /// whom it speaks of: any of these
    pub who: BTreeSet<Term>,
    /// in each of which the caller must be besides
    pub all: Vec<BTreeSet<Term>>,
    /// applications of which the caller must come through one; empty: however they come
    pub through: BTreeSet<Term>,
    /// what they may do, groups resolved, not empty
    pub actions: BTreeSet<Action>,
    /// names or patterns, each covered by a declared model of the file, not empty; `@SERVICE` is a server as a whole
    pub models: BTreeSet<String>,
    /// it names no models: it is about every model of its file
    pub whole: bool,
    /// of these models; empty: whatever the version. Each model's protocol can name each of them
    pub versions: BTreeSet<String>,
    /// Cedar expression
    pub when: Option<CedarText>,
    /// the grant ends by itself
    pub until: Option<Until>,
    /// for the audit event
    pub because: Option<String>,
    /// where the rule stands
    pub span: Span,
}

/// A principal that rules can name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Term {
    /// `user:ISSUER/NAME`; Cedar `User::"ISSUER/NAME"`
    User(String),
    /// `group:ISSUER/NAME`; Cedar `Group::"ISSUER/NAME"`
    Group(String),
    /// `sa:NAMESPACE/NAME` (mTLS) or `sa:ISSUER/NAME` (token); Cedar `ServiceAccount::"..."`
    ServiceAccount(String),
}

impl Term {
    /// `OWNER/NAME`.
    #[must_use]
    pub fn id(&self) -> &str {
        let (Self::User(id) | Self::Group(id) | Self::ServiceAccount(id)) = self;
        id
    }

    /// The form used in a bundle's dictionary.
    #[must_use]
    pub fn dictionary_form(&self) -> String {
        match self {
            Self::User(name) => ["user:", name].concat(),
            Self::Group(name) => ["group:", name].concat(),
            Self::ServiceAccount(name) => ["sa:", name].concat(),
        }
    }
}
