//! The long lists of a bundle, as columns: texts without the beginning that they share with the one before, numbers as
//! differences, and what many lines have in common once in a table. What is read back is checked here for shape; positions
//! are checked with the whole bundle.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(super) mod models;
pub(super) mod rules;

/// Longest text that is read back in bytes: shared beginnings must not make a short bundle a large one.
const MAX_TEXT: usize = 2048;

/// Bytes shared with the text before, and the rest.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
struct Texts(Vec<(usize, String)>);

/// Lists of ascending numbers: how many, then each as the difference to the number before, also across lists.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
struct Lists(Vec<i64>);

/// A list of texts, for serde.
pub(super) mod texts {
    use super::{Deserialize, Deserializer, Error, Serialize, Serializer, Texts};

    pub fn serialize<S: Serializer>(texts: &[String], to: S) -> Result<S::Ok, S::Error> {
        Texts::pack(texts.iter().map(String::as_str)).serialize(to)
    }

    #[inline(never)]
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
        Texts::deserialize(from)?.unpack().map_err(D::Error::custom)
    }
}

impl Texts {
    fn pack<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut before = "";
        let pairs = texts.map(|text| {
            let length = common_length(before, text);
            before = text;
            (length, text.get(length..).unwrap_or_default().to_owned())
        });
        Self(pairs.collect())
    }

    fn unpack(self) -> Result<Vec<String>, &'static str> {
        let mut texts: Vec<String> = Vec::with_capacity(self.0.len());
        for (shared, rest) in self.0 {
            let before = texts.last().map_or("", String::as_str);
            let shared = before
                .get(..shared)
                .ok_or("a text shares more than there is")?;
            if shared.len().saturating_add(rest.len()) > MAX_TEXT {
                return Err("a text is too long");
            }
            // with no room for more: there are as many as rules
            texts.push([shared, &rest].concat());
        }
        Ok(texts)
    }
}

/// Bytes of the longest common beginning, whole characters.
fn common_length(one: &str, two: &str) -> usize {
    let same = one.chars().zip(two.chars()).take_while(|(a, b)| a == b);
    same.map(|(a, _)| a.len_utf8()).sum()
}

impl Lists {
    fn pack<'a>(lists: impl Iterator<Item = &'a [u32]>) -> Self {
        let mut packed = Vec::new();
        let mut before = 0_i64;
        for list in lists {
            packed.push(i64::try_from(list.len()).unwrap_or(i64::MAX));
            for number in list {
                let number = i64::from(*number);
                packed.push(number.saturating_sub(before));
                before = number;
            }
        }
        Self(packed)
    }

    fn unpack(self) -> Result<Vec<Vec<u32>>, &'static str> {
        let mut lists = Vec::new();
        let mut numbers = self.0.into_iter();
        let mut before = 0_i64;
        while let Some(count) = numbers.next() {
            let count = usize::try_from(count).map_err(|_| "a list has no length")?;
            let mut list = Vec::with_capacity(count.min(numbers.len()));
            for _ in 0..count {
                let step = numbers.next().ok_or("a list is cut off")?;
                before = before.checked_add(step).ok_or("a number is too large")?;
                list.push(u32::try_from(before).map_err(|_| "a number is no position")?);
            }
            lists.push(list);
        }
        Ok(lists)
    }
}

/// The values once each, in the order of their first use, and the position of each.
fn table<T: Clone + PartialEq>(
    values: impl Iterator<Item = T>,
    key: impl Fn(&T) -> String,
) -> (Vec<T>, Vec<u32>) {
    let mut known = std::collections::BTreeMap::new();
    let mut all = Vec::new();
    let positions = values.map(|value| {
        *known.entry(key(&value)).or_insert_with(|| {
            all.push(value.clone());
            u32::try_from(all.len().saturating_sub(1)).unwrap_or(u32::MAX)
        })
    });
    let positions = positions.collect();
    (all, positions)
}

/// The value at a position of a table.
fn at<T: Clone>(table: &[T], position: u32) -> Result<T, &'static str> {
    let found = usize::try_from(position)
        .ok()
        .and_then(|position| table.get(position));
    found.cloned().ok_or("a position points nowhere")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_back() {
        let texts = ["", "a", "abc", "abé", "abè", "x", "xé", "xé"].map(str::to_owned);
        let packed = Texts::pack(texts.iter().map(String::as_str));
        assert_eq!(packed.0[3], (2, "é".to_owned()));
        assert_eq!(packed.unpack().unwrap(), texts);
    }

    #[test]
    fn lists_are_read_back() {
        let lists = vec![vec![], vec![7, 8], vec![2], vec![u32::MAX], vec![0]];
        let packed = Lists::pack(lists.iter().map(Vec::as_slice));
        assert_eq!(packed.unpack().unwrap(), lists);
    }

    #[test]
    fn what_is_no_list_is_refused() {
        let texts = |pairs: &[(usize, &str)]| {
            let pairs = pairs
                .iter()
                .map(|(shared, rest)| (*shared, (*rest).to_owned()));
            Texts(pairs.collect()).unpack()
        };
        assert!(texts(&[(1, "")]).is_err());
        assert!(texts(&[(0, "é"), (1, "")]).is_err());
        assert!(texts(&[(0, &"x".repeat(MAX_TEXT)), (MAX_TEXT, "x")]).is_err());
        for numbers in [
            vec![1],
            vec![-1],
            vec![1, -1],
            vec![2, i64::MAX, 1],
            vec![1, 1 << 32],
        ] {
            assert!(Lists(numbers).unpack().is_err());
        }
    }
}
