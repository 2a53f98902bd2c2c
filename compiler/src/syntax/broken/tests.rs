use crate::source::Source;

/// Where the one problem is, and what is told about it.
fn told(text: &str) -> (usize, usize, String, String) {
    let source = Source {
        name: "a".into(),
        bytes: text.as_bytes().to_vec(),
    };
    let problems = crate::syntax::readable(&source).unwrap_err();
    let [problem] = problems.as_slice() else {
        panic!("{text}: {problems:#?}");
    };
    let message = problem.message.clone();
    let help = problem.help.clone().unwrap_or_default();
    (problem.span.line, problem.span.column, message, help)
}

fn says(text: &str, place: (usize, usize), message: &str, help: &str) {
    let (line, column, said, typed) = told(text);
    assert_eq!((line, column), place, "{text}: {said}");
    assert!(said.ends_with(message), "{text}: {said}");
    assert!(typed.contains(help), "{text}: {typed}");
}

#[test]
fn an_open_bracket_or_quote_is_marked() {
    let open = "a:\n  - b: { c: [d]\n    e: f\n";
    says(open, (2, 8), "the bracket `{` is not closed", "`}`");
    let quote = "a:\n  - b: { c: [\"d] }\n    e: f\n  - b: g\n";
    says(quote, (2, 14), "the quote `\"` is not closed", "`\"`");
    let inner = "a: { b: [c }\n";
    says(inner, (1, 9), "the bracket `[` is not closed", "`]`");
    let last = "a: b\nc: [d\n";
    says(last, (2, 4), "the bracket `[` is not closed", "`]`");
    let surplus = "a: { b: [c]] }\n";
    says(surplus, (1, 12), "the bracket `]` closes nothing", "delete");
    let second = "a: '{'\n---\na:\n  - b: [c\n    e: f\n";
    says(second, (4, 8), "the bracket `[` is not closed", "`]`");
}

#[test]
fn what_looks_like_a_hyphen_is_marked() {
    for dash in ['–', '—', '−'] {
        let first = format!("a:\n  {dash} b: c\n    d: e\n");
        says(&first, (2, 3), "is no hyphen", "write `- `");
        let second = format!("a:\n  - b: c\n  {dash} b: d\n");
        says(&second, (3, 3), "is no hyphen", "write `- `");
    }
}

#[test]
fn a_blank_is_due_after_a_colon() {
    let due = "a blank is due after the `:` of `can`";
    says("a:\n  b: c\n  can:[d]\n", (3, 6), due, "`can: [d]`");
    says("a:\n  - can:[d]\n    b: c\n", (2, 8), due, "`can: [d]`");
}

#[test]
fn a_text_is_put_into_quotes_as_a_whole() {
    let ends = "the text in quotes ends before this";
    says(
        "name: 'analyst's test'\n",
        (1, 16),
        ends,
        "`name: analyst's test`",
    );
    says(
        "name: \"say \"hi\" to it\"\n",
        (1, 13),
        ends,
        "`name: say \"hi\" to it`",
    );
    let condition = "when: \"GET\" == context.method\n";
    says(
        condition,
        (1, 13),
        ends,
        "`when: '\"GET\" == context.method'`",
    );
    let single = "when: 'GET' == context.method\n";
    says(single, (1, 13), ends, "`when: '\"GET\" == context.method'`");
    let both = "when: \"a\" == x || y == \"b\"\n";
    says(both, (1, 11), ends, "`when: '\"a\" == x || y == \"b\"'`");
    let (.., help) = told("- { name: 'analyst's test', a: b }\n");
    assert!(help.contains("twice"), "{help}");
    let (.., help) = told("name: churn: may be used\n");
    assert_eq!(help, "write `name: \"churn: may be used\"`");
    let (.., help) = told("groups: [a, @admins]\n");
    assert_eq!(help, "put it into quotes: `\"@admins\"`");
    let (.., help) = told("a: b\nwhen: [principal] in context\n");
    assert_eq!(help, "write `when: \"[principal] in context\"`");
    let list = "a:\n  when: [1].contains(context.hour)\n";
    let ends = "the list ends before this";
    says(
        list,
        (2, 12),
        ends,
        "`when: \"[1].contains(context.hour)\"`",
    );
}

#[test]
fn a_condition_begins_with_not() {
    let whole = "put the whole condition into quotes: `when: \"!(context.hour > 6)\"`";
    let begins = "`!` begins a YAML tag here, and tags are not used";
    says(
        "when: !(context.hour > 6) # at night\n",
        (1, 7),
        begins,
        whole,
    );
    let call = "a: b\nwhen: !context.scopes.contains(\"x\")\n";
    says(
        call,
        (2, 7),
        begins,
        "`when: '!context.scopes.contains(\"x\")'`",
    );
}

const MISREAD: [(&str, &str, &str); 21] = [
    (
        "a:\n  who:\u{a0}{ groups: [b] }\n",
        "U+00A0 looks like a blank",
        "common blank",
    ),
    (
        "a:\n  b: c\n  can:\u{a0}[d]\n",
        "U+00A0 looks like a blank",
        "common blank",
    ),
    ("a:\n  models: [*]\n", "begin with `*`", "quotes: `\"*\"`"),
    ("a:\n  models: *\n", "begin with `*`", "quotes: `\"*\"`"),
    (
        "a:\n  models: *risk\n",
        "begin with `*`",
        "quotes: `\"*risk\"`",
    ),
    ("```yaml\na: b\n```\n", "Markdown", "delete the line"),
    ("a: b\n```\n", "Markdown", "delete the line"),
    ("a:\n  * b\n  * c\n", "`*` begins no entry", "write `- `"),
    (
        "a: [- b]\n",
        "begins a line of its own",
        "delete the hyphens",
    ),
    ("a: - b\n", "begins a line of its own", "write `[b]`"),
    (
        "a: [b, #c]\nd: e\n",
        "closed in a comment",
        "`#` into quotes",
    ),
    ("a: [b]#c\n", "a blank is due before `#`", "a blank before"),
    (
        "a: b # c\n  d\n",
        "a comment ends the text",
        "take the comment out",
    ),
    ("a: b\n// c\n", "a comment begins with `#`", "`#` for `//`"),
    ("a: { b = [c] }\n", "a `:` is due here", "for `=`"),
    (
        "a: [\"CORP\\contractors\"]\n",
        "a `\\` begins a sign",
        "write it in single quotes: `'CORP\\contractors'`",
    ),
    (
        "a: { b: [\"c\" d] }\n",
        "a `,` is due before this",
        "write a `,`",
    ),
    (
        "a: { when: \"GET\" == b }\n",
        "the text in quotes ends before this",
        "",
    ),
    (
        "a:\n  - who = { groups: [b] }\n",
        "a `:` is due after `who`",
        "write `who: { groups: [b] }`",
    ),
    (
        "a:\n  - who { groups: [b] }\n",
        "a `:` is due after `who`",
        "write `who: { groups: [b] }`",
    ),
    (
        "a:\n  b: c\n  can [d]\n",
        "a `:` is due after `can`",
        "write `can: [d]`",
    ),
];

#[test]
fn what_yaml_takes_for_something_else() {
    for (text, what, help) in MISREAD {
        let (.., message, told) = told(text);
        assert!(message.contains(what), "{text}: {message}");
        assert!(told.contains(help), "{text}: {told}");
    }
}
