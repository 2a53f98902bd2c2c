//! The long lists of a bundle, as columns: texts without the beginning that they share with the one before, numbers as
//! differences, and what many lines have in common once in a table. What is read back is checked here for shape; positions
//! are checked with the whole bundle.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(super) mod models;
pub(super) mod rules;

/// Longest text that is read back in bytes: shared beginnings must not make a short bundle a large one.
const MAX_TEXT: usize = 2048;

/// Written as the bytes shared with the text before, and the rest.
#[derive(Debug, Default)]
struct Texts(Vec<String>);

/// One of them.
#[derive(Serialize, Deserialize)]
struct Pair<'a>(usize, #[serde(borrow)] Cow<'a, str>);

/// Lists of ascending numbers: how many, then each. Written as the difference to the number before, also across lists.
#[derive(Debug, Default, PartialEq, Eq)]
struct Lists(Vec<u32>);

/// A list of texts, for serde.
pub(super) mod texts {
    use super::{Deserialize, Deserializer, Serializer, Texts};

    pub fn serialize<S: Serializer>(texts: &[String], to: S) -> Result<S::Ok, S::Error> {
        Texts::write(texts.iter().map(String::as_str), to)
    }

    #[inline(never)]
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
        Texts::deserialize(from).map(|texts| texts.0)
    }
}

impl Texts {
    fn write<'a, S: Serializer>(
        texts: impl Iterator<Item = &'a str>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        let mut before = "";
        to.collect_seq(texts.map(|text| {
            let length = common_length(before, text);
            before = text;
            Pair(length, text.get(length..).unwrap_or_default().into())
        }))
    }
}

/// Gives each text as soon as it is read: a list of pairs beside what is made of them would be the most that a proxy needs while it
/// loads, and it keeps what it needed once.
#[inline(never)]
fn read_texts<'de, D: Deserializer<'de>>(
    from: D,
    take: &mut dyn FnMut(&str),
) -> Result<(), D::Error> {
    struct Reader<'t>(&'t mut dyn FnMut(&str));
    impl<'de> Visitor<'de> for Reader<'_> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a sequence")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut pairs: A) -> Result<(), A::Error> {
            let mut text = String::new();
            while let Some(pair) = pairs.next_element()? {
                next(&mut text, &pair).map_err(A::Error::custom)?;
                (self.0)(&text);
            }
            Ok(())
        }
    }
    from.deserialize_seq(Reader(take))
}

/// Makes a text the next one, which shares so many bytes with it.
fn next(text: &mut String, Pair(shared, rest): &Pair) -> Result<(), &'static str> {
    if !text.is_char_boundary(*shared) {
        return Err("a text shares more than there is");
    }
    if shared.saturating_add(rest.len()) > MAX_TEXT {
        return Err("a text is too long");
    }
    text.truncate(*shared);
    text.push_str(rest);
    Ok(())
}

impl Serialize for Texts {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Self::write(self.0.iter().map(String::as_str), to)
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut texts = Vec::new();
        // with no room for more: there are as many as rules
        read_texts(from, &mut |text| texts.push(text.to_owned()))?;
        texts.shrink_to_fit();
        Ok(Self(texts))
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
        for list in lists {
            packed.push(u32::try_from(list.len()).unwrap_or(u32::MAX));
            packed.extend_from_slice(list);
        }
        Self(packed)
    }

    /// One after the other: all of them beside the rules would be the most that a proxy needs while it loads.
    fn unpack(&self) -> impl Iterator<Item = &[u32]> {
        let mut rest = self.0.as_slice();
        std::iter::from_fn(move || {
            let (count, after) = rest.split_first()?;
            let (list, after) = after.split_at_checked(usize::try_from(*count).ok()?)?;
            rest = after;
            Some(list)
        })
    }
}

impl Serialize for Lists {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let (mut left, mut before) = (0_u32, 0_i64);
        to.collect_seq(self.0.iter().map(|number| {
            if let Some(less) = left.checked_sub(1) {
                left = less;
                step(&mut before, *number)
            } else {
                left = *number;
                i64::from(*number)
            }
        }))
    }
}

