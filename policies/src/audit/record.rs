//! What is known of an exchange while it runs. It is kept small and as it came: an event is made of it once, at the end.

use std::borrow::Cow;
use std::rc::Rc;

use super::excerpts::{Excerpts, Field, trace};
use super::line::{Object, member};
use super::{
    AuditEvent, Authentication, Ending, KIND, MAX_OTHERS, MAX_RULES, MAX_TEXT, SubjectType, VERSION,
};
use crate::action::Action;
use crate::bundle::{Route, Rule};
use crate::decision::{Reason, Verdict};
use crate::engine::Engine;
use crate::guard::Verified;
use crate::head::{Head, Target};
use crate::principal::{Subject, Workload};
use crate::time::UnixTime;

/// What every line begins with: [`KIND`] and [`VERSION`].
const START: &str = r#"{"kind":"modelgate.audit","version":1"#;

/// What is known so far.
#[derive(Debug)]
pub(crate) struct Record {
    started: UnixTime,
    texts: Excerpts,
    caller: Caller,
    route: Option<Rc<Route>>,
    granted: Vec<u32>,
    pub(crate) refused: Vec<u32>,
    pub(crate) stale_keys: bool,
    /// models that were judged
    pub(crate) decisions: u64,
    /// what was named, in order, each once; bounded
    models: Vec<String>,
    last: Option<Last>,
    /// of the first model that was judged, and of the last
    versions: [Option<String>; 2],
    pub(crate) action: Option<Action>,
    pub(crate) decided: Option<(Verdict, Reason)>,
    pub(crate) status: Option<u16>,
    pub(crate) request_bytes: u64,
    pub(crate) response_bytes: u64,
}

#[derive(Debug)]
enum Caller {
    Unknown,
    Token(Rc<Verified>),
    Peer(Option<Workload>),
}

/// What was named last.
#[derive(Debug)]
enum Last {
    /// position in the list
    Listed(usize),
    /// there was no room for it
    Other(String),
}

impl Record {
    pub(crate) fn new(started: UnixTime) -> Self {
        Self {
            started,
            texts: Excerpts::default(),
            caller: Caller::Unknown,
            route: None,
            granted: Vec::new(),
            refused: Vec::new(),
            stale_keys: false,
            decisions: 0,
            models: Vec::new(),
            last: None,
            versions: [None, None],
            action: None,
            decided: None,
            status: None,
            request_bytes: 0,
            response_bytes: 0,
        }
    }

    /// What is kept even of a request that cannot be read: raw method and host, the path up to any `?` or `#`.
    pub(crate) fn read_head(&mut self, head: &Head) {
        let first = |name| head.values(name).next();
        let path = first(":path").map(|path| {
            let mut parts = path.split(|byte| matches!(byte, b'?' | b'#'));
            parts.next().unwrap_or_default()
        });
        self.texts = Excerpts::default();
        self.texts.keep(Field::Method, first(":method"));
        self.texts.keep(Field::Host, first(":authority"));
        self.texts.keep(Field::Path, path);
        self.texts.keep(Field::RequestId, first("x-request-id"));
        if let Some((trace, span)) = first("traceparent").and_then(trace) {
            self.texts.keep(Field::TraceId, Some(trace.as_bytes()));
            self.texts.keep(Field::SpanId, Some(span.as_bytes()));
        }
    }

    pub(crate) fn read_target(&mut self, target: &Target<'_>) {
        self.texts.keep(Field::Host, Some(target.host.as_bytes()));
    }

    pub(crate) fn read_peer(&mut self, peer: Option<&[u8]>) {
        self.texts.keep(Field::Peer, peer);
    }

    pub(crate) fn read_route(&mut self, route: &Rc<Route>) {
        self.route = Some(Rc::clone(route));
    }

    pub(crate) fn authenticated_by_token(&mut self, verified: &Rc<Verified>) {
        self.caller = Caller::Token(Rc::clone(verified));
    }

    pub(crate) fn authenticated_by_peer(&mut self, peer: Option<&Workload>) {
        self.caller = Caller::Peer(peer.cloned());
    }

