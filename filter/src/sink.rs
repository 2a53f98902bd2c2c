//! Where audit events go: a line of the proxy's log each, or, where the gate asks for it, several lines in one piece.
//!
//! A write of the proxy's log is the dearest thing that a request with a known token does. What is gathered waits for the next tick
//! at most, so that a proxy that is killed loses the events of a fifth of a second.

use std::cell::RefCell;

use crate::host;

/// Most bytes of one piece: with what the proxy puts before it, it fits what a pipe takes in one (POSIX `PIPE_BUF`, 4096 on Linux),
/// so that other writers of the same pipe stay outside.
const MOST: usize = 3840;

/// The lines of one configuration.
#[derive(Debug)]
pub struct Sink {
    /// what was not written yet; none where each line is written at once
    gathered: Option<RefCell<Vec<u8>>>,
}

impl Sink {
    /// Writes each line at once, unless lines are to be gathered.
    pub fn new(gathers: bool) -> Self {
        Self {
            gathered: gathers.then(RefCell::default),
        }
    }

    /// Takes a line; `false` where it is lost.
    pub fn write(&self, line: &[u8]) -> bool {
        let Some(gathered) = &self.gathered else {
            host::log_line(line);
            return true;
        };
        let Ok(mut gathered) = gathered.try_borrow_mut() else {
            return false;
        };
        if gathered.len().saturating_add(line.len()) >= MOST {
            write_out(&mut gathered);
        }
        if !gathered.is_empty() {
            gathered.push(b'\n');
        }
        gathered.extend_from_slice(line);
        true
    }

    /// Writes what was gathered.
    pub fn flush(&self) {
        if let Some(gathered) = &self.gathered
            && let Ok(mut gathered) = gathered.try_borrow_mut()
        {
            write_out(&mut gathered);
        }
    }
}

/// The configuration is replaced, and its last exchange has ended.
impl Drop for Sink {
    fn drop(&mut self) {
        self.flush();
    }
}

fn write_out(gathered: &mut Vec<u8>) {
    if !gathered.is_empty() {
        host::log_line(gathered);
        gathered.clear();
    }
}
