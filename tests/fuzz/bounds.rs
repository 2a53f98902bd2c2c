//! Every memory of the core filled to its bound, and what it then holds: counted by the allocator. `docs/bounds.md` has the numbers,
//! which `cargo test -p fuzz --test bounds -- --nocapture` prints. That of the filter in a real Envoy is measured by `make bench`.

use std::process::ExitCode;

use fuzz::memory;
use libtest_mimic::{Arguments, Failed, Trial};
use policies::decision::Reason;
use policies::engine::Engine;
use policies::exchange::{Exchange, MAX_MODELS};
use policies::guard::{Guard, MAX_TOKEN_BYTES, MAX_TOKENS};
use policies::head::{Connection, Head};
use policies::keys::{KeySet, MAX_BYTES, MAX_KEYS};
use policies::scan::json::MAX_NAMES;
use policies::step::Step;
use policies::time::UnixTime;
use tests::cases::fixture::{Mode, PARTNERS, compile};
use tests::token::{Key, Scheme, mint};

/// Rules ask for the address.
const HERE: Connection<'_> = Connection {
    peer: None,
    address: Some(b"127.0.0.1:40000"),
};

const NOON: u64 = 1_795_435_200;
const STREAMS: usize = 10_000;
const MEGABYTE: usize = 1024 * 1024;
/// What 10,000 open requests may take.
const OF_STREAMS: usize = 50_000_000;

