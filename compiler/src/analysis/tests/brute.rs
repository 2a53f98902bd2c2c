//! cedar-policy, asked about one request, with the entities that the request needs.

use std::collections::BTreeSet;
use std::rc::Rc;

use policies::action::Action;
use policies::bundle::{Api, Bundle};
use policies::principal::{Claims, Identity, Subject, Workload};
use policies::time::UnixTime;

use crate::analysis::Example;
use crate::analysis::caller::Kind;
use crate::cedar::{self, Meaning};
use crate::lower;
use crate::policy::Policy;
use crate::referee::Answer;
use crate::referee::boundary::{Caller, Case, Dimensions, Known};
use crate::referee::relevant::{Policies, set};
use crate::referee::store::Stores;
use crate::referee::witness::Witness;

/// One request.
#[derive(Debug, Clone)]
pub struct Request {
    pub caller: Caller,
    pub terms: BTreeSet<String>,
    pub peer: Option<Workload>,
    pub client: Option<String>,
    pub claims: Rc<Claims>,
    pub facts: Rc<Claims>,
    pub namespace: String,
    pub model: String,
    pub api: Api,
    pub action: Action,
    pub now: UnixTime,
    pub method: String,
}

/// A policy in Cedar.
pub struct Judge {
    meaning: Meaning,
    bundle: Bundle,
    all: Policies,
}

impl Request {
    pub fn of(example: &Example) -> Self {
        let token = |issuer: &str, subject: Subject| {
            let identity = Identity {
                issuer: issuer.to_owned(),
                subject,
                groups: example.groups.iter().cloned().collect(),
                client: None,
                claims: Rc::default(),
                valid_until: u64::MAX,
            };
            let terms = identity.terms().collect();
            let caller = Caller {
                identity: Some(identity),
                workload: None,
            };
            (caller, terms)
        };
        let name = example.name.clone();
        let (caller, terms) = match &example.kind {
            Kind::User(issuer) => token(issuer, Subject::User(name)),
            Kind::Account(issuer) => token(issuer, Subject::ServiceAccount(name)),
            Kind::Token(issuer) => token(issuer, Subject::Workload(workload(&name))),
            Kind::Workload => {
                let caller = Caller {
                    identity: None,
                    workload: Some(workload(&name)),
                };
                (caller, BTreeSet::from([format!("sa:{name}")]))
            }
        };
        Self {
            caller,
            terms,
            peer: example.peer.as_deref().map(workload),
            client: example.client.clone(),
            claims: Rc::new(example.claims.clone()),
            facts: Rc::new(example.facts.clone()),
            namespace: example.namespace.clone(),
            model: example.model.clone(),
            api: example.api,
            action: example.action,
            now: example.now,
            method: example.method.clone(),
        }
    }
}

impl Judge {
    pub fn new(policy: &Policy) -> Self {
        let meaning = cedar::build(policy).unwrap();
        let table = lower::lower(&meaning, &policy.gate).unwrap();
        let bundle = lower::bundle(&table, policy, &policy.gate.installs[0]);
        Self {
            all: set(meaning.statements.iter()),
            meaning,
            bundle,
        }
    }

    /// What Cedar says; a model that the bundle does not know, or by another protocol, is refused, as the engine does.
    pub fn judge(&self, request: &Request) -> Answer {
        let known = Known::of(&self.bundle);
        let model = known.model(request.namespace.clone(), request.model.clone());
        let Some(model) = model.filter(|model| model.api == request.api) else {
            return Answer::refused();
        };
        let dimensions = Dimensions {
            callers: vec![request.caller.clone()],
            peers: vec![request.peer.clone(), request.caller.workload.clone()],
            clients: vec![request.client.clone()],
            claims: vec![Rc::clone(&request.claims)],
            facts: vec![Rc::clone(&request.facts)],
            models: vec![model],
            actions: vec![request.action],
            times: vec![request.now],
            methods: vec![request.method.clone()],
        };
        let entities = Stores::new(&self.meaning).of(&dimensions);
        let case = Case {
            caller: &request.caller,
            connection: request.peer.as_ref(),
            client: request.client.as_deref(),
            claims: &request.claims,
            facts: &request.facts,
            model: &dimensions.models[0],
            action: request.action,
            now: request.now,
            method: &request.method,
        };
        let answer = Witness::new(&self.meaning).ask(&self.all, &entities, &case);
        let known = |rule: &String| self.meaning.statements.iter().any(|one| one.id == *rule);
        assert!(answer.rules.iter().all(known), "{:?}", answer.rules);
        answer
    }
}

pub fn workload(name: &str) -> Workload {
    let (namespace, service_account) = name.split_once('/').unwrap();
    Workload {
        namespace: namespace.into(),
        service_account: service_account.into(),
    }
}
