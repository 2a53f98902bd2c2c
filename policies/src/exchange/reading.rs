//! The part of the exchange that reads the body for the model, and goes on reading once the model is allowed.

use super::body::Body;
use super::request::{Asked, Target};
use super::{Allowed, Exchange, State};
use crate::bundle::{Api, BodyMode};
use crate::decision::Reason;
use crate::guard::Guard;
use crate::principal::Caller;
use crate::step::Step;

/// The body must name the model.
#[derive(Debug)]
pub(super) struct Reading {
    target: Target,
    caller: Caller,
    body: Body,
}

/// What is still to come of a body that named an allowed model.
#[derive(Debug)]
pub(super) struct Rest {
    api: Api,
    body: Body,
}

impl Exchange {
    /// Finds the model, or begins to read the body for it.
    pub(super) fn resolve(&mut self, guard: &Guard, asked: Asked, caller: Caller) -> Step {
        let api = asked.api();
        let end = asked.end;
        let target = match asked.resolve(&mut self.record) {
            Ok(target) => target,
            Err(reason) => return self.deny(reason, api),
        };
        if let Some(model) = target.model.clone() {
            return self.decide(guard, &target, &caller, &model, None);
        }
        let policy = guard.engine().bundle().body;
        match Body::new(target.source, policy, target.length) {
            Some(body) if !end => {
                self.state = State::Reading(Reading {
                    target,
                    caller,
                    body,
                });
                Step::Hold
            }
            _ => self.deny(Reason::BodyMalformed, api),
        }
    }

    pub(super) fn read_model(
        &mut self,
        guard: &Guard,
        mut reading: Reading,
        chunk: &[u8],
        end: bool,
    ) -> Step {
        if let Err(reason) = reading.body.feed(chunk, end) {
            return self.deny(reason, Some(reading.target.route.api));
        }
        if let Some(model) = reading.body.model() {
            let Reading {
                target,
                caller,
                body,
            } = reading;
            let rest = (!body.ended()).then_some(Rest {
                api: target.route.api,
                body,
            });
            return self.decide(guard, &target, &caller, &model, rest);
        }
        self.state = State::Reading(reading);
        match guard.engine().bundle().body.mode {
            BodyMode::Stream => Step::Forward,
            BodyMode::Hold => Step::Hold,
        }
    }

    /// Allowed already, but a body with a second reading is still refused before its end leaves, and a message about another
    /// model before it is whole.
    pub(super) fn check_rest(&mut self, allowed: Allowed, chunk: &[u8], end: bool) -> Step {
        let Allowed {
            permit,
            rest: Some(mut rest),
        } = allowed
        else {
            self.state = State::Allowed(allowed);
            return Step::Forward;
        };
        if let Err(reason) = rest.body.feed(chunk, end) {
            return self.deny(reason, Some(rest.api));
        }
        self.state = State::Allowed(Allowed {
            permit,
            rest: (!rest.body.ended()).then_some(rest),
        });
        Step::Forward
    }
}
