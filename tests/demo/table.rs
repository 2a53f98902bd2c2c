//! What came of each request, as one table.

use ::tests::http::Response;
use anyhow::Result;
use policies::audit::AuditEvent;
use policies::decision::Reason;

use crate::audit::readable;
use crate::requests::Case;

/// What came of a request.
#[derive(Debug)]
pub struct Outcome {
    /// what was sent and expected
    pub case: Case,
    /// what the client got
    pub response: Response,
    /// its audit events; exactly one is due
    pub events: Vec<AuditEvent>,
}

impl Outcome {
    fn is_as_expected(&self) -> bool {
        let Case {
            expected, answer, ..
        } = self.case;
        let answered =
            self.response.status == expected.status() && self.response.text().contains(answer);
        let recorded = matches!(&self.events[..], [event] if event.reason == expected && event.status == Some(self.response.status));
        answered && recorded
    }

    fn row(&self) -> [String; 5] {
        let got = match &self.events[..] {
            [event] => event.reason.code().to_owned(),
            events => format!("{} audit events", events.len()),
        };
        [
            self.case.who.to_owned(),
            self.case.what.to_owned(),
            verdict(self.case.expected.status()),
            verdict(self.response.status),
            if self.is_as_expected() {
                got
            } else {
                format!("{got}  <- expected {}", self.case.expected.code())
            },
        ]
    }
}

/// Prints the table, three events and the sum; answers whether all went as expected.
pub fn print(outcomes: &[Outcome]) -> Result<bool> {
    let mut rows = vec![["who", "request", "expected", "got", "reason"].map(str::to_owned)];
    rows.extend(outcomes.iter().map(Outcome::row));
    print!("\n{}\n", aligned(&rows));
    for outcome in outcomes.iter().filter(|outcome| outcome.case.shown) {
        println!(
            "audit event of: {}, {}",
            outcome.case.who, outcome.case.what
        );
        for event in &outcome.events {
            println!("{}", readable(event)?);
        }
    }
    let good = outcomes
        .iter()
        .filter(|outcome| outcome.is_as_expected())
        .count();
    println!("{} requests, {good} as expected", outcomes.len());
    Ok(good == outcomes.len())
}

fn verdict(status: u16) -> String {
    let verdict = if status == Reason::Allowed.status() {
        "allow"
    } else {
        "deny"
    };
    format!("{verdict} {status}")
}

/// Columns as wide as their longest entry.
fn aligned<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |row: &[String; N]| {
        let cells = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let rows = [["é", "b"], ["ccc", "d"]].map(|row| row.map(str::to_owned));
        assert_eq!(aligned(&rows), "é    b\nccc  d\n");
    }
}
