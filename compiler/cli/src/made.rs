//! Files that are checked before they are written: what is wrong with them is told where it comes from, since they are not there
//! to be looked at.

use compiler::diagnostic::{self, Diagnostic, one_line};
use compiler::source::{Source, Span};

use crate::Terminal;

/// A text in fewer letters stands anywhere.
const SHORTEST: usize = 3;

/// What files were made of.
pub struct Origin<'a> {
    /// options as they were written, and a value of each
    pub options: Vec<(String, &'a str)>,
    /// files
    pub sources: &'a [Source],
}

impl Origin<'_> {
    /// Shows what is wrong with files that are not written: at the option or at the place that a text comes from, if there is one.
    /// Those before the `first` are there.
    pub fn show(
        &self,
        problems: Vec<Diagnostic>,
        files: &[Source],
        first: usize,
        terminal: &mut Terminal<'_>,
    ) {
        let problems = problems.into_iter();
        let traced = problems.map(|problem| match problem.span.source < first {
            true => problem,
            false => self.traced(problem, files),
        });
        let mut traced: Vec<Diagnostic> = traced.collect();
        // with what is wrong at its root, what follows from it in the files is no news
        let is_there = |problem: &Diagnostic| problem.span.source < first;
        let is_made = |problem: &Diagnostic| (first..files.len()).contains(&problem.span.source);
        let is_root = |problem: &Diagnostic| !is_there(problem) && !is_made(problem);
        if traced
            .iter()
            .any(|problem| is_root(problem) && problem.is_error())
        {
            traced.retain(|problem| !is_made(problem));
        }
        diagnostic::sort(&mut traced);
        let named = files.iter().enumerate().map(|(number, file)| Source {
            name: match number < first {
                true => file.name.clone(),
                false => format!("{} (not written)", file.name),
            },
            bytes: file.bytes.clone(),
        });
        let all: Vec<Source> = named.chain(self.sources.iter().cloned()).collect();
        terminal.show(&traced, &all);
    }

    fn traced(&self, problem: Diagnostic, files: &[Source]) -> Diagnostic {
        let Span {
            source, start, end, ..
        } = problem.span;
        let marked = files
            .get(source)
            .and_then(|file| file.bytes.get(start..end));
        let marked = String::from_utf8_lossy(marked.unwrap_or_default()).into_owned();
        let marked = marked.trim().trim_matches(['"', '\'']);
        if marked.is_empty() {
            return problem;
        }
        let is_marked = |value: &str| {
            let quoted = serde_json::Value::from(value).to_string();
            value == marked || quoted.trim_matches('"') == marked
        };
        if let Some((option, _)) = self.options.iter().find(|(_, value)| is_marked(value)) {
            let message = one_line(format!("`{option}`: {}", problem.message));
            return Diagnostic {
                span: Span::NOWHERE,
                message,
                ..problem
            };
        }
        let place = self.place(marked, files.len());
        Diagnostic {
            span: place.unwrap_or(problem.span),
            ..problem
        }
    }

    /// The first place of a text in the files that others were made of, which stand behind so many.
    fn place(&self, text: &str, behind: usize) -> Option<Span> {
        let sources = self.sources.iter().enumerate();
        let mut places = sources.filter_map(|(number, source)| {
            let file = std::str::from_utf8(&source.bytes).ok()?;
            let start = file.find(text).filter(|_| text.len() >= SHORTEST)?;
            let before = &file[..start];
            let line = before.rfind('\n').map_or(0, |end| end + 1);
            Some(Span {
                source: behind + number,
                start,
                end: start + text.len(),
                line: before.matches('\n').count() + 1,
                column: before[line..].chars().count() + 1,
            })
        });
        places.next()
    }
}
