//! The requests of a protocol, line by line of its profile, and which of them operations of Istio allow.

use std::collections::{BTreeMap, BTreeSet};

use policies::action::Action;
use policies::bundle::Api;
use policies::profile::{Endpoint, Place, Source};

use crate::checks::grammar;
use crate::diagnostic::Diagnostic;
use crate::syntax::istio::Group;

use super::paths::{Matcher, Shape};

/// What a grant can be about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// the backend is the model
    Backend(String),
    /// a model by its name
    Model(String),
    /// every model whose name begins so
    Begin(String),
}

/// Operations of Istio: each all of its fields, any of them.
#[derive(Debug, Clone, Default)]
pub struct Operations(Vec<Operation>);

#[derive(Debug, Clone, Default)]
struct Operation {
    paths: Option<Vec<Matcher>>,
    not_paths: Vec<Matcher>,
    methods: Option<Vec<Matcher>>,
    not_methods: Vec<Matcher>,
}

/// A line of a profile for one [`Named`].
#[derive(Debug)]
pub struct Request {
    /// what it does
    pub action: Action,
    method: Shape,
    path: Shape,
    /// as the profile has it
    pub shown: String,
}

impl Operations {
    /// What can be said of them; the others are reported, and left out.
    #[must_use]
    pub fn read(groups: &[Group], refused: &mut Vec<Diagnostic>) -> Self {
        if groups.is_empty() {
            return Self::all();
        }
        let read = groups.iter().filter_map(|group| {
            Operation::read(group)
                .map_err(|diagnostic| refused.push(diagnostic))
                .ok()
        });
        Self(read.collect())
    }

    /// Every request.
    #[must_use]
    pub fn all() -> Self {
        Self(vec![Operation::default()])
    }

    /// Whether they say nothing about requests.
    #[must_use]
    pub fn is_all(&self) -> bool {
        let free = |operation: &Operation| {
            let Operation {
                paths,
                not_paths,
                methods,
                not_methods,
            } = operation;
            paths.is_none() && methods.is_none() && not_paths.is_empty() && not_methods.is_empty()
        };
        self.0.iter().any(free)
    }

    /// Whether every such request is meant.
    #[must_use]
    pub fn covers(&self, request: &Request) -> bool {
        self.meant(request, Matcher::covers, Matcher::may)
    }

    /// Whether such a request may be meant.
    #[must_use]
    pub fn may(&self, request: &Request) -> bool {
        self.meant(request, Matcher::may, Matcher::covers)
    }

    /// One takes the request, by one of each list that it has, and none of what it spares does.
    fn meant(
        &self,
        request: &Request,
        takes: fn(&Matcher, &Shape) -> bool,
        spares: fn(&Matcher, &Shape) -> bool,
    ) -> bool {
        let taken = |given: &Option<Vec<Matcher>>, shape: &Shape| {
            let given = given.as_ref();
            given.is_none_or(|given| given.iter().any(|matcher| takes(matcher, shape)))
        };
        let spared =
            |not: &[Matcher], shape: &Shape| not.iter().any(|matcher| spares(matcher, shape));
        self.0.iter().any(|operation| {
            taken(&operation.paths, &request.path)
                && taken(&operation.methods, &request.method)
                && !spared(&operation.not_paths, &request.path)
                && !spared(&operation.not_methods, &request.method)
        })
    }

    /// Whether they may allow requests about models that [`Self::named`] does not give.
    #[must_use]
    pub fn others(&self, api: Api) -> bool {
        let every = Named::Begin(String::new());
        self.0.iter().any(|operation| {
            lines(api).any(|line| {
                let path = request(line, &every).path;
                let methods = operation.methods.as_ref();
                let method = Shape::literal(line.method);
                let asked =
                    methods.is_none_or(|given| given.iter().any(|matcher| matcher.may(&method)));
                let open =
                    |matcher: &Matcher| matcher.may(&path) && in_path(matcher, line).is_none();
                let paths = operation.paths.as_ref();
                names_model(line) && asked && paths.is_none_or(|given| given.iter().any(open))
            })
        })
    }

