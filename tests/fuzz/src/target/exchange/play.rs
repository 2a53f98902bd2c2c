//! The machine, and a proxy around it that keeps what it is told to keep: what left is watched.

use policies::audit::Ending;
use policies::decision::{Reason, Verdict};
use policies::exchange::{Answer, Exchange, ResponseHead};
use policies::guard::Guard;
use policies::head::Connection;
use policies::keys::MAX_CANDIDATES;
use policies::step::{Denial, Step};
use policies::time::UnixTime;
use tests::cases::fixture::{Mode, PARTNERS};

use super::script::{Callback, Script, TOKENS};
use super::{Said, World, meaning};
use crate::input::{Input, pieces};
use crate::memory;
use crate::target::NOON;
use crate::target::head::event;

/// Most bytes of memory that an exchange takes between two callbacks, beside a few copies of its head.
const MOST_HELD: usize = 48 * 1024;

/// One exchange on its way.
pub struct Play<'a> {
    guard: &'a mut Guard,
    mode: Mode,
    script: &'a Script,
    exchange: Exchange,
    /// what the body has that did not come yet
    rest: Input<'a>,
    before: isize,
    headed: bool,
    /// some key verified the token
    believed: bool,
    tried: usize,
    denied: bool,
    /// the request is complete
    ended: bool,
    /// all that came may go on
    left: bool,
}

impl<'a> Play<'a> {
    pub fn new(world: &'a mut World, script: &'a Script) -> Self {
        world.guard.forget_tokens();
        let before = memory::held();
        Self {
            guard: &mut world.guard,
            mode: world.mode,
            script,
            exchange: Exchange::new(UnixTime::from_secs(NOON)),
            rest: Input(&script.body),
            before,
            headed: false,
            believed: false,
            tried: 0,
            denied: false,
            ended: false,
            left: false,
        }
    }

    /// In the order of the script; without a head first, where it says so.
    pub fn run(mut self, callbacks: &[Callback]) {
        callbacks.iter().for_each(|callback| self.call(*callback));
        self.finish();
    }

    /// As it comes in one piece, its end said with it or after it.
    pub fn whole(mut self, late: bool) -> Said {
        self.call(Callback::Head);
        if late && !self.script.body.is_empty() {
            self.body(self.script.body.len(), false);
        }
        self.end();
        self.finish()
    }

    /// In pieces of these lengths, the last of which says the end.
    pub fn cut(mut self, sizes: &[u8]) -> Said {
        self.call(Callback::Head);
        let lengths: Vec<usize> = pieces(&self.script.body, sizes)
            .iter()
            .map(|piece| piece.len())
            .collect();
        lengths
            .into_iter()
            .for_each(|length| self.body(length, true));
        self.end();
        self.finish()
    }

    /// What is left, and the end where it comes to one.
    fn end(&mut self) {
        self.body(usize::MAX, true);
    }

    fn call(&mut self, callback: Callback) {
        match callback {
            Callback::Head => self.head(),
            Callback::Body(size, end) => self.body(size, end),
            Callback::Rest => self.end(),
            Callback::Trailers if self.script.is_whole() && self.rest.0.is_empty() => {
                self.trailers()
            }
            Callback::Trailers => {}
            Callback::Response(kind) => self.respond(kind),
            Callback::Signature(valid) => self.signature(valid),
            Callback::Keys => {
                let step = self.exchange.keys(self.guard);
                self.step(step);
            }
            Callback::Refuse => {
                let step = self.exchange.refuse(Reason::Internal);
                assert!(
                    matches!(step, Step::Deny(_)),
                    "a host that fails is no permit"
                );
                self.step(step);
            }
        }
        self.is_bounded();
    }

    fn head(&mut self) {
        let end = self.script.body.is_empty() && self.script.is_whole();
        let again = std::mem::replace(&mut self.headed, true);
        self.ended |= end && !again;
        let connection = Connection {
            peer: self.script.peer,
            address: Some(b"10.0.0.1:4000"),
        };
        let step = self
            .exchange
            .request_head(self.guard, &self.script.head, connection, end);
        assert!(
            !again || matches!(step, Step::Deny(_)),
            "a second head: {step:?}"
        );
        self.step(step);
    }

    fn body(&mut self, size: usize, end: bool) {
        if self.ended || (size != usize::MAX && self.rest.0.is_empty()) {
            return;
        }
        let piece = self.rest.take(size);
        // the proxy says the end where it is, not where it likes
        let end = end && self.rest.0.is_empty() && self.script.is_whole();
        self.ended = end;
        self.exchange.request_bytes(piece.len() as u64);
        let step = self.exchange.request_body(self.guard, piece, end);
        self.step(step);
    }