impl<'de> Deserialize<'de> for Lists {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let (mut left, mut before) = (0_u32, 0_i64);
        let numbers = from.deserialize_seq(Numbers(|number: i64| {
            if let Some(less) = left.checked_sub(1) {
                left = less;
                add(&mut before, number)
            } else {
                left = u32::try_from(number).map_err(|_| "a list has no length")?;
                Ok(left)
            }
        }))?;
        if left == 0 {
            Ok(Self(numbers))
        } else {
            Err(D::Error::custom("a list is cut off"))
        }
    }
}

/// The difference to the number before.
fn step(before: &mut i64, number: u32) -> i64 {
    let number = i64::from(number);
    let step = number.saturating_sub(*before);
    *before = number;
    step
}

/// The number with this difference to the one before.
fn add(before: &mut i64, step: i64) -> Result<u32, &'static str> {
    *before = before.checked_add(step).ok_or("a number is too large")?;
    u32::try_from(*before).map_err(|_| "a number is no position")
}

/// Reads numbers, each as what is made of it.
struct Numbers<F>(F);

impl<'de, F: FnMut(i64) -> Result<u32, &'static str>> Visitor<'de> for Numbers<F> {
    type Value = Vec<u32>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut steps: A) -> Result<Vec<u32>, A::Error> {
        let mut numbers = Vec::new();
        while let Some(number) = steps.next_element()? {
            numbers.push(self.0(number).map_err(A::Error::custom)?);
        }
        Ok(numbers)
    }
}

/// Numbers, written as the difference to the one before, for serde.
pub(super) mod steps {
    use super::{Deserializer, Numbers, Serializer, add, step};

    pub fn serialize<S: Serializer>(numbers: &[u32], to: S) -> Result<S::Ok, S::Error> {
        let mut before = 0_i64;
        to.collect_seq(numbers.iter().map(|number| step(&mut before, *number)))
    }

    #[inline(never)]
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u32>, D::Error> {
        let mut before = 0_i64;
        from.deserialize_seq(Numbers(|number| add(&mut before, number)))
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
        let texts = ["", "a", "abc", "abé", "abè", "x", "xé", "xé", "\"\n"];
        let texts = Texts(texts.map(str::to_owned).into());
        let packed = serde_json::to_string(&texts).unwrap();
        let pairs: Vec<(usize, String)> = serde_json::from_str(&packed).unwrap();
        assert_eq!(pairs[3], (2, "é".to_owned()));
        let read: Texts = serde_json::from_str(&packed).unwrap();
        assert_eq!((read.0.capacity(), &read.0), (texts.0.len(), &texts.0));
    }

    #[test]
    fn lists_are_read_back() {
        let lists = [vec![], vec![7, 8], vec![2], vec![u32::MAX], vec![0]];
        let packed = Lists::pack(lists.iter().map(Vec::as_slice));
        let text = serde_json::to_string(&packed).unwrap();
        assert_eq!(text, "[0,2,7,1,1,-6,1,4294967293,1,-4294967295]");
        let read: Lists = serde_json::from_str(&text).unwrap();
        assert!(read.unpack().eq(lists.iter().map(Vec::as_slice)));
    }

    #[test]
    fn what_is_no_list_is_refused() {
        let texts = |pairs: &[(usize, &str)]| {
            serde_json::from_str::<Texts>(&serde_json::to_string(pairs).unwrap())
        };
        assert!(texts(&[(0, &"x".repeat(MAX_TEXT)), (MAX_TEXT, "")]).is_ok());
        assert!(texts(&[(1, "")]).is_err());
        assert!(texts(&[(0, "é"), (1, "")]).is_err());
        assert!(texts(&[(0, &"x".repeat(MAX_TEXT)), (MAX_TEXT, "x")]).is_err());
        for numbers in [
            "[1]",
            "[-1]",
            "[4294967296]",
            "[1, -1]",
            "[2, 9223372036854775807, 1]",
            "[1, 4294967296]",
        ] {
            assert!(serde_json::from_str::<Lists>(numbers).is_err(), "{numbers}");
        }
    }
}
