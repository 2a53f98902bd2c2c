//! the compiler
