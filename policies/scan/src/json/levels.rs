//! The arrays and objects that are open, and which of them lie on the path to a name.

use super::super::ScanError;

/// Deepest nesting of arrays and objects.
pub const MAX_DEPTH: usize = 64;

/// What is open.
#[derive(Debug, Clone, Copy)]
pub(super) struct Levels {
    depth: usize,
    /// so many from the outermost lie on the path
    on_path: usize,
    /// one bit for each that is open, the lowest for the innermost: these are objects, the others arrays
    objects: u64,
    /// one bit for each on the path, the lowest for the innermost: these have the path's next step in them
    found: u64,
}

impl Levels {
    pub(super) const fn new() -> Self {
        Self {
            depth: 0,
            on_path: 0,
            objects: 0,
            found: 0,
        }
    }

    pub(super) const fn depth(&self) -> usize {
        self.depth
    }

    /// The innermost is an object.
    #[inline(always)]
    pub(super) const fn in_object(&self) -> bool {
        self.objects & 1 != 0
    }

    /// All that are open lie on the path.
    #[inline(always)]
    pub(super) const fn on_path(&self) -> bool {
        self.on_path == self.depth
    }

    /// The innermost, which lies on the path, has the path's next step in it.
    pub(super) const fn found(&self) -> bool {
        self.found & 1 != 0
    }

    pub(super) const fn note_found(&mut self) {
        self.found |= 1;
    }

    /// One more can begin.
    #[inline(always)]
    pub(super) const fn has_room(&self) -> bool {
        self.depth < MAX_DEPTH
    }

    /// One more begins.
    #[inline(always)]
    pub(super) fn open(&mut self, object: bool) -> Result<(), ScanError> {
        if !self.has_room() {
            return Err(ScanError::Malformed);
        }
        self.depth = self.depth.wrapping_add(1);
        self.objects = self.objects.wrapping_shl(1) | u64::from(object);
        Ok(())
    }

    /// So many more can begin.
    #[inline(always)]
    pub(super) fn has_room_for(&self, count: u32) -> bool {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        self.depth.saturating_add(count) <= MAX_DEPTH
    }

    /// As many begin as bits of the run are set, its lowest ones, each in the one before; the last one is an object if its bit of
    /// `objects` says so, the others are arrays. The run, if there is room for it.
    #[inline(always)]
    pub(super) fn open_run(&mut self, run: u64, objects: u64) -> Option<u64> {
        let count = run.count_ones();
        if !self.has_room_for(count) {
            return None;
        }
        self.depth = self.depth.wrapping_add(usize::try_from(count).ok()?);
        let last = objects.wrapping_shr(count.wrapping_sub(1)) & 1;
        self.objects = self.objects.wrapping_shl(count) | last;
        Some(run)
    }

    /// As many of the innermost end, objects and arrays as `objects` says. The run, if these are open, and lie beside the path.
    #[inline(always)]
    pub(super) fn close_run(&mut self, run: u64, objects: u64) -> Option<u64> {
        let count = run.count_ones();
        let beside = u32::try_from(self.depth.saturating_sub(self.on_path)).ok()?;
        // items of an array of the path are not beside it
        let items = !self.objects.wrapping_shr(beside) & 1;
        let wrong = (self.objects ^ objects) & run;
        if wrong != 0 || u64::from(count).wrapping_add(items) > u64::from(beside) {
            return None;
        }
        self.depth = self.depth.wrapping_sub(usize::try_from(count).ok()?);
        self.objects = self.objects.wrapping_shr(count);
        Some(run)
    }

    /// How many of them lie on the path.
    pub(super) const fn on_path_depth(&self) -> usize {
        self.on_path
    }

    /// One more begins, which is the path's next step.
    pub(super) fn open_on_path(&mut self, object: bool) -> Result<(), ScanError> {
        self.open(object)?;
        self.on_path = self.depth;
        self.found = self.found.wrapping_shl(1);
        Ok(())
    }

    /// The innermost ends.
    #[inline(always)]
    pub(super) const fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.objects = self.objects.wrapping_shr(1);
        if self.on_path > self.depth {
            self.on_path = self.depth;
            self.found = self.found.wrapping_shr(1);
        }
    }
}
