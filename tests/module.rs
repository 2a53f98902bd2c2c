//! The module that is shipped asks its host for nothing that is not on the list, has what Envoy calls, and is small.
//!
//! It reads `target/dist/modelgate.wasm`, which `make build` leaves.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use wasmparser::{Parser, Payload, TypeRef};

/// In bytes. Every byte of a module costs its proxy about thirty bytes of memory.
const LARGEST: usize = 500_000;

/// The functions that may be imported, all of which Envoy has: what proxy-wasm links, and what Rust's standard library
/// links of WASI. There is no `random_get` and no `clock_time_get`: the host tells the time, and nothing is random.
const IMPORTS: [&str; 34] = [
    "env proxy_add_header_map_value",
    "env proxy_call_foreign_function",
    "env proxy_define_metric",
    "env proxy_increment_metric",
    "env proxy_close_stream",
    "env proxy_continue_stream",
    "env proxy_dequeue_shared_queue",
    "env proxy_done",
    "env proxy_get_buffer_bytes",
    "env proxy_get_current_time_nanoseconds",
    "env proxy_get_header_map_pairs",
    "env proxy_get_header_map_value",
    "env proxy_get_property",
    "env proxy_get_shared_data",
    "env proxy_get_status",
    "env proxy_grpc_cancel",
    "env proxy_grpc_close",
    "env proxy_grpc_send",
    "env proxy_http_call",
    "env proxy_log",
    "env proxy_record_metric",
    "env proxy_register_shared_queue",
    "env proxy_remove_header_map_value",
    "env proxy_replace_header_map_value",
    "env proxy_send_local_response",
    "env proxy_set_buffer_bytes",
    "env proxy_set_effective_context",
    "env proxy_set_header_map_pairs",
    "env proxy_set_property",
    "env proxy_set_tick_period_milliseconds",
    "wasi_snapshot_preview1 environ_get",
    "wasi_snapshot_preview1 environ_sizes_get",
    "wasi_snapshot_preview1 fd_write",
    "wasi_snapshot_preview1 proc_exit",
];

/// The callbacks without which a request, its body, its trailers, its response or its end would pass unseen.
const EXPORTS: [&str; 14] = [
    "_initialize",
    "proxy_abi_version_0_2_1",
    "proxy_on_configure",
    "proxy_on_context_create",
    "proxy_on_http_call_response",
    "proxy_on_log",
    "proxy_on_memory_allocate",
    "proxy_on_request_body",
    "proxy_on_request_headers",
    "proxy_on_request_trailers",
    "proxy_on_response_body",
    "proxy_on_response_headers",
    "proxy_on_response_trailers",
    "proxy_on_tick",
];

#[test]
fn the_module_imports_only_what_is_listed() {
    let imports = imports(&module());
    let unlisted: Vec<_> = imports
        .iter()
        .filter(|import| !IMPORTS.contains(&import.as_str()))
        .collect();
    assert!(
        unlisted.is_empty(),
        "the filter imports {unlisted:?}: list it only if Envoy has it and the filter needs it"
    );
}

#[test]
fn the_module_has_every_callback() {
    let exports = exports(&module());
    let missing: Vec<_> = EXPORTS
        .iter()
        .filter(|export| !exports.contains(**export))
        .collect();
    assert!(missing.is_empty(), "the filter does not export {missing:?}");
}

#[test]
fn the_module_is_small() {
    let bytes = module().len();
    assert!(
        bytes <= LARGEST,
        "the filter has {bytes} bytes, more than {LARGEST}"
    );
}

/// Neither a home nor its name is anybody's business, and the same source gives the same module everywhere.
#[test]
fn the_module_says_nothing_of_the_machine_that_built_it() {
    let path = b"/.cargo/";
    let found = module().windows(path.len()).any(|bytes| bytes == path);
    assert!(!found, "the path of a registry is in the module");
}

fn module() -> Vec<u8> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/dist/modelgate.wasm");
    fs::read(file).expect("`make build` has left the module in target/dist")
}

/// Module and name of each import; an import that is not a function carries its kind, so that no list allows it.
fn imports(module: &[u8]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::ImportSection(section) = payload.expect("the module is well formed") {
            for import in section.into_imports() {
                let import = import.expect("the import is well formed");
                let name = format!("{} {}", import.module, import.name);
                names.insert(if matches!(import.ty, TypeRef::Func(_)) {
                    name
                } else {
                    format!("{name} {:?}", import.ty)
                });
            }
        }
    }
    names
}

fn exports(module: &[u8]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::ExportSection(section) = payload.expect("the module is well formed") {
            names.extend(
                section
                    .into_iter()
                    .map(|export| export.expect("the export is well formed").name.to_owned()),
            );
        }
    }
    names
}
