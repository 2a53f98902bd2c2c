//! The whole machine: callbacks in any order, bodies in any pieces, several bundles, and what the proxy would see of it.

use std::cell::RefCell;

use policies::decision::{Reason, Verdict};
use policies::guard::Guard;
use policies::time::UnixTime;
use tests::cases::fixture::{Mode, PARTNERS, compile};

mod meaning;
mod play;
mod script;

use super::NOON;
use play::Play;
pub use script::{Script, TOKENS, encode};

/// One compiled policy in one body mode.
struct World {
    guard: Guard,
    mode: Mode,
}

thread_local! {
    static WORLDS: RefCell<Vec<World>> = RefCell::new(worlds());
}

fn worlds() -> Vec<World> {
    let mut worlds = Vec::new();
    for mode in Mode::ALL {
        for setting in ["", "  hideModels: true\n  reselectingHeaders: remove\n"] {
            let change = |gate: String| {
                gate.replacen(
                    "mode: hold, limit: 64Ki",
                    &format!("mode: {}, limit: 1Ki", mode.name()),
                    1,
                )
                .replacen(
                    "  floor: native\n",
                    &format!("  floor: native\n{setting}"),
                    1,
                )
            };
            let compiled = compile(change).expect("the fixture compiles");
            let engine =
                policies::engine::Engine::load(compiled.bundle.as_bytes()).expect("it loads");
            let mut guard = Guard::new(engine);
            if !setting.is_empty() {
                let keys = format!(r#"{{"keys":[{}]}}"#, tests::token::Key::Rsa2.jwk());
                let now = UnixTime::from_secs(NOON);
                guard
                    .install_keys(PARTNERS, keys.as_bytes(), now)
                    .expect("good keys");
            }
            worlds.push(World { guard, mode });
        }
    }
    worlds
}

/// See [`Script`].
pub fn run(data: &[u8]) {
    let Some(script) = Script::read(data) else {
        return;
    };
    WORLDS.with_borrow_mut(|worlds| {
        let at = script.world % worlds.len();
        let world = &mut worlds[at];
        Play::new(world, &script).run(&script.callbacks);
        one_answer(world, &script);
    });
}

/// However the body is cut, the verdict is the same; where nothing leaves before it, its reason too.
fn one_answer(world: &mut World, script: &Script) {
    if world.mode == Mode::Hold && script.calls() && !script.is_whole() {
        // of a stream that is broken off, messages may have left where a read of the proxy ended with one
        return;
    }
    let whole = Play::new(world, script).whole(false);
    let late = Play::new(world, script).whole(true);
    let cut = Play::new(world, script).cut(&script.sizes);
    assert_eq!(whole.0, late.0, "the end said late: {whole:?} {late:?}");
    assert_eq!(whole.0, cut.0, "a body that is cut: {whole:?} {cut:?}");
    if world.mode == Mode::Hold && !script.calls() {
        assert_eq!(whole, late, "the end said late");
        assert_eq!(whole, cut, "a body that is cut");
    }
}

/// What the event of an exchange says.
type Said = (Verdict, Reason);
