//! The filter's configuration: it is refused, or what was loaded decides, and never for nobody.

use policies::bundle::plugin_config;
use policies::decision::Verdict;
use policies::digest;
use policies::engine::Engine;
use policies::guard::Guard;
use policies::offline::{Request, judge};
use policies::time::UnixTime;

use super::NOON;
use crate::input::Input;
use crate::memory;

/// Most bytes of memory for each byte of a bundle, about, and beside them.
const MEMORY: (usize, usize) = (300, 256 * 1024);

/// `c`: what the proxy hands over. Else a bundle alone.
pub fn run(data: &[u8]) {
    let mut input = Input(data);
    match input.byte() {
        b'c' => {
            if let Ok(config) = plugin_config(input.0)
                && let Ok(text) = config.text()
            {
                assert_eq!(digest::of(&text), config.digest, "nothing else is loaded");
                load(&text);
            }
        }
        _ => load(input.0),
    }
}

fn load(bytes: &[u8]) {
    let before = memory::held();
    let loaded = Engine::load(bytes);
    let grown = usize::try_from(memory::held() - before).unwrap_or_default();
    assert!(grown <= MEMORY.0 * bytes.len() + MEMORY.1, "{grown} bytes");
    match loaded {
        Ok(engine) => {
            assert_eq!(
                engine.digest(),
                digest::of(bytes),
                "events name what was loaded"
            );
            decides(Guard::new(engine));
        }
        Err(error) => {
            let again = Engine::load(bytes).err();
            assert_eq!(again, Some(error), "the same bytes are the same problem");
        }
    }
}

/// A request to each of its routes by nobody.
fn decides(mut guard: Guard) {
    let now = UnixTime::from_secs(NOON);
    let routes: Vec<(String, String)> = guard
        .engine()
        .bundle()
        .routes
        .iter()
        .take(8)
        .filter_map(|route| Some((route.hosts.first()?.clone(), route.prefix.clone())))
        .collect();
    for (host, prefix) in routes {
        let field = |name: &str, value: &str| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
        let path = format!("{prefix}/v2/models/any/infer");
        let request = Request {
            fields: vec![
                field(":method", "POST"),
                field(":authority", &host),
                field(":path", &path),
            ],
            body: Some(br#"{"model":"any"}"#.to_vec()),
            address: Some(b"127.0.0.1:40000".to_vec()),
            ..Request::default()
        };
        let judged = judge(&mut guard, request, now, &mut |_| false);
        assert!(judged.denial.is_some() && judged.event.verdict == Verdict::Deny);
    }
}
