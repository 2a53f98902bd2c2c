//! What to type in place of a YAML tag. A `!` that begins a text begins a tag: whoever wrote a condition and meant "not" is
//! told to put it into quotes, as without its `!` it would say the contrary.

use crate::diagnostic::Diagnostic;
use crate::format::as_scalar;
use crate::source::Span;

use super::text::moved;

/// Longest tag that is looked for before its value.
const LONGEST: usize = 1024;

/// The problem, marked where the tag stands; `value` is what follows it, with its end if that is one text.
pub fn refused(text: &str, tag: &str, value: Span, is_text: bool) -> Diagnostic {
    let message = format!("`{tag}` is a tag, and tags are not used here");
    let Some(start) = found(text, tag, value.start) else {
        return Diagnostic::error("MG0010", value, message);
    };
    let span = moved(value, text, start, start + tag.len());
    let is_type = tag
        .strip_prefix("!!")
        .is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_alphabetic()));
    if is_type || tag.starts_with("!<") {
        let help = format!(
            "delete `{tag}`, and put a text that looks like something else into quotes: `\"007\"`"
        );
        return Diagnostic::error("MG0010", span, message).with_help(help);
    }
    match is_text {
        true => negated(text, span, value.end),
        false => negated(text, span, value_end(text, start)),
    }
}

/// That a text begins with `!`; `span` is its beginning, up to where the tag ends.
pub fn negated(text: &str, span: Span, end: usize) -> Diagnostic {
    let whole = text.get(span.start..end).unwrap_or_default();
    let words: Vec<&str> = whole.split_whitespace().collect();
    let words = words.join(" ");
    let quoted = as_scalar(&words);
    let message = "`!` begins a YAML tag here, and tags are not used";
    let help = match field(text, span.start) {
        Some("when") => {
            let quoted = enclosed(&words).map_or(quoted, |words| as_scalar(&words));
            format!("put the whole condition into quotes: `when: {quoted}`")
        }
        Some(field) => format!("put the whole text into quotes: `{field}: {quoted}`"),
        None => format!(
            "put the whole text into quotes: `{quoted}`; whom a rule leaves out is named in a rule under `deny`"
        ),
    };
    Diagnostic::error("MG0010", span, message).with_help(help)
}

/// `!principal in X` as it is meant: to Cedar it is about `!principal` alone.
fn enclosed(condition: &str) -> Option<String> {
    let rest = condition.strip_prefix('!')?.trim_start();
    let is_one = !rest.starts_with(['(', '!']) && !rest.contains("&&") && !rest.contains("||");
    let mut signs = [" in ", " is ", " has ", " like ", "==", "!=", "<", ">"].into_iter();
    (is_one && signs.any(|sign| rest.contains(sign))).then(|| format!("!({rest})"))
}

/// Where the value ends that begins here, if it is as long as its line and no comment stands behind it.
pub fn value_end(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let line = rest.lines().next().unwrap_or_default();
    let value = line.split(" #").next().unwrap_or_default();
    start + value.trim_end().len()
}

/// Where the tag begins that belongs to what stands at `end`.
fn found(text: &str, tag: &str, end: usize) -> Option<usize> {
    let mut from = end.saturating_sub(LONGEST);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let before = text.get(from..end)?;
    before.rfind(tag).map(|position| from + position)
}

/// The field whose value begins here on its line.
pub fn field(text: &str, start: usize) -> Option<&str> {
    let before = text.get(..start)?;
    let line = before.rsplit('\n').next()?;
    let key = line.trim_end().strip_suffix(':')?;
    let begin = key.rfind(|letter: char| !letter.is_ascii_alphanumeric());
    let name = key.get(begin.map_or(0, |begin| begin + 1)..)?;
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use crate::source::Source;

    fn told(value: &str) -> (String, usize, usize) {
        let source = Source {
            name: "a".into(),
            bytes: format!("a: 1\n{value}\n").into_bytes(),
        };
        let problems = crate::syntax::readable(&source).unwrap_err();
        let [problem] = problems.as_slice() else {
            panic!("{value}: {problems:#?}");
        };
        assert_eq!((problem.code, problem.span.line), ("MG0010", 2), "{value}");
        let help = problem.help.clone().unwrap_or_default();
        (
            help,
            problem.span.column,
            problem.span.end - problem.span.start,
        )
    }

    #[test]
    fn a_negation_is_put_into_quotes() {
        for condition in [
            "!resource.public",
            "! resource.public",
            "!(resource.public)",
            "!!resource.public",
            "!resource.public && context.hour > 6",
        ] {
            let (help, column, _) = told(&format!("when: {condition}"));
            let due = format!("put the whole condition into quotes: `when: \"{condition}\"`");
            assert_eq!((help, column), (due, 7), "{condition}");
        }
        let (help, ..) = told("when: !(context.method == \"GET\")");
        assert!(
            help.ends_with("`when: '!(context.method == \"GET\")'`"),
            "{help}"
        );
        let (help, ..) = told("when: !principal in Group::\"corp/a\"");
        assert!(
            help.ends_with("`when: '!(principal in Group::\"corp/a\")'`"),
            "{help}"
        );
        let (help, ..) = told("rules: [{ when: !resource.public }]");
        assert!(help.ends_with("`when: \"!resource.public\"`"), "{help}");
        let (help, column, length) = told("groups: [staff, !guests]");
        assert!(
            help.starts_with("put the whole text into quotes: `\"!guests\"`;"),
            "{help}"
        );
        assert_eq!((column, length), (17, 7));
    }

    #[test]
    fn a_type_is_deleted() {
        for tag in ["!!str", "!<tag:yaml.org,2002:str>"] {
            let (help, column, _) = told(&format!("name: {tag} x"));
            assert!(help.starts_with(&format!("delete `{tag}`")), "{help}");
            assert_eq!(column, 7);
        }
    }
}
