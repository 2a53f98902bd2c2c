//! One exchange: callbacks in, steps carried out.

use std::cell::RefCell;
use std::rc::Rc;

use policies::audit::Ending;
use policies::decision::Reason;
use policies::exchange::{Answer, Exchange, MAX_LIST, OF_THE_BODY};
use policies::guard::Guard;
use policies::head::Connection;
use policies::step::{Denial, Step};
use policies::time::UnixTime;
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;

use crate::host;
use crate::root::Shared;

/// The HTTP context.
pub struct Http {
    context: u32,
    shared: Option<Rc<Shared>>,
    stream: Rc<RefCell<Stream>>,
}

/// The state of one exchange between callbacks.
pub struct Stream {
    exchange: Exchange,
    started: UnixTime,
    /// the head came to the filter; where it did not, the proxy refused the request before
    begun: bool,
    /// the proxy's clock could not be read: nothing can be decided
    timeless: bool,
    /// bytes at the front of the held body that were brought to the machine; none where no body is held
    seen: usize,
    /// bytes of the body that are held, brought or not
    size: usize,
    /// the body's buffer is held: the next callback shows it from its beginning
    held: bool,
    /// the request is complete
    ended: bool,
    /// issuer whose keys are waited for
    awaited: Option<usize>,
    /// a list of models is held until it is whole
    collects: bool,
    /// bytes of it that are held
    collected: usize,
    logged: bool,
}

/// What a callback answers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Forward,
    Hold,
    Wait,
    Denied,
}

impl Http {
    /// An exchange at its start.
    pub fn new(context: u32, shared: Option<Rc<Shared>>) -> Self {
        let clock = host::now();
        let started = clock.unwrap_or_default();
        let stream = Stream {
            exchange: Exchange::new(started),
            started,
            begun: false,
            timeless: clock.is_none(),
            seen: 0,
            size: 0,
            held: false,
            ended: false,
            awaited: None,
            collects: false,
            collected: 0,
            logged: false,
        };
        Self {
            context,
            shared,
            stream: Rc::new(RefCell::new(stream)),
        }
    }

    /// Runs a callback on the exchange; where that is impossible, the request is refused.
    fn with(&self, callback: impl FnOnce(&mut Stream, &Shared) -> Action) -> Action {
        match (&self.shared, self.stream.try_borrow_mut()) {
            (Some(shared), Ok(mut stream)) => callback(&mut stream, shared),
            _ => refuse_blindly(),
        }
    }
}

impl Context for Http {}

impl HttpContext for Http {
    fn on_http_request_headers(&mut self, _fields: usize, end: bool) -> Action {
        let mut waits = false;
        let action = self.with(|stream, shared| {
            let outcome = stream.request_head(shared, end);
            waits = outcome == Outcome::Wait;
            match outcome {
                Outcome::Forward => Action::Continue,
                Outcome::Hold if !shared.hold_headers => Action::Continue,
                Outcome::Hold | Outcome::Wait | Outcome::Denied => Action::Pause,
            }
        });
        if waits {
            self.wait();
        }
        action
    }

    fn on_http_request_body(&mut self, size: usize, end: bool) -> Action {
        self.with(|stream, shared| stream.request_body(shared, size, end))
    }

    fn on_http_request_trailers(&mut self, _fields: usize) -> Action {
        self.with(|stream, shared| stream.request_trailers(shared))
    }

    fn on_http_response_headers(&mut self, _fields: usize, _end: bool) -> Action {
        self.with(|stream, _| stream.response_head())
    }

    fn on_http_response_body(&mut self, size: usize, end: bool) -> Action {
        self.with(|stream, shared| stream.response_body(shared, size, end))
    }

    fn on_http_response_trailers(&mut self, _fields: usize) -> Action {
        self.with(|stream, shared| stream.response_body(shared, stream.collected, true))
    }

    fn on_log(&mut self) {
        let Some(shared) = &self.shared else { return };
        match self.stream.try_borrow_mut() {
            Ok(mut stream) => {
                shared.forget(self.context);
                stream.log(shared);
            }
            Err(_) => shared.metrics.lost_event(),
        }
    }
}

