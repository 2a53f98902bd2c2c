//! Two things at once. The compiler is pure and has no threads; who has two processors says how they are used.

/// How two independent parts of the work are done.
pub trait Processors {
    /// Does both, in whatever order.
    fn both<A: Send, B>(&self, one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B)
    -> (A, B);
}

/// One after the other.
#[derive(Debug, Clone, Copy)]
pub struct One;

impl Processors for One {
    fn both<A: Send, B>(
        &self,
        one: impl FnOnce() -> A + Send,
        other: impl FnOnce() -> B,
    ) -> (A, B) {
        (one(), other())
    }
}
