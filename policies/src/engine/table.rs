//! The decision table's index: from what the caller is and where the model lies to the few rules that can match.

use crate::bundle::{Bundle, Who};

/// Rules by whom they speak of, then by scope.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// of the rules for everyone; sorted
    anyone: Vec<Row>,
    /// of the others; sorted
    by_term: Vec<Row>,
}

/// `(term, scope, rule)`; the term is 0 where a rule is for everyone.
type Row = (u32, u32, u32);

impl Table {
    /// Of a bundle whose positions exist.
    #[inline(never)]
    pub(super) fn new(bundle: &Bundle) -> Self {
        let mut table = Self::default();
        let named = bundle.rules.iter().map(|rule| match &rule.who {
            Who::Anyone => 0,
            Who::AnyOf(terms) => terms.len(),
        });
        table
            .by_term
            .reserve_exact(named.fold(0, usize::saturating_add));
        for (position, rule) in (0_u32..).zip(&bundle.rules) {
            match &rule.who {
                Who::Anyone => table.anyone.push((0, rule.scope, position)),
                Who::AnyOf(terms) => {
                    let named = terms.iter().map(|term| (*term, rule.scope, position));
                    table.by_term.extend(named);
                }
            }
        }
        table.anyone.sort_unstable();
        table.by_term.sort_unstable();
        table
    }

    /// The rules that speak of one of these terms or of everyone, in scope 0 or one of these, by their positions; one that speaks of two
    /// of the terms comes twice.
    pub(crate) fn candidates(&self, terms: &[u32], scopes: &[u32], found: &mut dyn FnMut(u32)) {
        within(&self.anyone, scopes, found);
        for term in terms {
            let from = self.by_term.partition_point(|(known, ..)| known < term);
            let rest = self.by_term.get(from..).unwrap_or_default();
            let length = rest.partition_point(|(known, ..)| known == term);
            let own = rest.get(..length).unwrap_or_default();
            within(own, scopes, found);
        }
    }
}

/// The rules whose scope is 0 or one of these. The scopes of one model are near each other, so rules between the first and the
/// last of them are few. The shorter of the two lists is walked, and each of its scopes is looked for in the other: a team of
/// 100 rules with one model costs as little as one rule with a server of 100 models.
fn within(rows: &[Row], scopes: &[u32], found: &mut dyn FnMut(u32)) {
    let row = |(_, scope, rule): &Row| (*scope, *rule);
    let from = |rows: &[Row], scope: u32| rows.partition_point(|known| row(known).0 < scope);
    let everywhere = rows.iter().map(row).take_while(|(scope, _)| *scope == 0);
    everywhere.for_each(|(_, rule)| found(rule));
    let (first, last) = (scopes.first(), scopes.last());
    let rest = first.and_then(|first| rows.get(from(rows, (*first).max(1))..));
    let rest = rest.unwrap_or_default();
    let near = last.and_then(|last| rest.get(..from(rest, last.saturating_add(1))));
    let near = near.unwrap_or_default();
    if near.len() <= scopes.len() {
        let here = near.iter().map(row);
        let here = here.filter(|(scope, _)| scopes.binary_search(scope).is_ok());
        here.for_each(|(_, rule)| found(rule));
        return;
    }
    for scope in scopes {
        let rest = near.get(from(near, *scope)..).unwrap_or_default();
        let here = rest.iter().map(row).take_while(|(known, _)| known == scope);
        here.for_each(|(_, rule)| found(rule));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_find_the_same() {
        let rows: Vec<Row> = (0..60).map(|rule| (0, rule / 3, rule)).collect();
        for scopes in [vec![], vec![1], vec![2, 5, 7, 19, 30], (1..90).collect()] {
            let mut found = Vec::new();
            within(&rows, &scopes, &mut |rule| found.push(rule));
            let covered = |scope: u32| scope == 0 || scopes.contains(&scope);
            let expected = rows.iter().filter(|(_, scope, _)| covered(*scope));
            let expected: Vec<u32> = expected.map(|(.., rule)| *rule).collect();
            assert_eq!(found, expected, "{scopes:?}");
        }
    }
}