impl Http {
    fn wait(&self) {
        let Some(shared) = &self.shared else { return };
        if !shared.wait(self.context, &self.stream)
            && let Ok(mut stream) = self.stream.try_borrow_mut()
        {
            stream.refuse(shared, Reason::JwksUnavailable);
        }
    }
}

impl Stream {
    /// The issuer whose keys it waits for.
    pub const fn awaited(&self) -> Option<usize> {
        self.awaited
    }

    /// Since when, and with how many bytes that the client wrote.
    pub const fn waits(&self) -> (UnixTime, usize) {
        (self.started, self.exchange.waits_with())
    }

    /// Keys came, or the wait is over: goes on from where the head was paused.
    pub fn keys(&mut self, shared: &Shared) {
        self.awaited = None;
        let outcome = self.run(shared, Exchange::keys);
        let mut outcome = self.change_head(outcome);
        // what came meanwhile was held and not read: nothing of it leaves unread
        let reads =
            matches!(outcome, Outcome::Forward | Outcome::Hold) && self.exchange.reads_body();
        if reads && (self.held || self.ended) {
            outcome = self.bring(shared);
        }
        // a head that was paused for keys alone goes on now; its body is held in the body's own callback
        let goes =
            outcome == Outcome::Forward || (outcome == Outcome::Hold && !shared.hold_headers);
        if goes {
            self.release();
        }
        if goes && !host::resume_request() {
            self.refuse(shared, Reason::Internal);
        }
    }

    fn refuse(&mut self, shared: &Shared, reason: Reason) -> Outcome {
        let step = self.exchange.refuse(reason);
        self.perform(shared, step)
    }

    #[inline(never)]
    fn request_head(&mut self, shared: &Shared, end: bool) -> Outcome {
        self.begun = true;
        self.ended = end;
        let Some(head) = host::request_head().filter(|_| !self.timeless) else {
            return self.refuse(shared, Reason::Internal);
        };
        let peer = host::peer();
        let outcome = self.run(shared, |exchange, guard| {
            let asked = guard.engine().asks_address();
            let address = asked.then(host::address).flatten();
            let connection = Connection {
                peer: peer.as_deref(),
                address: address.as_deref(),
            };
            exchange.request_head(guard, &head, connection, end)
        });
        self.change_head(outcome)
    }

    /// The caller is known: the head says who it is before any of it can leave.
    fn change_head(&mut self, outcome: Outcome) -> Outcome {
        if matches!(outcome, Outcome::Forward | Outcome::Hold) {
            host::change_head(&self.exchange.head_changes());
        }
        outcome
    }

    fn request_body(&mut self, shared: &Shared, size: usize, end: bool) -> Action {
        self.ended = end;
        let fresh = size.saturating_sub(self.size);
        self.exchange
            .request_bytes(u64::try_from(fresh).unwrap_or_default());
        self.size = size;
        if self.exchange.is_authenticating() {
            self.held = true;
            return Action::Pause;
        }
        let outcome = if self.exchange.reads_body() {
            self.bring(shared)
        } else {
            self.run(shared, |exchange, guard| {
                exchange.request_body(guard, &[], end)
            })
        };
        self.after_body(outcome)
    }

    fn request_trailers(&mut self, shared: &Shared) -> Action {
        self.ended = true;
        if self.exchange.is_authenticating() {
            return Action::Pause;
        }
        let outcome = self.run(shared, Exchange::request_trailers);
        self.after_body(outcome)
    }

    fn response_head(&mut self) -> Action {
        let head = host::response_head(self.exchange.lists());
        match self.exchange.response_head(&head) {
            Answer::Pass => Action::Continue,
            Answer::Collect => {
                self.collects = true;
                host::remove_from_response(&OF_THE_BODY);
                Action::Continue
            }
            Answer::Refuse(denial) => {
                host::answer(&denial);
                Action::Pause
            }
        }
    }