fn main() -> ExitCode {
    let trials = vec![
        Trial::test("bounds: 10,000 requests that trickle", trickling),
        Trial::test("bounds: a request that waits for keys", waiting),
        Trial::test("bounds: one request with everything at its bound", || {
            greatest().map(drop)
        }),
        Trial::test("bounds: the memory of verified tokens", tokens),
        Trial::test("bounds: the keys of an issuer", keys),
        Trial::test(
            "bounds: 10,000 messages of a stream, each of another model",
            messages,
        ),
        Trial::test("bounds: a megabyte of nasty JSON", json),
        Trial::test("bounds: the models of a batch", batch),
    ];
    let mut arguments = Arguments::from_args();
    // memory is counted by thread, and the numbers are printed one after the other
    arguments.test_threads.get_or_insert(1);
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn now() -> UnixTime {
    UnixTime::from_secs(NOON)
}

fn guard(mode: Mode) -> Result<Guard, Failed> {
    let change = |gate: String| {
        gate.replacen(
            "mode: hold, limit: 64Ki",
            &format!("mode: {}, limit: 2Mi", mode.name()),
            1,
        )
    };
    let engine = Engine::load(
        compile(change)
            .map_err(|error| error.to_string())?
            .bundle
            .as_bytes(),
    )?;
    Ok(Guard::new(engine))
}

/// A token of somebody who may chat, filled up to so many bytes.
fn token(number: usize, length: usize) -> String {
    let header = r#"{"alg":"ES256","typ":"JWT","kid":"ec-1"}"#;
    let payload = |pad: usize| {
        format!(
            r#"{{"iss":"https://id.example.com/realms/people","aud":"ml-models","exp":{},"iat":{NOON},"email":"sam@example.com","email_verified":true,"groups":["support"],"jti":"{number:06}","pad":"{}"}}"#,
            NOON + 3600,
            "x".repeat(pad)
        )
    };
    let bare = mint(header, &payload(0), Key::Ec1, Scheme::ES256).len();
    // three bytes are four letters
    mint(
        header,
        &payload(length.saturating_sub(bare) * 3 / 4),
        Key::Ec1,
        Scheme::ES256,
    )
}

fn head(token: &str, extra: &[(&str, &str)], fields: usize) -> Head {
    let field = |name: &str, value: &str| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
    let mut head = vec![
        field(":method", "POST"),
        field(":authority", "assistant.models.example.com"),
        field(":path", "/v1/chat/completions"),
        field("content-type", "application/json"),
        field("authorization", &format!("Bearer {token}")),
    ];
    head.retain(|(name, _)| !extra.iter().any(|(other, _)| other.as_bytes() == name));
    head.extend(extra.iter().map(|(name, value)| field(name, value)));
    head.extend((0..fields).map(|number| field(&format!("x-field-{number}"), &"y".repeat(200))));
    Head::new(head)
}

/// Up to where the body is due.
fn begin(guard: &mut Guard, head: &Head) -> (Exchange, Step) {
    let mut exchange = Exchange::new(now());
    let mut step = exchange.request_head(guard, head, HERE, false);
    while let Step::Verify(_) = step {
        step = exchange.signature(guard, true);
    }
    (exchange, step)
}

/// What is held since then.
fn grown(before: isize) -> usize {
    usize::try_from(memory::held() - before).unwrap_or_default()
}

fn bounded(what: &str, held: usize, most: usize) -> Result<(), Failed> {
    println!("{what}: {held} bytes, at most {most}");
    match held <= most {
        true => Ok(()),
        false => Err(format!("{what}: {held} bytes, more than {most}").into()),
    }
}

fn trickling() -> Result<(), Failed> {
    let json = head(&token(0, 1000), &[], 10);
    open("JSON", &json, br#"{"messages":[{"role":"us"#)?;
    let boundary = "b".repeat(70);
    let form = [
        (":authority", "openai.zoo.example.com"),
        (":path", "/v1/audio/transcriptions"),
        (
            "content-type",
            &format!("multipart/form-data; boundary={boundary}"),
        ),
    ];
    let form = head(&of("kim", "keepers"), &form, 10);
    let field = "Content-Disposition: form-data; name=\"x\"";
    let part = format!("--{boundary}\r\n{field}\r\nX: {}", "y".repeat(1990));
    open("a form", &form, part.as_bytes())
}

/// Many whose bodies come byte by byte, and stop.
fn open(what: &str, head: &Head, body: &[u8]) -> Result<(), Failed> {
    for mode in Mode::ALL {
        let mut guard = guard(mode)?;
        let _first = begin(&mut guard, head);
        let before = memory::held();
        let mut open = Vec::with_capacity(STREAMS);
        for _ in 0..STREAMS {
            let (mut exchange, _) = begin(&mut guard, head);
            for byte in body {
                let step = exchange.request_body(&mut guard, &[*byte], false);
                assert!(matches!(step, Step::Hold | Step::Forward), "{step:?}");
            }
            open.push(exchange);
        }
        bounded(
            &format!("{STREAMS} open requests of {what}, {}", mode.name()),
            grown(before),
            OF_STREAMS,
        )?;
    }
    Ok(())
}

/// Until keys come, the token is kept, and little else.
fn waiting() -> Result<(), Failed> {
    let mut guard = guard(Mode::Stream)?;
    let roles: Vec<String> = (0..740).map(|number| format!("\"{number:04}\"")).collect();
    let payload = format!(
        r#"{{"iss":"https://partners.example.net/","aud":"ml-models","exp":{},"iat":{NOON},"sub":"pia","realm_access":{{"roles":[{}]}}}}"#,
        NOON + 3600,
        roles.join(",")
    );
    let header = r#"{"alg":"ES256","typ":"JWT","kid":"ec-1"}"#;
    let token = mint(header, &payload, Key::Ec1, Scheme::ES256);
    let path = format!("/v1/chat/completions?{}", "a=b&".repeat(256));
    let head = head(&token, &[(":path", &path)], 0);
    let before = memory::held();
    let (exchange, step) = begin(&mut guard, &head);
    assert_eq!(step, Step::NeedKeys(PARTNERS), "{:?}", exchange.decided());
    let most = 2 * exchange.waits_with() + 1024;
    bounded("a request that waits for keys", grown(before), most)
}

/// A token of 8 KiB, 64 fields, a query of 8 KiB: what one exchange keeps of it while its body comes.
fn greatest() -> Result<usize, Failed> {
    let mut guard = guard(Mode::Stream)?;
    let query: String = (0..256)
        .map(|number| format!("p{number}={}&", "v".repeat(20)))
        .collect();
    let path = format!("/v1/chat/completions?{}", &query[..query.len().min(8000)]);
    let head = head(&token(0, 8190), &[(":path", &path)], 59);
    let _remembered = begin(&mut guard, &head);
    let before = memory::held();
    let (exchange, step) = begin(&mut guard, &head);
    assert_eq!(step, Step::Hold);
    let held = grown(before);
    drop(exchange);
    bounded("the greatest head", held, 64 * 1024)?;
    Ok(held)
}

fn tokens() -> Result<(), Failed> {
    for (length, what) in [(700, "small tokens"), (8190, "tokens of 8 KiB")] {
        let mut guard = guard(Mode::Stream)?;
        let before = memory::held();
        let mut most = 0;
        for number in 0..2 * MAX_TOKENS + 500 {
            let _exchange = begin(&mut guard, &head(&token(number, length), &[], 0));
            most = most.max(grown(before));
        }
        // what the maps and the records of the callers add is not more than the tokens themselves
        bounded(what, most, 4 * MAX_TOKEN_BYTES)?;
    }
    Ok(())
}

fn keys() -> Result<(), Failed> {
    let mut guard = guard(Mode::Stream)?;
    let jwk = |number: usize| {
        let mut jwk = Key::Rsa1.jwk();
        jwk["kid"] = format!("{number:03}{}", "k".repeat(253)).into();
        jwk.to_string()
    };
    let keys: Vec<String> = (0..MAX_KEYS).map(jwk).collect();
    let mut set = format!(r#"{{"keys":[{}]}}"#, keys.join(","));
    set.push_str(&" ".repeat(MAX_BYTES - set.len()));
    let before = memory::held();
    guard.install_keys(PARTNERS, set.as_bytes(), now())?;
    let once = grown(before);
    guard.install_keys(PARTNERS, set.as_bytes(), now())?;
    bounded("100 keys", grown(before).max(once), MAX_BYTES)?;
    set.push(' ');
    match KeySet::parse(set.as_bytes()) {
        Err(_) => Ok(()),
        Ok(_) => Err("a set above the bound was read".into()),
    }
}

fn messages() -> Result<(), Failed> {
    let mut guard = guard(Mode::Stream)?;
    let extra = [
        (":authority", "vision.models.example.com"),
        (":path", "/inference.GRPCInferenceService/ModelStreamInfer"),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
    ];
    let token = of("ana", "analysts");
    let (mut exchange, step) = begin(&mut guard, &head(&token, &extra, 0));
    assert!(matches!(step, Step::Hold | Step::Forward), "{step:?}");
    let before = memory::held();
    let mut most = 0;
    for number in 0..10_000 {
        let mut message = vec![0, 0, 0, 0, 15, 10, 13];
        message.extend(format!("vision-{number:06}").bytes());
        let step = exchange.request_body(&mut guard, &message, false);
        drop(message);
        most = most.max(grown(before));
        assert_eq!(step, Step::Forward, "{:?}", exchange.decided());
    }
    bounded("10,000 messages", most, 16 * 1024)
}

fn of(name: &str, group: &str) -> String {
    let payload = format!(
        r#"{{"iss":"https://id.example.com/realms/people","aud":"ml-models","exp":{},"iat":{NOON},"email":"{name}@example.com","email_verified":true,"groups":["{group}"]}}"#,
        NOON + 3600
    );
    mint(
        r#"{"alg":"ES256","typ":"JWT","kid":"ec-1"}"#,
        &payload,
        Key::Ec1,
        Scheme::ES256,
    )
}

/// Any number of requests about a few models, and about many of them up to the bound.
fn batch() -> Result<(), Failed> {
    let most = u64::from(MAX_MODELS);
    for (requests, models, answer) in [
        (MAX_NAMES, 8, Reason::Allowed),
        (most, most, Reason::Allowed),
        (most + 1, most + 1, Reason::BodyTooLarge),
        // of ten, eight are known again
        (5 * most, 10, Reason::BodyTooLarge),
        (5 * most - 50, 10, Reason::Allowed),
    ] {
        let mut guard = guard(Mode::Stream)?;
        let extra = [
            (":authority", "anthropic.zoo.example.com"),
            (":path", "/v1/messages/batches"),
        ];
        let keeper = of("kim", "keepers");
        let (mut exchange, _) = begin(&mut guard, &head(&keeper, &extra, 0));
        let requests = (1..requests).map(|number| {
            let model = number % models;
            format!(r#"{{"params":{{"model":"fox-{model}"}}}},"#)
        });
        let start = std::iter::once(String::from(r#"{"requests":["#));
        let before = memory::held();
        let mut held = 0;
        for piece in start.chain(requests) {
            let step = exchange.request_body(&mut guard, piece.as_bytes(), false);
            drop((piece, step));
            held = held.max(grown(before));
        }
        let end = br#"{"params":{"model":"fox-0"}}]}"#;
        let step = exchange.request_body(&mut guard, end, true);
        let decided = exchange.decided().map(|(_, reason)| reason);
        assert_eq!(decided, Some(answer), "{models}: {step:?}");
        bounded(&format!("{models} models"), held, 8192)?;
    }
    Ok(())
}

/// Each takes the scanner's slowest way; what is held does not grow with any of them.
fn json() -> Result<(), Failed> {
    let bodies: [(&str, &str, &str); 5] = [
        ("escapes", r#"{"a":""#, r"\u0041\ud83d\ude00"),
        (
            "32 levels",
            r#"{"a":["#,
            r#"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]],"#,
        ),
        ("many members", r#"{"a":{"#, r#""x":1,"#),
        (
            "long keys",
            r#"{"a":{"#,
            r#""a_key_that_is_longer_than_any":[],"#,
        ),
        (
            "characters of four bytes",
            r#"{"a":""#,
            "\u{1f600}\u{1f601}\\n",
        ),
    ];
    for (what, start, unit) in bodies {
        let mut guard = guard(Mode::Stream)?;
        let (mut exchange, _) = begin(&mut guard, &head(&token(0, 700), &[], 0));
        let body = [start, &unit.repeat(MEGABYTE / unit.len())].concat();
        let before = memory::held();
        let mut most = 0;
        let started = std::time::Instant::now();
        for piece in body.as_bytes().chunks(16 * 1024) {
            let step = exchange.request_body(&mut guard, piece, false);
            assert_eq!(step, Step::Forward, "{what}: {:?}", exchange.decided());
            most = most.max(grown(before));
        }
        println!("a megabyte of {what}: {} µs", started.elapsed().as_micros());
        bounded(what, most, 4096)?;
    }
    Ok(())
}
