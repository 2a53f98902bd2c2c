//! The worst documents of a megabyte that are accepted, each built to cost the most of one part of the scanner.

pub const MEGABYTE: usize = 1 << 20;

/// Inside of an array; where there is nothing, it is made.
const INSIDE: [(&str, &str); 21] = [
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

/// Members of the outermost object.
const MEMBERS: [(&str, &str); 12] = [
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
        r#""context_window_fallback_dixt":1,"#,
    ),
    (
        "members that differ in a bit that few letters have",
        "\"model\u{7f}id\":1,",
    ),
    ("members in no order", ""),
    ("members like aliases in no order", ""),
];

/// Members with odd keys.
const ODD_MEMBERS: [(&str, &str); 7] = [
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
];

/// What comes in no order.
const PIECES: [(&str, &[&str]); 6] = [
    (
        "members in no order",
        &[
            r#""x":1,"#,
            r#""yy":"","#,
            r#""a_longer_one":[],"#,
            r#""mord":{},"#,
        ],
    ),
    (
        "members like aliases in no order",
        &[
            r#""lorb":1,"#,
            r#""modem":"","#,
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

/// Items of a batch that name models, of which there can be so many; what comes behind them are brackets in no order.
const BATCHES: [(&str, &[&str]); 7] = [
    ("requests of a batch", &[r#"{"params":{"model":"m"}},"#]),
    (
        "the same of two models",
        &[
            r#"{"params":{"model":"m"}},"#,
            r#"{"params":{"model":"n"}},"#,
        ],
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
        "the same in no order",
        &[
            r#"{"params":{"model":"m"}},"#,
            r#"{"params":{"model":"n"}},"#,
            r#"{ "params":{ "model": "m" }},"#,
            r#"{"":0,"params":{"model":"m"}},"#,
            r#"{"params":{"model":"m"},"x":[]},"#,
            r#"{"params":{"model":"\u006d"}},"#,
        ],
    ),
];

/// Documents that name one model, at their end; so many members may stand beside it, and so many of them have odd keys. What is left
/// are brackets in no order.
pub fn documents(model: &str, beside: u32, odd_keys: u32) -> Vec<(&'static str, String)> {
    let count = |count: u32| usize::try_from(count).unwrap_or_default();
    let (beside, odd_keys) = (count(beside) - 1, count(odd_keys));
    let document = |members: &str| {
        let rest = brackets(MEGABYTE.saturating_sub(members.len()));
        format!(r#"{{{members}"a":[{rest}1],"model":"{model}"}}"#)
    };
    let inside = INSIDE.map(|(name, unit)| {
        let items = items(name, unit);
        (name, format!(r#"{{"a":[{items}1],"model":"{model}"}}"#))
    });
    let members = MEMBERS.map(|(name, unit)| {
        let units = PIECES.into_iter().find(|(known, _)| *known == name);
        let alone = [unit];
        let units = units.map_or(alone.as_slice(), |(_, units)| units);
        (name, document(&so_many(beside, units)))
    });
    let odd = ODD_MEMBERS.map(|(name, unit)| {
        let others = so_many(beside - odd_keys, &[r#""mord":1,"#]);
        (name, document(&[unit.repeat(odd_keys), others].concat()))
    });
    inside.into_iter().chain(members).chain(odd).collect()
}

/// Batches of so many requests, the last of this model, the others of those that `m` and `n` in the items stand for.
pub fn batches(
    model: &str,
    requests: u64,
    of: impl Fn(u64) -> [String; 2],
) -> Vec<(&'static str, String)> {
    let batch = |(name, items): (&'static str, &[&str])| {
        let mut dice = Dice(1);
        let requests: String = (1..requests)
            .map(|number| {
                let [m, n] = of(number);
                let item = items[dice.below(items.len())];
                item.replace(r#""m""#, &format!(r#""{m}""#))
                    .replace(r#""n""#, &format!(r#""{n}""#))
                    .replace(r#""\u006d""#, &escaped(&m))
            })
            .collect();
        let rest = brackets(MEGABYTE.saturating_sub(requests.len()));
        let last = format!(r#"{{"params":{{"model":"{model}"}},"a":[{rest}1]}}"#);
        (name, format!(r#"{{"requests":[{requests}{last}]}}"#))
    };
    BATCHES.into_iter().map(batch).collect()
}

/// So many bytes, or a few less.
fn brackets(length: usize) -> String {
    let mut brackets = mixed("brackets in no order");
    brackets.truncate(length);
    // up to where an array ends that is in no other
    let end = brackets.rfind(",[[[1]]],").map_or(0, |end| end + 1);
    brackets.truncate(end);
    brackets
}

/// In quotes, and the first letter an escape.
fn escaped(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    let first = first.bytes().next().unwrap_or_default();
    format!(r#""\u{first:04x}{rest}""#)
}

fn items(name: &str, unit: &str) -> String {
    if unit.is_empty() {
        mixed(name)
    } else {
        repeated(unit)
    }
}

pub fn repeated(unit: &str) -> String {
    unit.repeat(MEGABYTE / unit.len())
}

/// Of several kinds, one after the other without a pattern; and what is too long to be written here.
fn mixed(name: &str) -> String {
    let pieces = PIECES.into_iter().find(|(known, _)| *known == name);
    match (name, pieces) {
        ("the same, 60 deep", _) => {
            repeated(&[&r#"[{"":"#.repeat(30), "1", &"}]".repeat(30), ","].concat())
        }
        ("strings longer than what is read at once", _) => {
            repeated(&[r#"1,""#, &"x".repeat(62), r#"","#].concat())
        }
        ("the same in long strings", Some((_, pieces))) => {
            format!("\"{}\",", in_no_order(pieces))
        }
        (_, Some((_, pieces))) => in_no_order(pieces),
        (_, None) => in_no_order(&INSIDE.map(|(_, unit)| unit)),
    }
}

fn so_many(count: usize, pieces: &[&str]) -> String {
    let mut dice = Dice(1);
    (0..count)
        .map(|_| pieces[dice.below(pieces.len())])
        .collect()
}

fn in_no_order(pieces: &[&str]) -> String {
    let mut text = String::with_capacity(MEGABYTE + 16);
    let mut dice = Dice(1);
    while text.len() < MEGABYTE {
        text.push_str(pieces[dice.below(pieces.len())]);
    }
    text
}

/// Xorshift (Marsaglia 2003).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::from(self.0.to_le_bytes()[3]) % bound
    }
}
