//! What cannot be lowered, and what to write instead.

use std::fmt::Display;

use crate::cedar::Statement;
use crate::checks::names::Unclear;
use crate::diagnostic::Diagnostic;

/// A construct that the table has no place for.
#[derive(Debug)]
pub struct Refusal {
    code: &'static str,
    message: String,
    help: String,
}

impl Refusal {
    /// The construct is Cedar, but not of the part that proxies can evaluate.
    pub fn construct(what: impl Display, help: impl Into<String>) -> Self {
        let message = format!(
            "`{}` cannot be evaluated in the proxy",
            shortened(&what.to_string())
        );
        Self {
            code: "MG0906",
            message,
            help: help.into(),
        }
    }

    /// The entity is not one that can exist.
    pub fn entity(what: impl Display, why: &str, help: impl Into<String>) -> Self {
        Self {
            code: "MG0907",
            message: format!("`{}` {why}", shortened(&what.to_string())),
            help: help.into(),
        }
    }

    /// The name is nobody's.
    pub fn name(unclear: Unclear) -> Self {
        let Unclear {
            code,
            message,
            help,
        } = unclear;
        Self {
            code,
            message,
            help,
        }
    }

    /// A mistake of ours, which stops the compile.
    pub fn mistake(why: &str) -> Self {
        Self {
            code: "MG0951",
            message: why.into(),
            help: "this is a mistake of modelgate's: please report it with these files".into(),
        }
    }

    /// Nested too deeply.
    pub fn depth(most: u32) -> Self {
        let message = format!("the condition is nested more than {most} deep");
        Self {
            code: "MG0910",
            message,
            help: "split the rule into several".into(),
        }
    }

    /// At the statement's place.
    pub fn diagnostic(self, statement: &Statement) -> Diagnostic {
        Diagnostic::error(self.code, statement.span, self.message).with_help(self.help)
    }
}

fn shortened(text: &str) -> String {
    const MOST: usize = 120;
    if text.chars().count() <= MOST {
        text.to_owned()
    } else {
        text.chars().take(MOST).chain("...".chars()).collect()
    }
}
