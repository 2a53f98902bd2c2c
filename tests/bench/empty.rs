//! A module that does nothing: what a filter costs for being one. The binary format is
//! <https://webassembly.github.io/spec/core/binary/modules.html>.

/// Name, type (position in [`TYPES`]) and constant that it answers.
type Function = (&'static str, u8, Option<u8>);

/// `i32` in the binary format.
const I32: u8 = 0x7f;
/// Parameters and results.
const TYPES: [(usize, usize); 6] = [(0, 0), (1, 0), (2, 0), (1, 1), (2, 1), (3, 1)];
/// What Envoy calls for a request without a body.
const FUNCTIONS: [Function; 11] = [
    ("_initialize", 0, None),
    ("proxy_abi_version_0_2_1", 0, None),
    ("proxy_on_memory_allocate", 3, Some(0)),
    ("proxy_on_vm_start", 4, Some(1)),
    ("proxy_on_configure", 4, Some(1)),
    ("proxy_on_context_create", 2, None),
    ("proxy_on_request_headers", 5, Some(0)),
    ("proxy_on_response_headers", 5, Some(0)),
    ("proxy_on_done", 3, Some(1)),
    ("proxy_on_log", 1, None),
    ("proxy_on_delete", 1, None),
];

/// The module.
#[must_use]
pub fn module() -> Vec<u8> {
    let types = TYPES.map(|(parameters, results)| {
        [
            vec![0x60],
            vector(&vec![vec![I32]; parameters]),
            vector(&vec![vec![I32]; results]),
        ]
        .concat()
    });
    let functions = FUNCTIONS.map(|(_, signature, _)| vec![signature]);
    let memory = vec![0x00, 0x01];
    let function = |(at, (name, ..)): (usize, Function)| export(name, 0x00, at);
    let mut exports: Vec<Vec<u8>> = FUNCTIONS.into_iter().enumerate().map(function).collect();
    exports.push(export("memory", 0x02, 0));
    let bodies = FUNCTIONS.map(|(_, _, answer)| {
        let constant = answer.map_or(vec![], |value| vec![0x41, value]);
        let body = [vec![0x00], constant, vec![0x0b]].concat();
        [number(body.len()), body].concat()
    });
    [
        b"\0asm\x01\0\0\0".to_vec(),
        section(1, &types),
        section(3, &functions),
        section(5, &[memory]),
        section(7, &exports),
        section(10, &bodies),
    ]
    .concat()
}

fn section(id: u8, items: &[Vec<u8>]) -> Vec<u8> {
    let content = vector(items);
    [vec![id], number(content.len()), content].concat()
}

fn export(name: &str, kind: u8, at: usize) -> Vec<u8> {
    [
        number(name.len()),
        name.as_bytes().to_vec(),
        vec![kind],
        number(at),
    ]
    .concat()
}

fn vector(items: &[Vec<u8>]) -> Vec<u8> {
    [number(items.len()), items.concat()].concat()
}

/// LEB128.
fn number(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (value % 128) as u8;
        value /= 128;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}
