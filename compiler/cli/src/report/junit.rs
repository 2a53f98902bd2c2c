//! JUnit XML, as CI servers read it: a test case for each file, which fails with its errors.

use compiler::source::Source;

use super::Item;

/// The document.
pub fn write(items: &[Item<'_>], sources: &[Source]) -> String {
    let mut names: Vec<Option<&str>> = sources
        .iter()
        .map(|source| Some(source.name.as_str()))
        .collect();
    if items.iter().any(|item| item.file.is_none()) {
        names.push(None);
    }
    let errors = |name: &Option<&str>| {
        let of = items.iter().filter(|item| item.file == *name);
        of.filter(|item| item.diagnostic.is_error()).count()
    };
    let failed = names.iter().filter(|name| errors(name) > 0).count();
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"modelgate\" tests=\"{0}\" failures=\"{failed}\" errors=\"0\">\n  \
         <testsuite name=\"check\" tests=\"{0}\" failures=\"{failed}\" errors=\"0\">\n",
        names.len()
    );
    for name in &names {
        let shown = escaped(name.unwrap_or("all files"));
        text += &format!("    <testcase classname=\"check\" name=\"{shown}\">\n");
        let of = |error: bool| -> Vec<String> {
            let own = items
                .iter()
                .filter(|item| item.file == *name && item.diagnostic.is_error() == error);
            own.map(line).collect()
        };
        let (wrong, warned) = (of(true), of(false));
        if let Some(first) = wrong.first() {
            text += &format!(
                "      <failure message=\"{}\">{}</failure>\n",
                escaped(first),
                escaped(&wrong.join("\n"))
            );
        }
        if !warned.is_empty() {
            text += &format!(
                "      <system-out>{}</system-out>\n",
                escaped(&warned.join("\n"))
            );
        }
        text += "    </testcase>\n";
    }
    text + "  </testsuite>\n</testsuites>\n"
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
