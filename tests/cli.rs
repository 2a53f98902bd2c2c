//! The command line as its users see it: what it prints for bad input, and every command on files, tokens and requests.

#[path = "cli/access.rs"]
mod access;
#[path = "cli/bad_input.rs"]
mod bad_input;
#[path = "cli/beside.rs"]
mod beside;
#[path = "cli/ci.rs"]
mod ci;
#[path = "cli/commands.rs"]
mod commands;
#[path = "cli/compile.rs"]
mod compile;
#[path = "cli/coverage.rs"]
mod coverage;
#[path = "cli/elsewhere.rs"]
mod elsewhere;
#[path = "cli/events.rs"]
mod events;
#[path = "cli/explain.rs"]
mod explain;
#[path = "cli/fetch.rs"]
mod fetch;
#[path = "cli/fmt.rs"]
mod fmt;
#[path = "cli/import.rs"]
mod import;
#[path = "cli/init.rs"]
mod init;
#[path = "cli/language.rs"]
mod language;
#[path = "cli/mutate.rs"]
mod mutate;
#[path = "cli/named.rs"]
mod named;
#[path = "cli/neighbours.rs"]
mod neighbours;
#[path = "cli/pages.rs"]
mod pages;
#[path = "cli/places.rs"]
mod places;
#[path = "cli/programs.rs"]
mod programs;
#[path = "cli/questions.rs"]
mod questions;
#[path = "cli/refusals.rs"]
mod refusals;
#[path = "cli/replay.rs"]
mod replay;
#[path = "cli/reports.rs"]
mod reports;
#[path = "cli/revisions.rs"]
mod revisions;
#[path = "cli/schema.rs"]
mod schema;
#[path = "cli/screen.rs"]
mod screen;
#[path = "cli/session.rs"]
mod session;
#[path = "cli/shell.rs"]
mod shell;
#[path = "cli/until.rs"]
mod until;
#[path = "cli/versions.rs"]
mod versions;
#[path = "cli/walkthrough.rs"]
mod walkthrough;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

/// Where this variable is set, this program is `modelgate` itself, for tests that run it by its name.
const AS_PROGRAM: &str = "MODELGATE_AS_PROGRAM";

fn main() -> ExitCode {
    if std::env::var_os(AS_PROGRAM).is_some() {
        return cli::program();
    }
    let arguments = Arguments::from_args();
    let mut trials = bad_input::trials();
    let tests = [
        access::TESTS,
        beside::TESTS,
        ci::TESTS,
        commands::TESTS,
        compile::TESTS,
        coverage::TESTS,
        elsewhere::TESTS,
        events::TESTS,
        explain::TESTS,
        fetch::TESTS,
        mutate::TESTS,
        named::TESTS,
        neighbours::TESTS,
        pages::TESTS,
        fmt::TESTS,
        import::TESTS,
        init::TESTS,
        language::TESTS,
        places::TESTS,
        programs::TESTS,
        questions::TESTS,
        refusals::TESTS,
        replay::TESTS,
        reports::TESTS,
        revisions::TESTS,
        schema::TESTS,
        screen::TESTS,
        until::TESTS,
        versions::TESTS,
        walkthrough::TESTS,
    ]
    .concat();
    trials.extend(
        tests
            .into_iter()
            .map(|(name, test)| Trial::test(name, test)),
    );
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A named test.
type Test = (&'static str, fn() -> Result<(), Failed>);
