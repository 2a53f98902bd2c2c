//! What the worst documents are made of.

/// Inside of an array; where there is nothing, it is made.
pub const INSIDE: [(&str, &str); 21] = [
    ("strings of escapes \\u0041", r#""\u0041\ud83d\ude00","#),
    ("strings of escapes \\n", r#""\n\n\n\n\n\n\n\n","#),
    (
        "arrays, 32 deep",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]],",
    ),
    ("arrays and objects by turns", r#"[{"":[{"":[{"":1}]}]}],"#),
    ("the same, 60 deep", ""),
    ("empty arrays, empty objects", "[],{},"),
    ("arrays of one number", "[1],"),
    ("arrays in arrays", "[[1],[2]],"),
    (
        "short members further inside",
        r#"{"x":1,"x":1,"x":1,"x":1},"#,
    ),
    ("strings \"\\n\"", r#""\n","#),
    (
        "characters of four bytes",
        "\"\u{1f600}\u{1f600}\u{1f600}\u{1f600}\",",
    ),
    ("words", "true,"),
    ("numbers of 15 digits", "-0.013482521,0.52187347,"),
    ("numbers with exponents", "1e5,2,-3.5e-7,"),
    (
        "short messages",
        r#"{"role":"user","content":"And then?"},"#,
    ),
    ("tokens in no order", ""),
    ("brackets in no order", ""),
    ("characters and escapes in no order", ""),
    ("the same in long strings", ""),
    ("strings longer than what is read at once", ""),
    ("one of all that is above, in no order", ""),
];

/// The same, as members of the outermost object.
pub const MEMBERS: [(&str, &str); 18] = [
    ("empty members", r#""":[],"#),
    ("members with blanks", r#""" : 1 , "#),
    ("members with line ends", "\"\"\r\n:\r\n1,\r\n"),
    ("members with two digits", r#""x":12,"#),
    ("short members", r#""x":1,"#),
    ("members with names as long as an alias", r#""mord":1,"#),
    (
        "members with all but one letter of an alias",
        r#""lorb":1,"#,
    ),
    ("the same of a long one", r#""prompt-id":1,"#),
    (
        "the same of the longest",
        r#""context_window_fall-ack_dict":1,"#,
    ),
    ("members named \"é\"", r#""é":1,"#),
    ("members named with a long s", r#""moſel":1,"#),
    ("members named by an escape", r#""\n":1,"#),
    ("members named by a pair", r#""\ud83d\ude00":1,"#),
    (
        "members whose first letter is an escape",
        r#""\u006cord":1,"#,
    ),
    (
        "members all of whose letters are",
        r#""\u006c\u006f\u0072\u0064":1,"#,
    ),
    (
        "long keys with escapes",
        r#""\u006dod\u0065_a_key_that_is_longer_than_any":[],"#,
    ),
    ("members in no order", ""),
    ("members like aliases in no order", ""),
];

/// What comes in no order.
pub const PIECES: [(&str, &[&str]); 6] = [
    (
        "members in no order",
        &[
            r#""x":1,"#,
            r#""yy":"","#,
            r#""a_longer_one":[],"#,
            r#""é":0,"#,
            r#""\t":{},"#,
        ],
    ),
    (
        "members like aliases in no order",
        &[
            r#""lorb":1,"#,
            r#""modem":"","#,
            r#""\u006dodes":[1],"#,
            r#""moſel":0,"#,
            r#""prompt_ix":{"":2},"#,
            r#""x":true,"#,
        ],
    ),
    (
        "tokens in no order",
        &[
            "1,",
            "[],",
            r#""a","#,
            "true,",
            r#"{"a":1},"#,
            "[[2],0],",
            "-7.5,",
        ],
    ),
    (
        "brackets in no order",
        &[
            "[[[1]]],",
            "[],",
            "[{}],",
            r#"{"":[]},"#,
            "[1,[2,[3]]],",
            r#"{"":{"":[4]}},"#,
        ],
    ),
    (
        "the same in long strings",
        &[
            "é",
            r"\n",
            "plain ",
            "€",
            r"\u0041",
            "\u{1f600}",
            r"\ud83d\ude00",
        ],
    ),
    (
        "characters and escapes in no order",
        &[r#""é\na","#, r#""\\\\é","#, r#""plain","#, r#""€\u0041","#],
    ),
];

/// Items of a batch that name models.
pub const BATCHES: [(&str, &[&str]); 8] = [
    ("requests of a batch", &[r#"{"params":{"model":"m"}},"#]),
    (
        "the same of two models",
        &[r#"{"params":{"model":"m"}},{"params":{"model":"n"}},"#],
    ),
    (
        "the same with blanks",
        &[r#"{ "params":{ "model": "m" }},"#],
    ),
    (
        "the same with a member before",
        &[r#"{"":0,"params":{"model":"m"}},"#],
    ),
    (
        "the same with a member behind",
        &[r#"{"params":{"model":"m","":0}},"#],
    ),
    (
        "the same with an escape",
        &[r#"{"params":{"model":"\u006d"}},"#],
    ),
    (
        "the same with an escape in a key",
        &[r#"{"params":{"\u006dodel":"m"}},"#],
    ),
    (
        "the same in no order",
        &[
            r#"{"params":{"model":"m"}},"#,
            r#"{"params":{"model":"n"}},"#,
            r#"{ "params":{ "model": "m" }},"#,
            r#"{"":0,"params":{"model":"m"}},"#,
            r#"{"params":{"model":"m"},"x":[]},"#,
            r#"{"params":{"model":"a-longer-name"}},"#,
        ],
    ),
];
