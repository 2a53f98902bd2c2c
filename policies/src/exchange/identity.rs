//! Header fields that tell the model server who calls. Whatever a client sends under their names, also with `_` for `-`, goes
//! first: many servers read both alike.

use crate::bundle::IdentityHeaders;
use crate::head::Head;
use crate::principal::{Identity, Subject, Workload};
use crate::sorted::unique;

/// What must happen to the request's head before it goes on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HeadChanges {
    /// names of fields to remove, every occurrence
    pub remove: Vec<Vec<u8>>,
    /// fields to add then; values are printable ASCII
    pub add: Vec<(String, String)>,
}

/// The fields of the client that could be taken for one of ours.
#[inline(never)]
pub(super) fn sent_by_client(names: Option<&IdentityHeaders>, head: &Head) -> Vec<Vec<u8>> {
    let Some(names) = names else {
        return Vec::new();
    };
    let own: Vec<&str> = all(names)
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    let taken = |name: &[u8]| own.iter().any(|own| alike(own.as_bytes(), name));
    let sent = head.names().filter(|name| taken(name));
    unique(sent.map(<[u8]>::to_vec).collect())
}

/// The fields of a caller with a token.
#[inline(never)]
pub(super) fn of_token(names: &IdentityHeaders, identity: &Identity) -> Vec<(String, String)> {
    let (user, machine) = match &identity.subject {
        Subject::User(name) => (Some(encoded(name)), identity.client.as_deref().map(encoded)),
        Subject::ServiceAccount(name) => (None, Some(encoded(name))),
        Subject::Workload(workload) => (None, Some(encoded(&workload.name()))),
    };
    let groups: Vec<String> = identity.groups.iter().map(|group| encoded(group)).collect();
    let groups = (!groups.is_empty()).then(|| groups.join(","));
    fields(
        names,
        [user, groups, machine, Some(encoded(&identity.issuer))],
    )
}

/// The fields of a workload without a token.
pub(super) fn of_peer(names: &IdentityHeaders, peer: Option<&Workload>) -> Vec<(String, String)> {
    fields(
        names,
        [None, None, peer.map(|peer| encoded(&peer.name())), None],
    )
}

fn fields(names: &IdentityHeaders, values: [Option<String>; 4]) -> Vec<(String, String)> {
    let pairs = all(names).into_iter().zip(values);
    pairs
        .filter_map(|(name, value)| Some((name?.clone(), value?)))
        .collect()
}

const fn all(names: &IdentityHeaders) -> [Option<&String>; 4] {
    let IdentityHeaders {
        user,
        groups,
        service_account,
        issuer,
    } = names;
    [
        user.as_ref(),
        groups.as_ref(),
        service_account.as_ref(),
        issuer.as_ref(),
    ]
}

/// Whether a server could take the one name for the other: many read `_` and `-` alike.
pub(crate) fn alike(own: &[u8], name: &[u8]) -> bool {
    let dashed = |byte: &u8| match byte {
        b'_' => b'-',
        other => other.to_ascii_lowercase(),
    };
    own.len() == name.len() && own.iter().map(dashed).eq(name.iter().map(dashed))
}

/// Percent-encoded (RFC 3986 section 2.1) but for printable ASCII; `,` and `%` have a meaning of their own here.
fn encoded(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'%' | b',' | 0..=0x20 | 0x7f.. => value.push_str(&format!("%{byte:02X}")),
            plain => value.push(char::from(plain)),
        }
    }
    value
}
