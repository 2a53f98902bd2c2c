//! A replay for a pull request.

use crate::markdown::code;
use crate::shown::printable;

use super::told::{Told, further, often, request};

impl Told<'_> {
    /// The comment. What callers wrote stands in it as code.
    pub fn markdown(&self) -> String {
        let summary = self.summary().replace('\n', " ");
        let mut text = format!("## What recorded requests would have become\n\n{summary}.\n");
        if let Some(assumed) = self.assumed() {
            text += &format!("\n{assumed}.\n");
        }
        let report = self.report;
        for (perhaps, before, heading, more) in [
            (false, false, "Newly allowed", report.more_allowed),
            (false, true, "Newly denied", report.more_denied),
            (
                true,
                false,
                "Perhaps newly allowed: what events do not hold decides",
                0,
            ),
            (
                true,
                true,
                "Perhaps newly denied: what events do not hold decides",
                report.more_perhaps,
            ),
        ] {
            let groups = self.groups(perhaps, before);
            if !groups.is_empty() {
                text += &format!("\n### {heading}\n\n");
            }
            for (key, times) in groups {
                let [before, now] = self.verdicts(key);
                let shown = |text: &str| code(&printable(text).replace('`', "'"));
                text += &format!("- {} {}\n", shown(&request(key)), often(times));
                text += &format!("  - before: {}\n  - now: {}\n", shown(&before), shown(&now));
            }
            if more > 0 {
                text += &format!("- {}\n", further(more));
            }
        }
        if !report.left.is_empty() {
            text += "\n### Not replayed\n\n";
        }
        for (why, count) in report.left.iter() {
            text += &format!(
                "- {count}: {}\n",
                code(&printable(&why.to_string()).replace('`', "'"))
            );
        }
        text
    }
}
