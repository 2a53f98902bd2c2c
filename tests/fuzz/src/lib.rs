//! Everything that reads what a stranger wrote, as functions from bytes that hold what must be true of each: libFuzzer looks for
//! bytes with which they fail (`make fuzz`), and the tests replay what it found (`replay.rs`).

use std::path::{Path, PathBuf};

mod input;
pub mod memory;
mod reference;
mod scanning;
pub mod seeds;
mod target;

/// One reader.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// also the name of its corpus
    pub name: &'static str,
    /// what it reads
    pub reads: &'static str,
    /// most bytes of an input
    pub longest: usize,
    /// panics where something is not as it must be
    pub run: fn(&[u8]),
}

/// All readers.
pub const TARGETS: [Target; 9] = [
    Target {
        name: "token",
        reads: "a bearer token, and what Istio says it has verified",
        longest: 2048,
        run: target::token::run,
    },
    Target {
        name: "jwks",
        reads: "a key set, a discovery document",
        longest: 4096,
        run: target::jwks::run,
    },
    Target {
        name: "json",
        reads: "a JSON body, and lines of JSON",
        longest: 1024,
        run: target::json::run,
    },
    Target {
        name: "multipart",
        reads: "a form, and its boundary",
        longest: 1024,
        run: target::multipart::run,
    },
    Target {
        name: "protobuf",
        reads: "gRPC messages",
        longest: 512,
        run: target::protobuf::run,
    },
    Target {
        name: "head",
        reads: "path, query, host and header fields",
        longest: 1024,
        run: target::head::run,
    },
    Target {
        name: "bundle",
        reads: "the filter's configuration and its bundle",
        longest: 8192,
        run: target::bundle::run,
    },
    Target {
        name: "access",
        reads: "access files, gates and tests as people write them",
        longest: 2048,
        run: target::access::run,
    },
    Target {
        name: "exchange",
        reads: "a whole request: callbacks in any order, bodies in any chunks",
        longest: 2048,
        run: target::exchange::run,
    },
];

/// The reader of this name.
#[must_use]
pub fn target(name: &str) -> Option<Target> {
    TARGETS.into_iter().find(|target| target.name == name)
}

/// Inputs that libFuzzer kept, because each reaches something that the others do not.
#[must_use]
pub fn corpus(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target)
}

/// Inputs with which something failed once.
#[must_use]
pub fn regressions(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("regressions")
        .join(target)
}