    /// A list is held until its end, and cut down to what the caller may see; everything else passes.
    fn response_body(&mut self, shared: &Shared, size: usize, end: bool) -> Action {
        if !self.collects {
            self.exchange
                .response_bytes(u64::try_from(size).unwrap_or_default());
            return Action::Continue;
        }
        self.collected = size;
        if !end {
            return Action::Pause;
        }
        self.collects = false;
        let Ok(guard) = shared.guard.try_borrow() else {
            return refuse_blindly();
        };
        // of a larger one nothing is shown: it need not be brought
        let body = (size <= MAX_LIST).then(|| host::response_body(size));
        let list = self.exchange.list(&guard, &body.unwrap_or_default());
        self.exchange
            .response_bytes(u64::try_from(list.len()).unwrap_or_default());
        if host::replace_response_body(size, &list) {
            Action::Continue
        } else {
            refuse_blindly()
        }
    }

    const fn after_body(&mut self, outcome: Outcome) -> Action {
        match outcome {
            Outcome::Forward => {
                self.release();
                Action::Continue
            }
            Outcome::Hold | Outcome::Wait | Outcome::Denied => {
                self.held = true;
                Action::Pause
            }
        }
    }

    /// What was held goes on: the next callback shows what comes after it.
    const fn release(&mut self) {
        self.held = false;
        self.seen = 0;
        self.size = 0;
    }

    /// Brings the machine what of the body it has not seen.
    fn bring(&mut self, shared: &Shared) -> Outcome {
        let fresh = self.size.saturating_sub(self.seen);
        let Some(bytes) = host::request_body(self.seen, fresh) else {
            return self.refuse(shared, Reason::Internal);
        };
        self.seen = self.size;
        let end = self.ended;
        shared.metrics.scanned(bytes.len());
        self.run(shared, |exchange, guard| {
            exchange.request_body(guard, &bytes, end)
        })
    }

    /// Gives the machine something and carries out its steps until one of them needs the network.
    fn run(
        &mut self,
        shared: &Shared,
        input: impl FnOnce(&mut Exchange, &mut Guard) -> Step,
    ) -> Outcome {
        let Ok(mut guard) = shared.guard.try_borrow_mut() else {
            return self.refuse(shared, Reason::Internal);
        };
        let mut step = input(&mut self.exchange, &mut guard);
        while let Step::Verify(verification) = step {
            let valid = shared.verifier.verify(&verification);
            step = self.exchange.signature(&mut guard, valid);
        }
        drop(guard);
        self.perform(shared, step)
    }

    fn perform(&mut self, shared: &Shared, step: Step) -> Outcome {
        match step {
            Step::Forward => Outcome::Forward,
            Step::Hold => Outcome::Hold,
            Step::NeedKeys(issuer) => {
                self.awaited = Some(issuer);
                Outcome::Wait
            }
            // `run` has answered it; should it ever come here, nobody decided
            Step::Verify(_) => Outcome::Denied,
            Step::Deny(denial) => self.deny(shared, &denial),
        }
    }

    fn deny(&mut self, shared: &Shared, denial: &Denial) -> Outcome {
        if let Some(issuer) = denial.wants_keys_of {
            shared.hurry(issuer);
        }
        host::answer(denial);
        Outcome::Denied
    }

    /// Exactly one event an exchange.
    fn log(&mut self, shared: &Shared) {
        if std::mem::replace(&mut self.logged, true) {
            return;
        }
        if !self.begun {
            self.exchange.passed_by(&host::refused_head());
        }
        let status = (!self.exchange.is_answered()).then(host::sent_status);
        let ending = Ending {
            now: host::now().unwrap_or_default(),
            status: status.flatten(),
            proxy: Rc::clone(&shared.proxy),
        };
        let written = shared.guard.try_borrow().is_ok_and(|guard| {
            let line = self.exchange.finish_line(&guard, &ending);
            shared.sink.write(&line)
        });
        if !written {
            shared.metrics.lost_event();
        }
        shared.metrics.ended(&self.exchange);
    }
}

/// There is no configuration or no state to decide with.
fn refuse_blindly() -> Action {
    host::answer(&Denial::internal());
    Action::Pause
}
