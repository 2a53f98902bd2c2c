//! Regular expressions for ranges of whole numbers, for readers that know sizes and times only as texts.

/// Texts of the numbers from `least` to `most`, without zeros before them; `[]` for none, which nothing matches.
pub fn between(least: u64, most: u64) -> String {
    let mut parts = Vec::new();
    let mut from = least;
    while from <= most {
        let to = last_alike(from, most);
        parts.push(alike(from, to));
        match to.checked_add(1) {
            Some(next) => from = next,
            None => break,
        }
    }
    if parts.is_empty() {
        "(?!)".to_owned()
    } else {
        format!("({})", parts.join("|"))
    }
}

/// The last number of which one expression without alternatives can be written together with `from`.
fn last_alike(from: u64, most: u64) -> u64 {
    let mut best = from;
    let mut power: u64 = 1;
    // the last digits of `from` are zeros up to `power`; one more digit may run to 9
    while let Some(next) = power.checked_mul(10) {
        if !from.is_multiple_of(power) || power > from.max(1) {
            break;
        }
        let digit = from / power % 10;
        for end in (digit..=9).rev() {
            let to = from + (end - digit) * power + (power - 1);
            if to <= most {
                best = best.max(to);
                break;
            }
        }
        power = next;
    }
    best
}

/// Digits where both have the same, classes where they differ.
fn alike(from: u64, to: u64) -> String {
    let (from, to) = (from.to_string(), to.to_string());
    let pairs = from.chars().zip(to.chars());
    pairs
        .map(|(a, b)| {
            if a == b {
                a.to_string()
            } else {
                format!("[{a}-{b}]")
            }
        })
        .collect()
}
