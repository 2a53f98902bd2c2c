//! Lists of rules in words. Many cells tell the same rules, so each rule and each list is put into words once.

use std::collections::HashMap;
use std::rc::Rc;

/// A server of a hundred files has hundreds of rules, in each of its cells.
const MOST: usize = 10;

/// Lists, by the rules that they tell.
pub struct Lists<W, M> {
    word: W,
    made: M,
    separator: &'static str,
    words: HashMap<usize, Rc<str>>,
    lists: HashMap<(Vec<usize>, usize), Rc<str>>,
}

impl<W: Fn(usize) -> String, M: Fn(String) -> String> Lists<W, M> {
    /// `word` tells a rule, and `made` is what becomes of a list as a whole.
    pub fn new(separator: &'static str, word: W, made: M) -> Self {
        Self {
            word,
            made,
            separator,
            words: HashMap::new(),
            lists: HashMap::new(),
        }
    }

    /// The first of these rules in words, and how many more there are.
    pub fn of(&mut self, rules: &[usize]) -> Rc<str> {
        let (few, more) = rules.split_at(rules.len().min(MOST));
        let key = (few.to_vec(), more.len());
        if let Some(known) = self.lists.get(&key) {
            return Rc::clone(known);
        }
        let word = &self.word;
        let mut words: Vec<Rc<str>> = few
            .iter()
            .map(|rule| {
                let known = self.words.entry(*rule);
                Rc::clone(known.or_insert_with(|| word(*rule).into()))
            })
            .collect();
        if !more.is_empty() {
            words.push(format!("and {} more", more.len()).into());
        }
        let list: Rc<str> = (self.made)(words.join(self.separator)).into();
        self.lists.insert(key, Rc::clone(&list));
        list
    }
}
