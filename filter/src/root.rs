//! One plugin configuration in one VM: loads the bundle, fetches keys, and wakes the requests that wait for them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use policies::bundle::PluginConfig;
use policies::engine::Engine;
use policies::guard::Guard;
use policies::keys::MAX_BYTES;
use policies::time::UnixTime;
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::ContextType;

use crate::fetch::{self, Answered, Fetch};
use crate::http::{Http, Stream};
use crate::metrics::Metrics;
use crate::sink::Sink;
use crate::verifier::Verifier;
use crate::{CONTEXT, host, remembered};

/// Most requests that wait for keys; more are refused at once.
const MAX_WAITING: usize = 1000;
/// And most bytes that they wrote.
const MAX_WAITING_BYTES: usize = 4 * 1024 * 1024;
/// Longest wait for keys.
const MAX_WAIT_SECS: u64 = 5;
/// Requests that are woken in one callback. The proxy answers them one inside the other when the callback is over, and its stack for
/// the module ends at some 300.
const WAKE_AT_ONCE: usize = 16;
const TICK_MILLIS: u64 = 200;
/// Until the next are woken, where there are more.
const HASTE_MILLIS: u64 = 5;
const TELL_NANOS: u64 = 1_000_000_000;

/// The root context.
#[derive(Default)]
pub struct Root {
    shared: Option<Rc<Shared>>,
}

/// What the exchanges of one configuration share.
pub struct Shared {
    /// engine and memory
    pub guard: RefCell<Guard>,
    /// the proxy holds heads back while the body is read
    pub hold_headers: bool,
    /// the proxy's id, for audit events
    pub proxy: Rc<str>,
    /// who verifies signatures
    pub verifier: Verifier,
    /// what is counted
    pub metrics: Metrics,
    /// where audit events go
    pub sink: Sink,
    told: Cell<UnixTime>,
    fetches: RefCell<Vec<Fetch>>,
    waiting: RefCell<BTreeMap<u32, Waiting>>,
    /// more are to be woken soon
    haste: Cell<bool>,
}

struct Waiting {
    stream: Rc<RefCell<Stream>>,
    since: UnixTime,
    bytes: usize,
}

impl Context for Root {
    fn on_http_call_response(
        &mut self,
        call: u32,
        headers: usize,
        body_size: usize,
        _trailers: usize,
    ) {
        if let Some(shared) = &self.shared {
            // a call that failed comes without headers, and asking for them would stop the VM
            let answer = (headers > 0).then(|| host::call_answer(body_size, MAX_BYTES));
            shared.keys_answer(call, answer.flatten());
        }
    }
}

impl RootContext for Root {
    /// A configuration that is not perfect is refused: the proxy keeps its last good one.
    fn on_configure(&mut self, size: usize) -> bool {
        let loaded = host::plugin_configuration(size)
            .ok_or_else(|| String::from("there is no configuration"));
        match loaded.and_then(Shared::load) {
            Ok(shared) => {
                self.shared = Some(Rc::new(shared));
                host::tick_every(TICK_MILLIS)
            }
            Err(problem) => {
                host::log(&format!("modelgate refuses its configuration: {problem}"));
                false
            }
        }
    }

    fn on_tick(&mut self) {
        let Some(shared) = &self.shared else { return };
        shared.sink.flush();
        if let Some(now) = host::now() {
            shared.fetch_due(now);
            shared.tell(now);
            shared.wake(now);
        }
    }

    fn create_http_context(&self, context: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Http::new(context, self.shared.clone())))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(CONTEXT)
    }
}

/// The last exchange of a configuration that was replaced has ended.
impl Drop for Shared {
    fn drop(&mut self) {
        self.metrics.tokens(self.guard.get_mut());
    }
}

impl Shared {
    #[inline(never)]
    fn load(bytes: Vec<u8>) -> Result<Self, String> {
        let config: PluginConfig =
            policies::bundle::plugin_config(&bytes).map_err(|error| error.to_string())?;
        // a virtual machine keeps all the memory that it needed once, so each text goes as soon as the next is there
        drop(bytes);
        let text = config.text().map_err(|error| error.to_string())?;
        let hold_headers = config.hold_headers;
        drop(config);
        let engine = Engine::load(&text).map_err(|error| error.to_string())?;
        drop(text);
        let namespace = host::node(&["metadata", "NAMESPACE"]).unwrap_or_default();
        let label = |name: &str| host::node(&["metadata", "LABELS", name]);
        let engine = engine.at_workload(&namespace, label);
        let verifier = Verifier::probe();
        if let Some(lack) = verifier.lacks(engine.bundle()) {
            return Err(lack);
        }
        let fetches = fetch::all(engine.bundle());
        let mut guard = Guard::new(engine);
        for fetch in &fetches {
            if let Some((fetched, jwks)) = remembered::get(&fetch.origin()) {
                // a set that is of no use now leaves the issuer without keys until the first fetch
                let _unusable = guard.install_keys(fetch.issuer, &jwks, fetched);
            }
        }
        Ok(Self {
            hold_headers,
            proxy: host::node(&["id"]).unwrap_or_default().into(),
            verifier,
            sink: Sink::new(guard.engine().bundle().batch_audit),
            metrics: Metrics::define(
                guard.engine().bundle(),
                guard.engine().digest(),
                fetches.iter().map(|fetch| fetch.issuer),
            ),
            told: Cell::default(),
            fetches: RefCell::new(fetches),
            waiting: RefCell::default(),
            haste: Cell::default(),
            guard: RefCell::new(guard),
        })
    }

