//! The readers, one file each.

pub mod access;
pub mod bundle;
pub mod exchange;
pub mod head;
pub mod json;
pub mod jwks;
pub mod multipart;
pub mod protobuf;
pub mod token;

use policies::api::Api;
use policies::profile::Source;

/// When everything happens: noon of a Monday, UTC.
pub const NOON: u64 = 1_795_435_200;

/// Where the endpoints of all profiles name their models.
fn sources() -> Vec<Source> {
    let tables = Api::ALL.into_iter().flat_map(|api| api.profile().tables);
    let endpoints = tables.copied().flatten();
    let mut sources: Vec<Source> = Vec::new();
    for endpoint in endpoints {
        if !sources.contains(&endpoint.model) {
            sources.push(endpoint.model);
        }
    }
    sources
}
