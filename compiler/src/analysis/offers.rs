//! What requests can do at all: the actions that some line of a protocol's tables leads to, and by which HTTP methods. About
//! the others nothing is asked, since no request does them, whatever rules say.

use std::collections::BTreeMap;

use policies::action::Action;
use policies::bundle::Api;
use policies::profile::{Endpoint, Source};

use super::models::Class;

/// The methods that lines of profiles have, the most usual first.
const KNOWN: [&str; 4] = ["POST", "GET", "PUT", "DELETE"];

/// The bit of gRPC, whose method is the most usual one.
const GRPC: u8 = 1 << KNOWN.len();

/// The bit of a line that can name a version.
const VERSION: u8 = GRPC << 1;

/// HTTP methods by which a protocol lets something be done: one bit for each of [`KNOWN`], one for gRPC, and one where a version can be
/// named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Methods(u8);

impl Methods {
    /// Those of all protocols and actions together.
    pub(super) const ALL: Self = Self((VERSION << 1) - 1);

    fn add(&mut self, endpoint: &Endpoint) {
        let known = KNOWN.iter().position(|known| *known == endpoint.method);
        self.0 |= match known {
            _ if endpoint.grpc => GRPC,
            known => known.map_or(0, |number| 1 << number),
        };
        self.0 |= if names_version(endpoint) { VERSION } else { 0 };
    }

    /// Whether such a request can name a version.
    pub(super) const fn name_versions(self) -> bool {
        self.0 & VERSION != 0
    }

    /// They, the most usual first, and that of gRPC last.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let has = move |bit: u8| self.0 & bit != 0;
        let all = KNOWN.into_iter().enumerate();
        let all = all.filter(move |(number, _)| has(1 << number));
        let of_grpc = KNOWN.first().filter(|_| has(GRPC) && !has(1)).copied();
        all.map(|(_, name)| name).chain(of_grpc)
    }

    /// The bits.
    pub(super) const fn bits(self) -> u8 {
        self.0
    }
}

fn names_version(endpoint: &Endpoint) -> bool {
    match endpoint.model {
        Source::Message(fields) | Source::Messages(fields) => fields.version.is_some(),
        _ => endpoint.path.contains("{version}"),
    }
}

/// What requests about models of the class can do, and by which methods; sorted.
#[must_use]
pub fn offers(class: &Class, api: Api) -> BTreeMap<Action, Methods> {
    let profile = api.profile();
    let is_about = |endpoint: &&Endpoint| {
        profile.one_model_a_backend()
            || match endpoint.model {
                Source::Server | Source::ServerAndBody => class.is_server(),
                Source::List(_) => true,
                _ => !class.is_server(),
            }
    };
    let mut offers: BTreeMap<Action, Methods> = BTreeMap::new();
    for endpoint in profile.tables.iter().copied().flatten().filter(is_about) {
        // an answer of the server has those models that may be listed, each as if it were asked for with GET
        let method = match endpoint.model {
            Source::List(_) if !class.is_server() => "GET",
            _ => endpoint.method,
        };
        let methods = offers.entry(endpoint.action).or_default();
        methods.add(&Endpoint {
            method,
            ..*endpoint
        });
    }
    offers
}

/// The methods of the action there, the most usual first.
pub(super) fn methods(class: &Class, api: Api, action: Action) -> Vec<&'static str> {
    let methods = offers(class, api).remove(&action).unwrap_or_default();
    methods.names().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(api: Api, name: &str) -> BTreeMap<Action, Vec<&'static str>> {
        let offers = offers(&Class::exactly("risk", name), api).into_iter();
        offers
            .map(|(action, methods)| (action, methods.names().collect()))
            .collect()
    }

    #[test]
    fn every_method_of_a_profile_is_known() {
        assert!(Methods::ALL.names().eq(KNOWN) && Methods::ALL.name_versions());
        for api in Api::ALL {
            for endpoint in api.profile().tables.iter().copied().flatten() {
                let method = endpoint.method;
                assert!(KNOWN.contains(&method), "{api:?}: {method}");
                assert!(!endpoint.grpc || method == KNOWN[0], "{api:?}: {method}");
            }
        }
    }

    #[test]
    fn models_and_their_server_are_asked_about_what_leads_to_them() {
        let model = of(Api::KServe, "detector");
        assert_eq!(model[&Action::Predict], ["POST"]);
        assert_eq!(model[&Action::Health], ["GET", "POST"]);
        assert_eq!(model[&Action::List], ["GET"]);
        assert_eq!(of(Api::Triton, "detector")[&Action::List], ["GET"]);
        assert_eq!(of(Api::Triton, "@detectors")[&Action::List], ["POST"]);
        assert!(!model.contains_key(&Action::Metrics));
        let server = of(Api::KServe, "@detectors");
        assert_eq!(server[&Action::Metrics], ["GET"]);
        assert_eq!(server[&Action::List], ["GET"]);
        assert!(!server.contains_key(&Action::Predict));
        assert!(!server.contains_key(&Action::Explain));
    }

    #[test]
    fn versions_are_named_where_a_line_has_room_for_them() {
        let named = |api: Api, action: Action| {
            let offers = offers(&Class::exactly("risk", "detector"), api);
            offers[&action].name_versions()
        };
        assert!(named(Api::OpenInference, Action::Predict));
        assert!(!named(Api::OpenInference, Action::Manage));
        assert!(!named(Api::OpenInference, Action::List));
    }

    #[test]
    fn where_the_backend_is_the_model_all_is_about_the_model() {
        let model = of(Api::BentoMl, "detector");
        assert!(model.contains_key(&Action::Metrics) && model.contains_key(&Action::Predict));
    }
}
