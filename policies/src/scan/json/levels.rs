//! The arrays and objects that are open, and which of them lie on the path to a name.

use super::super::ScanError;

/// Deepest nesting of arrays and objects.
pub const MAX_DEPTH: u32 = 64;

/// One bit a level in each set, the lowest for the outermost.
#[derive(Debug)]
pub(super) struct Levels {
    depth: u32,
    /// these are objects, the others arrays
    objects: u64,
    /// so many from the outermost lie on the path
    on_path: u32,
    /// these have the path's next step in them
    found: u64,
}

impl Levels {
    pub(super) const fn new() -> Self {
        Self {
            depth: 0,
            objects: 0,
            on_path: 0,
            found: 0,
        }
    }

    pub(super) const fn depth(&self) -> u32 {
        self.depth
    }

    /// The innermost is an object.
    pub(super) const fn in_object(&self) -> bool {
        self.objects & self.innermost() != 0
    }

    /// All that are open lie on the path.
    pub(super) const fn on_path(&self) -> bool {
        self.on_path == self.depth
    }

    /// The innermost has the path's next step in it.
    pub(super) const fn found(&self) -> bool {
        self.found & self.innermost() != 0
    }

    pub(super) const fn note_found(&mut self) {
        self.found |= self.innermost();
    }

    /// One more begins, `wanted` where it is the path's next step.
    pub(super) fn open(&mut self, object: bool, wanted: bool) -> Result<(), ScanError> {
        if self.depth >= MAX_DEPTH {
            return Err(ScanError::Malformed);
        }
        self.depth = self.depth.saturating_add(1);
        let level = self.innermost();
        self.found &= !level;
        if object {
            self.objects |= level;
        } else {
            self.objects &= !level;
        }
        if wanted {
            self.on_path = self.depth;
        }
        Ok(())
    }

    /// The innermost ends.
    pub(super) const fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        if self.on_path > self.depth {
            self.on_path = self.depth;
        }
    }

    const fn innermost(&self) -> u64 {
        match self.depth.checked_sub(1) {
            Some(level) => 1_u64.wrapping_shl(level),
            None => 0,
        }
    }
}