    /// The models that their paths name, by the profile's lines; nothing where they name none, or all.
    #[must_use]
    pub fn named(&self, api: Api) -> BTreeSet<Named> {
        let paths = self
            .0
            .iter()
            .flat_map(|operation| operation.paths.iter().flatten());
        let pairs = paths.flat_map(|matcher| lines(api).map(move |line| (matcher, line)));
        pairs
            .filter_map(|(matcher, line)| in_path(matcher, line))
            .collect()
    }
}

impl Operation {
    fn read(group: &Group) -> Result<Self, Diagnostic> {
        let mut operation = Self::default();
        for (name, values) in group.fields.iter().filter(|(_, values)| !values.is_empty()) {
            let path = |value: &crate::syntax::Text| {
                Matcher::of_path(&value.value).map_err(|why| {
                    let message = format!("`{}` {why}", value.value);
                    refusal(
                        value.span,
                        message,
                        "write the path, or its beginning and `*`",
                    )
                })
            };
            let paths = || values.iter().map(path).collect::<Result<Vec<_>, _>>();
            let methods = || {
                values
                    .iter()
                    .map(|value| Matcher::of(&value.value))
                    .collect()
            };
            match name.value.as_str() {
                "paths" => operation.paths = some(paths()?),
                "notPaths" => operation.not_paths = paths()?,
                "methods" => operation.methods = some(methods()),
                "notMethods" => operation.not_methods = methods(),
                "hosts" if values.iter().any(|value| value.value == "*") => {}
                other => {
                    let message = format!("`{other}` of an operation is not carried over");
                    let help = "a gate says which hosts lead to a backend, and the filter sees no port; take the field out when it is not needed";
                    return Err(refusal(name.span, message, help));
                }
            }
        }
        Ok(operation)
    }
}

/// An empty list says nothing, as in Istio.
fn some(matchers: Vec<Matcher>) -> Option<Vec<Matcher>> {
    (!matchers.is_empty()).then_some(matchers)
}

fn refusal(span: crate::source::Span, message: String, help: &str) -> Diagnostic {
    Diagnostic::warning("MG0706", span, message).with_help(help)
}

/// Whether the line is about a model that the request names.
const fn names_model(line: &Endpoint) -> bool {
    !matches!(
        line.model,
        Source::Route | Source::Server | Source::ServerAndBody | Source::List(_)
    )
}

/// Every line of the profile, for this model.
#[must_use]
pub fn requests(api: Api, named: &Named) -> Vec<Request> {
    lines(api).map(|line| request(line, named)).collect()
}

fn lines(api: Api) -> impl Iterator<Item = &'static Endpoint> {
    api.profile().tables.iter().copied().flatten()
}

fn request(line: &Endpoint, named: &Named) -> Request {
    let mut path = Shape(Vec::new());
    let mut rest = line.path;
    while let Some((before, after)) = rest.split_once('{') {
        path.push(before);
        let (hole, after) = after.split_once('}').unwrap_or((after, ""));
        match (hole, named) {
            ("model" | "model+", Named::Model(name)) => path.push(name),
            ("model" | "model+", Named::Begin(beginning)) => {
                path.begins(beginning, hole == "model+");
            }
            _ => path.hole(hole == "model+"),
        }
        rest = after;
    }
    path.push(rest);
    let grpc = if line.grpc { "gRPC" } else { line.method };
    Request {
        action: line.action,
        method: Shape::literal(line.method),
        path,
        shown: format!("{grpc} `{}`", line.path),
    }
}