    fn trailers(&mut self) {
        if !self.ended {
            self.ended = true;
            let step = self.exchange.request_trailers(self.guard);
            self.step(step);
        }
    }

    fn signature(&mut self, valid: bool) {
        let asked = self.exchange.is_authenticating();
        let step = self
            .exchange
            .signature(self.guard, valid && asked && self.believed);
        assert!(
            asked || matches!(step, Step::Deny(_)),
            "nobody asked: {step:?}"
        );
        self.step(step);
    }

    /// Carries a step out, and those that it leads to.
    fn step(&mut self, mut step: Step) {
        let was_denied = self.denied;
        while let Step::Verify(_) = step {
            let valid = self.script.valid[self.tried.min(1)];
            self.tried += 1;
            assert!(self.tried <= 2 * (MAX_CANDIDATES + 1), "keys without end");
            self.believed |= valid;
            step = self.exchange.signature(self.guard, valid);
        }
        match step {
            Step::Forward => self.goes_on(was_denied),
            Step::Hold => {}
            Step::NeedKeys(issuer) => assert_eq!(issuer, PARTNERS, "the one without keys"),
            Step::Deny(denial) => self.refused(&denial),
            Step::Verify(_) => unreachable!("asked above"),
        }
        let may = !was_denied
            || self
                .exchange
                .decided()
                .is_some_and(|(verdict, _)| verdict == Verdict::Deny);
        assert!(may, "a denial stays");
    }

    /// Part of the request leaves.
    fn goes_on(&mut self, was_denied: bool) {
        assert!(!was_denied, "nothing goes on after a denial");
        assert!(self.headed, "nothing goes on without a head");
        assert!(
            self.believed || self.script.peer.is_some(),
            "nothing goes on for nobody"
        );
        let allowed = self.exchange.decided() == Some((Verdict::Allow, Reason::Allowed));
        assert!(
            allowed || self.mode == Mode::Stream,
            "held until the decision"
        );
        assert!(allowed || !self.ended, "a whole request leaves undecided");
        self.left = self.ended;
    }

    fn refused(&mut self, denial: &Denial) {
        self.denied = true;
        assert!((400..=503).contains(&denial.status), "{denial:?}");
        assert!(
            denial.body.is_ascii() && denial.body.len() < 1024,
            "{denial:?}"
        );
        assert_eq!(
            self.exchange.decided(),
            Some((Verdict::Deny, denial.reason))
        );
    }

    /// The model server answers, at any time.
    fn respond(&mut self, kind: u8) {
        let decided = self.exchange.decided();
        let json = kind & 1 == 0;
        let head = ResponseHead {
            status: if kind & 2 == 0 { 200 } else { 500 },
            media_type: json.then(|| b"application/json".to_vec()),
            encoding: (kind & 4 != 0).then(|| b"gzip".to_vec()),
        };
        match self.exchange.response_head(&head) {
            Answer::Pass => assert!(decided.is_some(), "an answer before the decision"),
            Answer::Collect => {
                assert_eq!(decided, Some((Verdict::Allow, Reason::Allowed)));
                meaning::is_cut_down(&self.exchange, self.guard, &self.script.body);
            }
            Answer::Refuse(denial) => self.refused(&denial),
        }
    }

    /// Memory is what the head needs, whatever the body is.
    fn is_bounded(&self) {
        let held = usize::try_from(memory::held() - self.before).unwrap_or_default();
        let head: usize = self.script.head.names().map(|name| name.len() + 64).sum();
        assert!(held <= MOST_HELD + 8 * head, "{held} bytes held");
    }

    /// One event, the same in both forms, which tells of no secret.
    fn finish(mut self) -> Said {
        let ending = Ending::default();
        let line = self.exchange.finish_line(self.guard, &ending);
        let line = String::from_utf8_lossy(&line);
        let said = event(&line);
        assert_eq!(
            self.exchange.finish(self.guard, &ending),
            said,
            "both forms"
        );
        let allowed = said.verdict == Verdict::Allow;
        assert_eq!(allowed, said.reason == Reason::Allowed, "{said:?}");
        assert!(!allowed || !self.denied, "a denial stays");
        assert!(
            allowed || !self.left || self.denied,
            "a whole request left, and was not allowed"
        );
        // the signature of whoever calls is nowhere else
        for value in self.script.head.values("authorization") {
            let known = TOKENS.iter().find(|token| value.ends_with(token));
            let signature = known.and_then(|token| token.rsplit(|byte| *byte == b'.').next());
            let told = signature.is_some_and(|text| line.contains(&*String::from_utf8_lossy(text)));
            assert!(!told, "a token is told");
        }
        if allowed && self.left {
            meaning::is_read_alike(&said, self.script);
        }
        (said.verdict, said.reason)
    }
}