    /// The request's id, where it can be quoted without harm.
    pub(crate) fn request_id(&self) -> Option<&str> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let id = std::str::from_utf8(self.texts.get(Field::RequestId)?).ok()?;
        (!id.is_empty() && id.len() <= 64 && id.bytes().all(fits)).then_some(id)
    }

    /// Whether there is room in the list of what is named; of what comes later only the last name is kept.
    pub(crate) const fn lists_more(&self) -> bool {
        self.models.len() <= MAX_OTHERS
    }

    /// The request names this model.
    pub(crate) fn names(&mut self, model: &str) {
        let [_, version] = &mut self.versions;
        *version = None;
        if !self.lists_more() {
            return self.names_another(model);
        }
        let known = self.models.iter().position(|known| known == model);
        let last = match known {
            Some(position) => Last::Listed(position),
            None => {
                self.models.push(text(model.as_bytes()));
                Last::Listed(self.models.len().saturating_sub(1))
            }
        };
        self.last = Some(last);
    }

    /// And this version of what was named last.
    pub(crate) fn version(&mut self, version: Option<&str>) {
        let [first, last] = &mut self.versions;
        *last = version.map(str::to_owned);
        if self.decisions == 0 {
            first.clone_from(last);
        }
    }

    /// The list is full, and nobody asks whether this one is on it: a stream may name one after the other.
    fn names_another(&mut self, model: &str) {
        match &mut self.last {
            Some(Last::Other(name)) if model.len() <= MAX_TEXT => {
                name.clear();
                name.push_str(model);
            }
            last => *last = Some(Last::Other(text(model.as_bytes()))),
        }
    }

    /// These rules allow what was named last.
    pub(crate) fn grant(&mut self, rules: &[u32]) {
        for rule in rules {
            if self.granted.len() < MAX_RULES && !self.granted.contains(rule) {
                self.granted.push(*rule);
            }
        }
    }

    /// The first model; of what is denied the one that was judged last.
    fn model(&self, verdict: Verdict) -> Option<&str> {
        let first = self.models.first();
        let model = match (verdict, &self.last) {
            (Verdict::Allow, _) => first,
            (Verdict::Deny, Some(Last::Listed(position))) => self.models.get(*position),
            (Verdict::Deny, Some(Last::Other(name))) => Some(name),
            (Verdict::Deny, None) => None,
        };
        model.map(String::as_str)
    }

    /// Its version.
    fn model_version(&self, verdict: Verdict) -> Option<&str> {
        let [first, last] = &self.versions;
        match verdict {
            Verdict::Allow => first.as_deref(),
            Verdict::Deny => last.as_deref(),
        }
    }

    /// The others.
    fn others<'a>(&'a self, model: Option<&'a str>) -> impl Iterator<Item = &'a str> {
        let others = self.models.iter().map(String::as_str);
        others
            .filter(move |other| Some(*other) != model)
            .take(MAX_OTHERS)
    }

    fn rules<'a>(
        &'a self,
        engine: &'a Engine,
        verdict: Verdict,
    ) -> impl Iterator<Item = &'a Rule> + Clone {
        let rules = match verdict {
            Verdict::Allow => &self.granted,
            Verdict::Deny => &self.refused,
        };
        rules.iter().filter_map(|rule| engine.rule(*rule))
    }

    fn verdict(&self) -> (Verdict, Reason) {
        self.decided
            .unwrap_or((Verdict::Deny, Reason::EndedUndecided))
    }

    pub(crate) fn event(&self, engine: &Engine, ending: &Ending) -> AuditEvent {
        let (verdict, reason) = self.verdict();
        let rules = self.rules(engine, verdict);
        let model = self.model(verdict);
        let kept = |value: &str| text(value.as_bytes());
        let kept_field = |field| self.texts.get(field).map(text);
        AuditEvent {
            kind: KIND.to_owned(),
            version: VERSION,
            time: self.started.rfc3339(),
            request_id: kept_field(Field::RequestId),
            trace_id: kept_field(Field::TraceId),
            span_id: kept_field(Field::SpanId),
            verdict,
            reason,
            rules: rules
                .clone()
                .take(MAX_RULES)
                .map(|rule| rule.id.to_string())
                .collect(),
            because: rules
                .clone()
                .find_map(|rule| rule.because.as_deref().map(str::to_owned)),
            issuer: self.caller.issuer().map(str::to_owned),
            subject: self.caller.subject().as_deref().map(kept),
            subject_type: self.caller.subject_type(),
            authentication: self.caller.authentication(),
            client: self.caller.client().map(kept),
            stale_keys: self.stale_keys,
            peer: kept_field(Field::Peer),
            namespace: self.route.as_ref().map(|route| route.namespace.clone()),
            other_models: self.others(model).map(str::to_owned).collect(),
            model: model.map(str::to_owned),
            model_version: self.model_version(verdict).map(str::to_owned),
            action: self.action,
            protocol: self.route.as_ref().map(|route| route.api),
            method: kept_field(Field::Method),
            host: kept_field(Field::Host),
            path: kept_field(Field::Path),
            status: self.status.or(ending.status),
            request_bytes: self.request_bytes,
            response_bytes: self.response_bytes,
            duration_micros: ending.now.since(self.started) / 1000,
            bundle: engine.digest().to_owned(),
            target: engine.bundle().target.clone(),
            proxy: text(ending.proxy.as_bytes()),
        }
    }

    /// The same as the line of [`Record::event`], to the byte, without making the event.
    pub(crate) fn line(&self, engine: &Engine, ending: &Ending) -> Vec<u8> {
        let (verdict, reason) = self.verdict();
        let rules = self.rules(engine, verdict);
        let model = self.model(verdict);
        let route = self.route.as_deref();
        let because = rules.clone().find_map(|rule| rule.because.as_deref());
        let mut line = Object::begun(START);
        line.plain(member!("time"), Some(&self.started.rfc3339()));
        line.text(member!("requestId"), self.texts.get(Field::RequestId));
        line.text(member!("traceId"), self.texts.get(Field::TraceId));
        line.text(member!("spanId"), self.texts.get(Field::SpanId));
        line.plain(member!("verdict"), Some(verdict.name()));
        line.plain(member!("reason"), Some(reason.code()));
        let ids = rules.take(MAX_RULES).map(|rule| rule.id.to_string());
        line.list(member!("rules"), ids);
        line.whole(member!("because"), because);
        self.write_caller(&mut line);
        line.flag(member!("staleKeys"), self.stale_keys);
        line.text(member!("peer"), self.texts.get(Field::Peer));
        line.whole(
            member!("namespace"),
            route.map(|route| route.namespace.as_str()),
        );
        line.whole(member!("model"), model);
        line.whole(member!("modelVersion"), self.model_version(verdict));
        line.list(member!("otherModels"), self.others(model));
        line.plain(member!("action"), self.action.map(Action::name));
        line.plain(member!("protocol"), route.map(|route| route.api.name()));
        line.text(member!("method"), self.texts.get(Field::Method));
        line.text(member!("host"), self.texts.get(Field::Host));
        line.text(member!("path"), self.texts.get(Field::Path));
        line.number(
            member!("status"),
            self.status.or(ending.status).map(u64::from),
        );
        line.number(member!("requestBytes"), Some(self.request_bytes));
        line.number(member!("responseBytes"), Some(self.response_bytes));
        let duration = ending.now.since(self.started) / 1000;
        line.number(member!("durationMicros"), Some(duration));
        line.plain(member!("bundle"), Some(engine.digest()));
        line.whole(member!("target"), Some(&engine.bundle().target));
        line.text(member!("proxy"), Some(ending.proxy.as_bytes()));
        line.end()
    }

    fn write_caller(&self, line: &mut Object) {
        let subject = self.caller.subject();
        line.whole(member!("issuer"), self.caller.issuer());
        line.text(member!("subject"), subject.as_deref().map(str::as_bytes));
        line.plain(
            member!("subjectType"),
            self.caller.subject_type().map(SubjectType::name),
        );
        line.plain(
            member!("authentication"),
            Some(self.caller.authentication().name()),
        );
        line.text(member!("client"), self.caller.client().map(str::as_bytes));
    }
}