/// The model that a matcher of paths names at the line's `{model}`.
fn in_path(matcher: &Matcher, line: &Endpoint) -> Option<Named> {
    let (head, after) = line.path.split_once("{model")?;
    let (Matcher::Exact(text) | Matcher::Prefix(text)) = matcher else {
        return None;
    };
    let rest = text.strip_prefix(head)?;
    let whole = after.starts_with('+');
    let end = match (whole, after.strip_prefix('}')) {
        (false, Some(tail)) if tail.starts_with(':') => rest.find([':', '/']),
        (false, _) => rest.find('/'),
        (true, _) => None,
    };
    let exact = matches!(matcher, Matcher::Exact(_));
    let named = match end {
        Some(end) => Named::Model(rest.get(..end)?.to_owned()),
        None if exact => Named::Model(rest.to_owned()),
        None => Named::Begin(rest.to_owned()),
    };
    let may = matcher.may(&request(line, &named).path);
    (may && grammar::is_model(&named.written())).then_some(named)
}

impl Named {
    /// As it is written in an access file.
    #[must_use]
    pub fn of(text: &str) -> Self {
        match text.strip_suffix('*') {
            Some(beginning) => Self::Begin(beginning.to_owned()),
            None => Self::Model(text.to_owned()),
        }
    }

    /// Whether a model can be called so.
    #[must_use]
    pub fn covers(&self, model: &str) -> bool {
        match self {
            Self::Backend(name) | Self::Model(name) => name == model,
            Self::Begin(beginning) => model.starts_with(beginning),
        }
    }

    /// As an access file names it.
    #[must_use]
    pub fn written(&self) -> String {
        match self {
            Self::Backend(name) | Self::Model(name) => name.clone(),
            Self::Begin(beginning) => format!("{beginning}*"),
        }
    }
}

/// What of the requests can be granted so that nothing else is, and a request that cannot.
#[derive(Debug)]
pub struct Granted {
    /// no action that another one includes
    pub actions: Vec<Action>,
    /// a request that the operations may allow and that is not granted, and why not
    pub left: Option<(String, String)>,
}

/// Which actions the operations allow in full, less what is denied.
#[must_use]
pub fn granted(requests: &[Request], allow: &Operations, denies: &[Operations]) -> Granted {
    let spared = |request: &Request| !denies.iter().any(|deny| deny.may(request));
    let mut lines: BTreeMap<Action, Vec<&Request>> = BTreeMap::new();
    for request in requests {
        lines.entry(request.action).or_default().push(request);
    }
    let missing = |action: Action| {
        let all = action
            .members()
            .iter()
            .filter_map(|member| lines.get(member))
            .flatten();
        all.copied()
            .find(|request| !(allow.covers(request) && spared(request)))
    };
    let known = |action: &Action| is_known(*action, &|member| lines.contains_key(&member));
    let full: BTreeSet<Action> = Action::ALL
        .into_iter()
        .filter(|action| known(action) && missing(*action).is_none())
        .collect();
    let implied = |action: &Action| {
        full.iter()
            .any(|other| other != action && other.members().contains(action))
    };
    let denied = |request: &Request| denies.iter().any(|deny| deny.covers(request));
    let given = |action| full.iter().any(|full| full.members().contains(&action));
    let left = requests
        .iter()
        .find(|request| allow.may(request) && !denied(request) && !given(request.action));
    let left = left.map(|request| {
        let also = missing(request.action).map_or_else(String::new, |other| other.shown.clone());
        (
            format!("`{}` by {}", request.action.name(), request.shown),
            also,
        )
    });
    Granted {
        actions: full
            .iter()
            .filter(|action| !implied(action))
            .copied()
            .collect(),
        left,
    }
}

/// Whether the backend is the model.
#[must_use]
pub const fn is_model(api: Api) -> bool {
    matches!(api.profile().place, Place::Workload | Place::Deployment)
}

/// Whether the profile has requests that do it, or of a group some that do one of its members.
fn is_known(action: Action, has: &dyn Fn(Action) -> bool) -> bool {
    let members = action.members().iter().copied();
    let mut own = members.filter(|member| *member != Action::List);
    has(action) || matches!(action, Action::Predict | Action::Read) && own.any(has)
}
