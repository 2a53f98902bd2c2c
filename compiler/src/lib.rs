//! What a person wrote -> what machines load: texts in, values and diagnostics out. No files, no clock, no environment.

pub mod diagnostic;
pub mod policy;
pub mod source;