impl Caller {
    fn token(&self) -> Option<&Verified> {
        match self {
            Self::Token(verified) => Some(verified),
            Self::Unknown | Self::Peer(_) => None,
        }
    }

    fn issuer(&self) -> Option<&str> {
        self.token()
            .map(|verified| verified.identity.issuer.as_str())
    }

    fn subject(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Unknown | Self::Peer(None) => None,
            Self::Token(verified) => Some(verified.identity.subject.shown()),
            Self::Peer(Some(peer)) => Some(Cow::Owned(peer.name())),
        }
    }

    fn subject_type(&self) -> Option<SubjectType> {
        match self {
            Self::Unknown | Self::Peer(None) => None,
            Self::Token(verified) => Some(match verified.identity.subject {
                Subject::User(_) => SubjectType::User,
                Subject::ServiceAccount(_) | Subject::Workload(_) => SubjectType::ServiceAccount,
            }),
            Self::Peer(Some(_)) => Some(SubjectType::ServiceAccount),
        }
    }

    const fn authentication(&self) -> Authentication {
        match self {
            Self::Unknown => Authentication::None,
            Self::Token(_) => Authentication::Token,
            Self::Peer(_) => Authentication::Mtls,
        }
    }

    fn client(&self) -> Option<&str> {
        self.token()?.identity.client.as_deref()
    }
}

/// At most [`MAX_TEXT`] bytes; what is no UTF-8 becomes U+FFFD.
fn text(bytes: &[u8]) -> String {
    let cut = bytes.get(..MAX_TEXT).unwrap_or(bytes);
    String::from_utf8_lossy(cut).into_owned()
}
