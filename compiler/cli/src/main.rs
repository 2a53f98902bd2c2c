//! The program: standard streams in, exit status out.

use std::io::{self, BufWriter, IsTerminal};
use std::process::ExitCode;

use cli::Terminal;

fn main() -> ExitCode {
    let input_is_terminal = io::stdin().is_terminal();
    let (input, output, errors) = (io::stdin().lock(), io::stdout().lock(), io::stderr().lock());
    let watched = errors.is_terminal();
    let color = watched && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let (mut input, mut output, mut errors) = (input, BufWriter::new(output), errors);
    let mut terminal = Terminal::new(&mut input, &mut output, &mut errors, color)
        .watched(watched)
        .with_answers(input_is_terminal && watched);
    let exit = cli::run(std::env::args_os(), &mut terminal);
    ExitCode::from(terminal.finish(exit).status())
}
