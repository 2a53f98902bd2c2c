//! JUnit XML, as CI servers read it: a test case for each file, which fails with its errors.

use compiler::source::Source;

use super::Item;

/// A group of test cases.
pub struct Suite {
    /// also the class of its cases
    pub name: String,
    /// in order
    pub cases: Vec<Case>,
}

/// One test case.
pub struct Case {
    /// its name
    pub name: String,
    /// why it failed; its first line is the message
    pub failure: Option<String>,
    /// what else is said
    pub output: Option<String>,
}

/// The document.
pub(super) fn write(items: &[Item<'_>], sources: &[Source]) -> String {
    let mut names: Vec<Option<&str>> = sources
        .iter()
        .map(|source| Some(source.name.as_str()))
        .collect();
    if items.iter().any(|item| item.file.is_none()) {
        names.push(None);
    }
    let case = |name: &Option<&str>| {
        let of = |error: bool| -> Option<String> {
            let own = items
                .iter()
                .filter(|item| item.file == *name && item.diagnostic.is_error() == error);
            let lines: Vec<String> = own.map(line).collect();
            (!lines.is_empty()).then(|| lines.join("\n"))
        };
        Case {
            name: name.unwrap_or("all files").to_owned(),
            failure: of(true),
            output: of(false),
        }
    };
    suites(&[Suite {
        name: "check".to_owned(),
        cases: names.iter().map(case).collect(),
    }])
}

/// Test suites as a document.
pub fn suites(suites: &[Suite]) -> String {
    let counts = |suites: &[Suite]| {
        let cases = || suites.iter().flat_map(|suite| &suite.cases);
        let failed = cases().filter(|case| case.failure.is_some()).count();
        (cases().count(), failed)
    };
    let (tests, failures) = counts(suites);
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"modelgate\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">\n"
    );
    for suite in suites {
        let (tests, failures) = counts(std::slice::from_ref(suite));
        let name = escaped(&suite.name);
        text += &format!(
            "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">\n"
        );
        for case in &suite.cases {
            text += &test_case(case, &name);
        }
        text += "  </testsuite>\n";
    }
    text + "</testsuites>\n"
}

fn test_case(case: &Case, class: &str) -> String {
    let name = escaped(&case.name);
    let mut text = format!("    <testcase classname=\"{class}\" name=\"{name}\">\n");
    if let Some(failure) = &case.failure {
        let first = failure.lines().next().unwrap_or_default();
        text += &format!(
            "      <failure message=\"{}\">{}</failure>\n",
            escaped(first),
            escaped(failure)
        );
    }
    if let Some(output) = &case.output {
        text += &format!("      <system-out>{}</system-out>\n", escaped(output));
    }
    text + "    </testcase>\n"
}

fn line(item: &Item<'_>) -> String {
    format!(
        "{}[{}] {}:{}: {}",
        item.level(),
        item.diagnostic.code,
        item.line,
        item.column,
        item.text()
    )
}

/// XML 1.0 has no place for most control characters, not even escaped.
fn escaped(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '"' => "&quot;".to_owned(),
            '\n' | '\t' => character.to_string(),
            other if other.is_control() || matches!(other, '\u{fffe}' | '\u{ffff}') => {
                "\u{fffd}".to_owned()
            }
            other => other.to_string(),
        })
        .collect()
}
