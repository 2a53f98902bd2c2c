//! The part of the exchange that reads the body for models, judges each, and goes on reading once the first is allowed.

use super::body::Body;
use super::recent::Recent;
use super::request::{Asked, Target};
use super::{Allowed, Exchange, Listed, State};
use crate::authorize::{self, Decision, Permit, Question};
use crate::bundle::{Api, BodyMode};
use crate::decision::Reason;
use crate::guard::Guard;
use crate::principal::Caller;
use crate::profile::{Source, Versions};
use crate::step::Step;
use scan::Named;

/// The body must still be read: what it names is judged.
#[derive(Debug)]
pub(super) struct Reading {
    target: Target,
    caller: Caller,
    body: Body,
    /// with this target and caller
    allowed: authorize::Allowed,
    recent: Recent,
    /// of what was judged while it is held
    permit: Option<Permit>,
    /// why what is held will be refused: when it could leave, so that no chunking of a body changes the answer
    refusal: Option<Reason>,
}

impl Exchange {
    /// Finds the model, or begins to read the body for it.
    pub(super) fn resolve(&mut self, guard: &Guard, mut asked: Asked, caller: Caller) -> Step {
        let api = asked.api();
        let end = asked.end;
        let caller = Caller {
            facts: std::mem::take(&mut asked.facts),
            ..caller
        };
        let target = match asked.resolve(guard.engine(), &mut self.record) {
            Ok(target) => target,
            Err(reason) => return self.deny(reason, api),
        };
        let mut allowed = authorize::Allowed::default();
        let permit = match &target.model {
            Some(model) => {
                self.record.names(model);
                let named = Named {
                    model,
                    version: None,
                };
                match self.judge(guard, (&target, &caller), &mut allowed, named) {
                    Ok(permit) => Some(permit),
                    Err(reason) => return self.deny(reason, api),
                }
            }
            None => None,
        };
        let policy = guard.engine().bundle().body;
        let boundary = target.boundary.as_deref();
        let source = match target.versions {
            Versions::None => target.source.without_versions(),
            _ => target.source,
        };
        match (Body::new(source, boundary, policy, target.length), permit) {
            (None, Some(permit)) => self.allow(permit, None, || Listed::of(&target, &caller)),
            (Some(body), permit) if !end => {
                let reading = Box::new(Reading {
                    target,
                    caller,
                    body,
                    allowed,
                    recent: Recent::default(),
                    permit,
                    refusal: None,
                });
                self.begin(policy.mode, reading)
            }
            _ => self.deny(Reason::BodyMalformed, api),
        }
    }

    /// The next bytes of a body of which nothing was allowed to leave as decided.
    pub(super) fn read_models(
        &mut self,
        guard: &Guard,
        mut reading: Box<Reading>,
        chunk: &[u8],
        end: bool,
    ) -> Step {
        if let Err(reason) = self.judge_all(guard, &mut reading, chunk, end) {
            return self.deny(reason, Some(reading.api()));
        }
        let ended = reading.body.ended();
        match (reading.body.may_leave(), reading.permit.take()) {
            (true, Some(permit)) => {
                let rest = (!ended).then_some(reading);
                self.allow(permit, rest, || None)
            }
            (_, None) if ended => self.deny(Reason::ModelMissing, Some(reading.api())),
            (_, permit) => {
                let leaves = reading.body.leaves_unjudged();
                reading.permit = permit;
                self.state = State::Reading(reading);
                if leaves { Step::Forward } else { Step::Hold }
            }
        }
    }

    /// Allowed already, but a body with a second reading is still refused before its end leaves, and a name that is not allowed
    /// before it is whole.
    pub(super) fn read_rest(
        &mut self,
        guard: &Guard,
        permit: Permit,
        mut reading: Box<Reading>,
        chunk: &[u8],
        end: bool,
    ) -> Step {
        if let Err(reason) = self.judge_all(guard, &mut reading, chunk, end) {
            return self.deny(reason, Some(reading.api()));
        }
        let (leaves, ended) = (reading.body.may_leave(), reading.body.ended());
        self.state = State::Allowed(Allowed {
            permit,
            rest: (!ended).then_some(reading),
        });
        if leaves { Step::Forward } else { Step::Hold }
    }

    /// Judges one model that the request names, and that was noted.
    fn judge(
        &mut self,
        guard: &Guard,
        (target, caller): (&Target, &Caller),
        allowed: &mut authorize::Allowed,
        Named { model, version }: Named<'_>,
    ) -> Result<Permit, Reason> {
        target.agrees(model)?;
        let version = target.version(version)?;
        self.record.version(version);
        let route = &target.route;
        if route.api.profile().folds_names
            && guard.engine().is_other_spelling(&route.namespace, model)
        {
            // no other answer than to a name that is not there
            return Err(Reason::ModelUnknown);
        }
        self.record.decisions = self.record.decisions.saturating_add(1);
        let question = Question {
            namespace: &target.route.namespace,
            model,
            version,
            api: target.route.api,
            action: target.action,
            method: &target.method,
            now: self.now,
        };
        match guard.engine().decide_next(caller, question, allowed) {
            Decision::Allowed(permit, rules) => {
                self.record.grant(&rules);
                Ok(permit)
            }
            Decision::Denied(reason, rules) => {
                self.record.refused = rules;
                Err(reason)
            }
        }
    }

    fn begin(&mut self, mode: BodyMode, mut reading: Box<Reading>) -> Step {
        match (mode, reading.permit.take()) {
            // the path's model is allowed, and the body may only say the same
            (BodyMode::Stream, Some(permit)) => self.allow(permit, Some(reading), || None),
            (_, permit) => {
                reading.permit = permit;
                self.state = State::Reading(reading);
                Step::Hold
            }
        }
    }

    fn judge_all(
        &mut self,
        guard: &Guard,
        reading: &mut Reading,
        chunk: &[u8],
        end: bool,
    ) -> Result<(), Reason> {
        let models = reading
            .body
            .feed(chunk, end)
            .inspect_err(|_| self.record.refused.clear())?;
        // of many names the event has the last one: it is noted once
        let mut last = None;
        for named in models.iter() {
            if reading.refusal.is_some() {
                break;
            }
            if self.record.lists_more() {
                self.record.names(named.model);
            } else {
                last = Some(named);
            }
            if reading.recent.has(named) {
                continue;
            }
            let asked = (&reading.target, &reading.caller);
            match self.judge(guard, asked, &mut reading.allowed, named) {
                Ok(permit) => reading.permit = Some(permit),
                Err(reason) => reading.refusal = Some(reason),
            }
            if reading.body.is_document() && reading.refusal.is_none() {
                reading.refusal = reading.recent.add(named).err();
            }
        }
        if let Some(Named { model, version }) = last {
            self.record.names(model);
            let version = reading.target.version(version);
            self.record.version(version.unwrap_or_default());
        }
        match reading.refusal {
            Some(reason) if reading.body.may_leave() => Err(reason),
            _ => Ok(()),
        }
    }
}

impl Reading {
    pub(super) const fn refusal(&self) -> Option<Reason> {
        self.refusal
    }

    fn api(&self) -> Api {
        self.target.route.api
    }
}

impl Listed {
    /// Where the answer must be cut down to what the caller may use.
    fn of(target: &Target, caller: &Caller) -> Option<Box<Self>> {
        let Source::List(listing) = target.source else {
            return None;
        };
        Some(Box::new(Self {
            listing,
            route: target.route.clone(),
            caller: caller.clone(),
        }))
    }
}
