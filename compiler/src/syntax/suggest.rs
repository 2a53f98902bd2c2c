//! "Did you mean": the nearest of the known names.

/// Most known names that are compared or listed.
const MOST: usize = 50;

/// The nearest of `known`, if it is near enough to be meant; of many the first are compared.
pub fn nearest<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest_of_all(text, known.into_iter().take(MOST))
}

/// The same of as many as there are: of a list that somebody gave.
pub fn nearest_of_all<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = text.to_lowercase();
    let most = (text.chars().count() / 3).clamp(1, 4);
    let scored = known
        .into_iter()
        .map(|name| (distance(&lower, &name.to_lowercase()), name));
    scored
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, name)| name)
}

/// "did you mean `x`?", or all that could have been meant.
pub fn help<'a>(text: &str, known: impl IntoIterator<Item = &'a str> + Clone, all: &str) -> String {
    match nearest(text, known.clone()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("{all}: {}", list(known)),
    }
}

/// Names in backticks, with commas.
pub fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names = names.into_iter();
    let quoted: Vec<String> = names
        .by_ref()
        .take(MOST)
        .map(|name| format!("`{name}`"))
        .collect();
    let rest = names.count();
    let more = if rest > 0 {
        format!(" and {rest} more")
    } else {
        String::new()
    };
    quoted.join(", ") + &more
}

/// Optimal string alignment distance: inserted, dropped, replaced and swapped characters.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) =
        (a.chars().take(64).collect(), b.chars().take(64).collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_near_names_are_suggested() {
        let known = ["allow", "deny", "models"];
        assert_eq!(nearest("alow", known), Some("allow"));
        assert_eq!(nearest("Allow", known), Some("allow"));
        assert_eq!(nearest("modles", known), Some("models"));
        assert_eq!(nearest("rules", known), None);
        assert_eq!(nearest("", known), None);
    }
}