    /// Parks a request until keys come; `false` where there is no room.
    pub fn wait(&self, context: u32, stream: &Rc<RefCell<Stream>>) -> bool {
        let (Ok(mut waiting), Ok(own)) = (self.waiting.try_borrow_mut(), stream.try_borrow())
        else {
            return false;
        };
        let (since, bytes) = own.waits();
        let others = waiting.values().map(|parked| parked.bytes);
        let all = others.fold(bytes, usize::saturating_add);
        if waiting.len() >= MAX_WAITING || all > MAX_WAITING_BYTES {
            return false;
        }
        let parked = Waiting {
            stream: Rc::clone(stream),
            since,
            bytes,
        };
        waiting.insert(context, parked);
        true
    }

    /// The exchange is over: nobody must wake it.
    pub fn forget(&self, context: u32) {
        if let Ok(mut waiting) = self.waiting.try_borrow_mut() {
            waiting.remove(&context);
        }
    }

    /// A token named a key that its issuer does not have.
    pub fn hurry(&self, issuer: usize) {
        if let Ok(mut fetches) = self.fetches.try_borrow_mut() {
            let own = fetches.iter_mut().filter(|fetch| fetch.issuer == issuer);
            own.for_each(Fetch::hurry);
        }
    }

    /// Tells the proxy what was counted, once a second.
    fn tell(&self, now: UnixTime) {
        if now.since(self.told.get()) >= TELL_NANOS
            && let Ok(mut guard) = self.guard.try_borrow_mut()
        {
            self.told.set(now);
            self.metrics.tell(&mut guard, now);
        }
    }

    fn fetch_due(&self, now: UnixTime) {
        let Ok(mut fetches) = self.fetches.try_borrow_mut() else {
            return;
        };
        for fetch in fetches.iter_mut().filter(|fetch| fetch.is_due(now)) {
            fetch.start(now, host::get);
        }
    }

    fn keys_answer(&self, call: u32, answer: Option<Vec<u8>>) {
        let (Some(now), Ok(mut fetches)) = (host::now(), self.fetches.try_borrow_mut()) else {
            return;
        };
        let Some(fetch) = fetches.iter_mut().find(|fetch| fetch.is_answer(call)) else {
            return;
        };
        let keys = match fetch.answered(answer, now, host::get) {
            Answered::Keys(keys) => keys,
            Answered::Asked => return,
            Answered::Useless(why) => {
                self.metrics.fetched(fetch.issuer, false);
                host::log(&format!(
                    "modelgate got no keys from {}: {why}",
                    fetch.authority
                ));
                return;
            }
        };
        let installed = self.guard.try_borrow_mut().map_or(
            Err("they came at a bad time".to_owned()),
            |mut guard| {
                guard
                    .install_keys(fetch.issuer, &keys, now)
                    .map_err(|error| error.to_string())
            },
        );
        self.metrics.fetched(fetch.issuer, installed.is_ok());
        match installed {
            Ok(()) => {
                remembered::put(fetch.origin(), now, keys);
                fetch.succeeded(now);
            }
            Err(why) => {
                fetch.failed(now);
                host::log(&format!(
                    "modelgate got no keys from {}: {why}",
                    fetch.authority
                ));
            }
        }
        drop(fetches);
        self.wake(now);
    }

    /// Takes requests whose keys came, or that waited too long, out of the waiting room, then wakes them: a few, and more soon.
    fn wake(&self, now: UnixTime) {
        let Ok(mut waiting) = self.waiting.try_borrow_mut() else {
            return;
        };
        let mut going: Vec<u32> = waiting
            .iter()
            .filter(|(_, parked)| self.goes_on(parked, now))
            .map(|(context, _)| *context)
            .take(WAKE_AT_ONCE.saturating_add(1))
            .collect();
        let more = going.len() > WAKE_AT_ONCE;
        going.truncate(WAKE_AT_ONCE);
        let woken: Vec<(u32, Waiting)> = going
            .into_iter()
            .filter_map(|context| Some((context, waiting.remove(&context)?)))
            .collect();
        drop(waiting);
        if self.haste.replace(more) != more {
            host::tick_every(if more { HASTE_MILLIS } else { TICK_MILLIS });
        }
        for (context, parked) in woken {
            if host::speak_of(context)
                && let Ok(mut stream) = parked.stream.try_borrow_mut()
            {
                stream.keys(self);
            }
        }
    }

    fn goes_on(&self, parked: &Waiting, now: UnixTime) -> bool {
        let longest = MAX_WAIT_SECS.saturating_mul(1_000_000_000);
        let awaited = parked.stream.try_borrow().ok();
        let awaited = awaited.and_then(|stream| stream.awaited());
        let is_there = |issuer| {
            let guard = self.guard.try_borrow();
            guard.is_ok_and(|guard| guard.keys(issuer, now).is_some())
        };
        now.since(parked.since) > longest || awaited.is_none_or(is_there)
    }
}
