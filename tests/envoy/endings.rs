//! Every way in which a request can end, over every protocol and in both body modes: what the client and the model server get.
//! `docs/endings.md` is the table of it; `MODELGATE_UPDATE=1` writes it anew.

use std::sync::{Arc, OnceLock};

use anyhow::{Context, Result, anyhow, ensure};
use libtest_mimic::Trial;
use policies::decision::Verdict;
use serde_json::{Value, json};
use tests::cases::Case;
use tests::cases::fixture::Mode;
use tests::cases::message::Message;
use tests::envoy::{Proxy, Setup, manager};
use tests::process::free_addresses;

use crate::audit;
use crate::backend::{Backend, PLAIN};
use crate::client::{Answer, send};
use crate::corpus::{failed, now};

mod page;

use page::{Cell, Table};

/// How a request comes to Envoy.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// chunked, or with its length
    Http1,
    /// the same request in frames
    Http2,
    /// a call of one message
    Grpc,
    /// a call of many messages, the first of which decides
    GrpcStream,
}

/// How it ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// the last bytes say so
    LastData,
    /// an empty piece says so
    EmptyData,
    /// trailers
    Trailers,
    /// not at all: the client waits
    Never,
    /// the client breaks it off
    Reset,
    /// not yet, but the model server answers already
    Early,
    /// it asks for another protocol
    Upgrade,
}

/// What the body says of its model.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Model {
    /// one that the caller may use
    Allowed,
    /// one that the caller may not use
    Denied,
    /// nothing
    NotNamed,
}

/// What reached the model server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// all of it
    Whole,
    /// a head and bytes perhaps, never all
    Part,
    /// not even a head
    Nothing,
}

impl Protocol {
    const ALL: [Self; 4] = [Self::Http1, Self::Http2, Self::Grpc, Self::GrpcStream];

    const fn is_grpc(self) -> bool {
        matches!(self, Self::Grpc | Self::GrpcStream)
    }
}

impl Ending {
    const ALL: [Self; 7] = [
        Self::LastData,
        Self::EmptyData,
        Self::Trailers,
        Self::Never,
        Self::Reset,
        Self::Early,
        Self::Upgrade,
    ];

    /// A gRPC call cannot be an upgrade: HTTP/2 has no such field, and a CONNECT is no call.
    fn exists(self, protocol: Protocol) -> bool {
        !(self == Self::Upgrade && protocol.is_grpc())
    }

    const fn is_whole(self) -> bool {
        matches!(self, Self::LastData | Self::EmptyData | Self::Trailers)
    }
}

impl Model {
    const ALL: [Self; 3] = [Self::Allowed, Self::Denied, Self::NotNamed];
}

/// An Envoy in one body mode with its backend, for all tables of the mode.
struct Ground {
    proxy: Proxy,
    backend: Backend,
}

/// Started by whoever needs it first.
type Shared = Arc<OnceLock<Result<Ground, String>>>;

/// One a table of the page.
pub fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for mode in Mode::ALL {
        let ground = Shared::default();
        for protocol in Protocol::ALL {
            let ground = Arc::clone(&ground);
            let table = Table { protocol, mode };
            let name = format!("endings: {}", table.title());
            trials.push(Trial::test(name, move || {
                let ground = ground.get_or_init(|| start(mode).map_err(|it| format!("{it:#}")));
                let ground = ground.as_ref().map_err(|it| failed(anyhow!("{it}")))?;
                run(ground, table).map_err(failed)
            }));
        }
    }
    trials
}

fn start(mode: Mode) -> Result<Ground> {
    let backend = Backend::start()?;
    let [nobody] = free_addresses()?;
    let mut setup = Setup::new(mode.compiled(), backend.address, nobody)?;
    // else Envoy itself refuses what asks for an upgrade in HTTP/2 (RFC 8441), and the filter is never asked
    manager(setup.listener())?["http2_protocol_options"] = json!({ "allow_connect": true });
    let proxy = setup.start(&format!("endings-{}", mode.name()))?;
    Ok(Ground { proxy, backend })
}

fn run(ground: &Ground, table: Table) -> Result<()> {
    let mut rows = Vec::new();
    let mut kept_out = Vec::new();
    for ending in Ending::ALL {
        let mut cells = Vec::new();
        for model in Model::ALL {
            if !ending.exists(table.protocol) {
                cells.push(None);
                continue;
            }
            let id = format!("{}-{}-{}", table.id(), ending as u8, model.word());
            let due = table.said(ending, model).is_none_or(|it| !it.is_silent());
            let cell = exchange(ground, table, ending, model, &id, due)
                .with_context(|| format!("{}, {}", ending.title(), model.title()))?;
            if !cell.allowed {
                kept_out.push((id, cell.none_may));
            }
            cells.push(Some(cell));
        }
        rows.push((ending, cells));
    }
    // and nothing came later
    for (id, none_may) in kept_out {
        let late = reached(ground, &id, none_may);
        ensure!(late != Reached::Whole, "`{id}` was whole after all");
        let head = none_may && late != Reached::Nothing;
        ensure!(!head, "a head of `{id}` left after all");
    }
    table.compare(&rows)
}

