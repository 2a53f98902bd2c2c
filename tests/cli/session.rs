//! One run of the command line, in this process.

use std::ffi::OsString;

use cli::{Exit, Terminal};

/// What came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// exit status
    pub exit: Exit,
    /// standard output
    pub output: String,
    /// standard error
    pub errors: String,
}

/// Runs `modelgate` with these arguments, separated by spaces, and this standard input. Paths start at `tests/`.
pub fn run(arguments: &str, input: &[u8]) -> Session {
    let words: Vec<&str> = arguments
        .split(' ')
        .filter(|word| !word.is_empty())
        .collect();
    run_words(&words, input)
}

/// The same for arguments that may hold spaces.
pub fn run_words(arguments: &[&str], input: &[u8]) -> Session {
    let arguments = std::iter::once("modelgate")
        .chain(arguments.iter().copied())
        .map(OsString::from);
    let (mut input, mut output, mut errors) = (input, Vec::new(), Vec::new());
    let mut terminal = Terminal::new(&mut input, &mut output, &mut errors, false);
    let exit = cli::run(arguments, &mut terminal);
    let exit = terminal.finish(exit);
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Session {
        exit,
        output: text(output),
        errors: text(errors),
    }
}

/// What it said and what it answered as one text, as a person sees them.
pub fn both(session: Session) -> Session {
    let output = session.errors + &session.output;
    Session {
        errors: String::new(),
        output,
        exit: session.exit,
    }
}

/// Fails with what came out unless `holds`.
pub fn expect(holds: bool, session: &Session) -> Result<(), libtest_mimic::Failed> {
    if holds {
        Ok(())
    } else {
        Err(format!("{session:#?}").into())
    }
}
