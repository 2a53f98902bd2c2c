//! Who is calling: the identity that a verified token gives, the workload at the other end of the connection, and the set of
//! dictionary terms that rules are matched with.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Longest name of a user, group or service account in bytes.
pub const MAX_NAME: usize = 256;
/// Most groups of one identity, and most items of one attribute.
pub const MAX_GROUPS: usize = 1000;

/// What conditions can ask for, by name.
pub type Claims = BTreeMap<String, ClaimValue>;

/// What a request says besides, by name.
pub type Facts = Option<Rc<Vec<(String, ClaimValue)>>>;

/// What a verified token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// the issuer's short name
    pub issuer: String,
    /// who it is
    pub subject: Subject,
    /// the issuer's groups, plain names
    pub groups: Vec<String>,
    /// name of the application that a user's token was given to, where the token says it
    pub client: Option<String>,
    /// the attributes that the gate declares and the token has
    pub claims: Rc<Claims>,
    /// Unix seconds after which the token is no longer valid, clock skew included
    pub valid_until: u64,
}

/// The one principal of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// a person: plain name at the issuer
    User(String),
    /// a machine: plain name at the issuer
    ServiceAccount(String),
    /// a machine by its Kubernetes token: the same as by its certificate
    Workload(Workload),
}

/// An attribute of a token.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClaimValue {
    /// a text of at most [`MAX_NAME`] bytes
    Text(String),
    /// an integer
    Number(i64),
    /// `true` or `false`
    Boolean(bool),
    /// texts of at most [`MAX_NAME`] bytes, at most [`MAX_GROUPS`]
    List(BTreeSet<String>),
}

/// A workload known by its mTLS certificate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Workload {
    /// Kubernetes namespace
    pub namespace: String,
    /// Kubernetes service account
    pub service_account: String,
}

/// The caller as the decision table sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Caller {
    /// positions in the bundle's dictionary; sorted, unique
    pub terms: Rc<[u32]>,
    /// whether it signed in with a token: an allow for everyone is for no other
    pub token: bool,
    /// the connection's peer
    pub peer: Option<Through>,
    /// the application that a user's token was given to
    pub client: Option<Through>,
    /// attributes of the token
    pub claims: Rc<Claims>,
    /// what the request says besides, see [`crate::facts`]
    pub facts: Facts,
}

/// A machine between the caller and the proxy, as the decision table sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Through {
    /// its position in the dictionary, where a rule names it
    pub term: Option<u32>,
}

impl Identity {
    /// The dictionary forms of the principal and its groups.
    pub fn terms(&self) -> impl Iterator<Item = String> {
        let own = match &self.subject {
            Subject::User(name) => format!("user:{}/{name}", self.issuer),
            Subject::ServiceAccount(name) => format!("sa:{}/{name}", self.issuer),
            Subject::Workload(workload) => workload.term(),
        };
        let groups = self
            .groups
            .iter()
            .map(|group| format!("group:{}/{group}", self.issuer));
        std::iter::once(own).chain(groups)
    }

    /// About how many bytes of memory it takes.
    #[must_use]
    #[inline(never)]
    pub fn size(&self) -> usize {
        /// of an entry besides its text
        const ENTRY: usize = 64;
        let subject = match &self.subject {
            Subject::User(name) | Subject::ServiceAccount(name) => name.len(),
            Subject::Workload(workload) => {
                { workload.namespace.len() }.saturating_add(workload.service_account.len())
            }
        };
        let client = self.client.as_ref().map_or(0, String::len);
        let own = [self.issuer.len(), subject, client];
        let groups = self.groups.iter().map(String::len);
        let claims = self.claims.values().flat_map(|value| match value {
            ClaimValue::List(texts) => texts.iter().map(String::len).collect(),
            ClaimValue::Text(text) => vec![text.len()],
            ClaimValue::Number(_) | ClaimValue::Boolean(_) => vec![0],
        });
        own.into_iter()
            .chain(groups)
            .chain(claims)
            .fold(ENTRY, |size, text| {
                size.saturating_add(text).saturating_add(ENTRY)
            })
    }

    /// The dictionary form of the application.
    #[must_use]
    pub fn client_term(&self) -> Option<String> {
        self.client
            .as_ref()
            .map(|client| format!("sa:{}/{client}", self.issuer))
    }
}

impl Subject {
    /// The name that audit events show.
    #[must_use]
    pub fn name(&self) -> String {
        self.shown().into_owned()
    }

    /// The same without a copy, where there is one to borrow.
    #[must_use]
    pub fn shown(&self) -> Cow<'_, str> {
        match self {
            Self::User(name) | Self::ServiceAccount(name) => Cow::Borrowed(name),
            Self::Workload(workload) => Cow::Owned(workload.name()),
        }
    }
}

impl Workload {
    /// The workload of these names, if they are Kubernetes names.
    #[must_use]
    pub fn new(namespace: &str, service_account: &str) -> Option<Self> {
        (is_dns_label(namespace) && is_dns_label(service_account)).then(|| Self {
            namespace: namespace.to_owned(),
            service_account: service_account.to_owned(),
        })
    }

    /// Reads `spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/SERVICE-ACCOUNT` (SPIFFE-ID, as Istio issues it); nothing else counts.
    #[must_use]
    pub fn from_spiffe(id: &str, trust_domain: &str) -> Option<Self> {
        let path = id
            .strip_prefix("spiffe://")?
            .strip_prefix(trust_domain)?
            .strip_prefix('/')?;
        let mut parts = path.split('/');
        let (ns, namespace, sa, service_account) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let whole = parts.next().is_none() && ns == "ns" && sa == "sa";
        Self::new(namespace, service_account).filter(|_| whole)
    }

    /// `NAMESPACE/NAME`, as rules name it.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}", self.namespace, self.service_account)
    }

    /// The dictionary form.
    #[must_use]
    pub fn term(&self) -> String {
        format!("sa:{}", self.name())
    }
}

/// A Kubernetes object name: lower-case letters, digits, `-` and `.`.
fn is_dns_label(text: &str) -> bool {
    let fits = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.'
    };
    !text.is_empty() && text.len() <= 253 && text.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_only_istio_ids_of_the_own_trust_domain() {
        let workload = Workload::from_spiffe(
            "spiffe://cluster.local/ns/payments/sa/checkout",
            "cluster.local",
        );
        assert_eq!(workload.unwrap().term(), "sa:payments/checkout");
        for id in [
            "",
            "spiffe://cluster.localx/ns/a/sa/b",
            "spiffe://other/ns/a/sa/b",
            "spiffe://cluster.local/ns/a/sa/b/c",
            "spiffe://cluster.local/ns/a/sa/",
            "spiffe://cluster.local/ns/A/sa/b",
            "spiffe://cluster.local/sa/a/ns/b",
            "SPIFFE://cluster.local/ns/a/sa/b",
        ] {
            assert_eq!(Workload::from_spiffe(id, "cluster.local"), None, "{id}");
        }
    }
}