/// Sends one request; whatever the page says, a request that was not allowed is never whole at the model server, its answer never at
/// the client, and in `hold` not even its head leaves.
fn exchange(
    ground: &Ground,
    table: Table,
    ending: Ending,
    model: Model,
    id: &str,
    due: bool,
) -> Result<Cell> {
    let case: Case = serde_json::from_value(case(table.protocol, ending, model))?;
    let mut message = Message::of(&case, now()?, id);
    if ending == Ending::Upgrade && table.protocol == Protocol::Http2 {
        message.method = b"CONNECT".to_vec();
        let protocol = (b":protocol".to_vec(), b"websocket".to_vec());
        message.headers.insert(0, protocol);
    }
    let answer = send(ground.proxy.address, &message, due)?;
    let event = audit::wait_for(&ground.proxy, id)?;
    let allowed = event.verdict == Verdict::Allow;
    let none_may = !allowed && (table.mode == Mode::Hold || ending == Ending::Upgrade);
    let reached = reached(ground, id, none_may);
    check(model, ending, &answer, allowed, none_may, reached)?;
    Ok(Cell {
        answer: (answer.status, answer.grpc_status),
        reason: event.reason,
        reached,
        allowed,
        none_may,
    })
}

fn check(
    model: Model,
    ending: Ending,
    answer: &Answer,
    allowed: bool,
    none_may: bool,
    reached: Reached,
) -> Result<()> {
    let answered = answer.body == PLAIN.as_bytes();
    ensure!(
        !allowed || model == Model::Allowed,
        "the audit event allows it"
    );
    if !allowed {
        ensure!(!answered, "the model's answer reached the client");
        ensure!(reached != Reached::Whole, "it was whole at the backend");
        let head = none_may && reached != Reached::Nothing;
        ensure!(!head, "a head reached the backend");
    }
    // else nothing would be shown by what does not pass
    if model == Model::Allowed && ending.is_whole() {
        let passed = allowed && answered && reached == Reached::Whole;
        ensure!(passed, "an allowed request did not pass: {answer:?}");
    }
    Ok(())
}

/// What has come until now. That not even a head came is only said where none may ever: whether one leaves before a refusal in `stream`,
/// or before the client breaks off what was allowed, depends on the moment.
fn reached(ground: &Ground, id: &str, none_may: bool) -> Reached {
    match ground.backend.received(id) {
        Some(received) if received.whole => Reached::Whole,
        None if none_may => Reached::Nothing,
        _ => Reached::Part,
    }
}

/// The request as a case has it.
fn case(protocol: Protocol, ending: Ending, model: Model) -> Value {
    let (like, http) = match protocol {
        Protocol::Http1 => ("chat", 1),
        Protocol::Http2 => ("chat", 2),
        Protocol::Grpc => ("grpc-infer", 2),
        Protocol::GrpcStream => ("grpc-stream", 2),
    };
    let who = if protocol.is_grpc() { "ana" } else { "sam" };
    let mut request = json!({ "like": like, "http": http, "ending": ending.word() });
    match protocol.is_grpc() {
        true => request["chunks"] = message(model),
        // its length says where it ends: in HTTP/1.1 only that makes the last bytes say so
        false if ending == Ending::LastData => {
            request["body"] = text(model, ending).concat().into()
        }
        false => request["chunks"] = text(model, ending).into(),
    }
    match ending {
        Ending::Trailers => request["trailers"] = json!([["x-checksum", "abc"]]),
        Ending::Early => request["early"] = true.into(),
        Ending::Upgrade if protocol == Protocol::Http1 => {
            request["headers"] = json!([["connection", "upgrade"], ["upgrade", "websocket"]]);
        }
        _ => {}
    }
    let expect = json!({ "verdict": "deny", "status": 0 });
    json!({ "name": "any", "who": who, "request": request, "expect": expect })
}

fn text(model: Model, ending: Ending) -> [&'static str; 2] {
    let whole = ending.is_whole();
    let rest = if whole {
        r#"","messages":[]}"#
    } else {
        r#"","messages":["#
    };
    match model {
        Model::Allowed if whole => [r#"{"messages":[],"model":"assist"#, r#"ant-small"}"#],
        Model::Allowed => [r#"{"model":"assistant-small"#, rest],
        Model::Denied => [r#"{"model":"assistant-large"#, rest],
        Model::NotNamed if whole => [r#"{"mess"#, r#"ages":[]}"#],
        Model::NotNamed => [r#"{"mess"#, r#"ages":["#],
    }
}

fn message(model: Model) -> Value {
    let hex = match model {
        Model::Allowed => r#"0a0b "vision-cats" 2a00"#,
        Model::Denied => r#"0a0d "vision-secret" 2a00"#,
        Model::NotNamed => "2a00",
    };
    json!([{ "grpc": hex }])
}
