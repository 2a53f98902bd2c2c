//! How many bytes of memory a thread has: the system's allocator, counted.

#![expect(
    unsafe_code,
    reason = "an allocator is unsafe to write; this one hands everything on"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
}

struct Counted;

#[global_allocator]
static COUNTED: Counted = Counted;

/// Bytes that this thread has taken and not given back.
#[must_use]
pub fn held() -> isize {
    HELD.with(Cell::get)
}

fn note(more: usize, less: usize) {
    // a thread that ends has no counter any more
    let _uncounted = HELD.try_with(|held| {
        held.set(
            held.get()
                .wrapping_add_unsigned(more)
                .wrapping_sub_unsigned(less),
        );
    });
}

// SAFETY: every call is handed on as it is
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size(), 0);
        // SAFETY: the caller keeps the contract
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        note(0, layout.size());
        // SAFETY: the caller keeps the contract
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size, layout.size());
        // SAFETY: the caller keeps the contract
        unsafe { System.realloc(memory, layout, size) }
    }
}
