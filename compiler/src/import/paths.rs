//! Istio's matchers of texts (exact, beginning, end, any) against the shapes of a profile's paths: whether a matcher takes every
//! path of a shape, and whether it may take one. Where it is not clear, the answer is the careful one.

/// A value as Istio reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matcher {
    /// this text
    Exact(String),
    /// what begins so
    Prefix(String),
    /// what ends so
    Suffix(String),
    /// every text but the empty one
    Any,
}

/// A part of a shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// this text
    Literal(String),
    /// characters; with `/` among them or without
    Hole {
        /// whether `/` may be among them
        slashes: bool,
        /// whether there may be none
        empty: bool,
    },
}

/// A set of texts: literals with holes between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape(pub Vec<Part>);

impl Matcher {
    /// Of a path.
    ///
    /// # Errors
    /// Why it is none that can be compared: a path template is another language, and who writes a star before the end of a path
    /// believes that it stands for something, as it does in the name of a model.
    pub fn of_path(value: &str) -> Result<Self, &'static str> {
        if value.contains("{*}") || value.contains("{**}") {
            return Err("is a path template, which is not carried over");
        }
        match Self::of(value) {
            Self::Exact(text) | Self::Prefix(text) | Self::Suffix(text) if text.contains('*') => {
                Err("has a `*` inside, which is a letter to Istio and stands for nothing else")
            }
            matcher => Ok(matcher),
        }
    }

    /// Of a value that is no path.
    #[must_use]
    pub fn of(value: &str) -> Self {
        if value == "*" {
            return Self::Any;
        }
        match (value.strip_prefix('*'), value.strip_suffix('*')) {
            (Some(end), _) => Self::Suffix(end.to_owned()),
            (None, Some(beginning)) => Self::Prefix(beginning.to_owned()),
            (None, None) => Self::Exact(value.to_owned()),
        }
    }

    /// Whether it takes every text of the shape.
    #[must_use]
    pub fn covers(&self, shape: &Shape) -> bool {
        match (self, shape.0.as_slice()) {
            (Self::Any, parts) => !parts.is_empty(),
            (Self::Exact(text), [Part::Literal(only)]) => text == only,
            (Self::Prefix(text), [Part::Literal(head), ..]) => head.starts_with(text),
            (Self::Suffix(text), [.., Part::Literal(tail)]) => tail.ends_with(text),
            (Self::Exact(_) | Self::Prefix(_) | Self::Suffix(_), _) => false,
        }
    }

    /// Whether it may take a text of the shape.
    #[must_use]
    pub fn may(&self, shape: &Shape) -> bool {
        match (self, shape.0.as_slice()) {
            (Self::Any, _) => true,
            (Self::Exact(text), parts) => fits(parts, text, true),
            (Self::Prefix(text), parts) => fits(parts, text, false),
            (Self::Suffix(text), [.., Part::Literal(tail)]) => {
                tail.ends_with(text) || text.ends_with(tail)
            }
            (Self::Suffix(_), _) => true,
        }
    }
}

impl Shape {
    /// One text.
    #[must_use]
    pub fn literal(text: &str) -> Self {
        Self(vec![Part::Literal(text.to_owned())])
    }

    /// Adds a text to what was there.
    pub fn push(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        match self.0.last_mut() {
            Some(Part::Literal(last)) => last.push_str(text),
            _ => self.0.push(Part::Literal(text.to_owned())),
        }
    }

    /// Adds a hole for one character or more.
    pub fn hole(&mut self, slashes: bool) {
        self.0.push(Part::Hole {
            slashes,
            empty: false,
        });
    }

    /// Adds the beginning of a name and a hole for the rest of it; the beginning is a name as well.
    pub fn begins(&mut self, beginning: &str, slashes: bool) {
        self.push(beginning);
        let empty = !beginning.is_empty();
        self.0.push(Part::Hole { slashes, empty });
    }
}

/// Whether a text of the shape is this one, or where it need not be `whole` begins with it.
fn fits(parts: &[Part], text: &str, whole: bool) -> bool {
    let Some((first, rest)) = parts.split_first() else {
        return text.is_empty();
    };
    match first {
        Part::Literal(literal) => match text.strip_prefix(literal.as_str()) {
            Some(left) => fits(rest, left, whole),
            None => !whole && literal.starts_with(text),
        },
        Part::Hole { slashes, empty } => {
            let most = if *slashes {
                text.len()
            } else {
                text.find('/').unwrap_or(text.len())
            };
            if !whole && most == text.len() || *empty && fits(rest, text, whole) {
                return true;
            }
            let ends = text
                .char_indices()
                .map(|(start, letter)| start + letter.len_utf8());
            ends.take_while(|end| *end <= most)
                .any(|end| text.get(end..).is_some_and(|left| fits(rest, left, whole)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Shape {
        let mut shape = Shape(Vec::new());
        for (position, part) in text.split('?').enumerate() {
            if position > 0 {
                shape.hole(false);
            }
            shape.push(part);
        }
        shape
    }

    #[test]
    fn a_matcher_takes_all_some_or_none_of_a_shape() {
        for (value, text, all, some) in [
            ("/v2/models/a/infer", "/v2/models/a/infer", true, true),
            ("/v2/models/a/infer", "/v2/models/?/infer", false, true),
            ("/v2/models/a/b/infer", "/v2/models/?/infer", false, false),
            ("/v2/*", "/v2/models/?/infer", true, true),
            ("/v2/models/a*", "/v2/models/?/infer", false, true),
            ("/v2/models/a/i*", "/v2/models/?/infer", false, true),
            ("/v2/models/a/x*", "/v2/models/?/infer", false, false),
            ("/v2/models/a/infer/x*", "/v2/models/?/infer", false, false),
            ("*/infer", "/v2/models/?/infer", true, true),
            ("*/ready", "/v2/models/?/infer", false, false),
            ("*a/infer", "/v2/models/?/infer", false, true),
            ("*", "/v2/models/?/infer", true, true),
            ("a*b", "a*b", true, true),
            ("/v2/models/a*", "/v2/models/a?/infer", true, true),
        ] {
            let matcher = Matcher::of(value);
            let (of, may) = (matcher.covers(&shape(text)), matcher.may(&shape(text)));
            assert_eq!((of, may), (all, some), "{value} {text}");
        }
    }

    #[test]
    fn a_beginning_is_a_name_as_well() {
        let named = |beginning: &str| {
            let mut shape = Shape::literal("/v2/models/");
            shape.begins(beginning, false);
            shape.push("/infer");
            shape
        };
        for (value, beginning, some) in [
            ("/v2/models/risk-/infer", "risk-", true),
            ("/v2/models/risk-a/infer", "risk-", true),
            ("/v2/models/risk/infer", "risk-", false),
            ("/v2/models//infer", "", false),
        ] {
            let may = Matcher::of(value).may(&named(beginning));
            assert_eq!(may, some, "{value} {beginning}");
        }
    }
}
