//! Whether files and rules say the same, wherever they stand and however they are called.

use policies::bundle::Api;

use super::{AccessFile, Rule};

impl AccessFile {
    /// Whether both say the same, wherever it stands.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        let pairs = self.rules.iter().zip(&other.rules);
        self.declares().eq(other.declares())
            && self.rules.len() == other.rules.len()
            && pairs
                .into_iter()
                .all(|(one, other)| one.says() == other.says())
    }

    /// Its models, and what it says of each.
    pub(crate) fn declares(&self) -> impl Iterator<Item = (&str, Api, bool)> {
        let models = self.models.iter();
        models.map(|model| (model.name.as_str(), model.api, model.public))
    }
}

impl Rule {
    /// What it says, without its name, its place and what it gives as its reason.
    pub(crate) fn says(&self) -> impl Ord + use<'_> {
        let when = self.when.as_ref().map(|when| when.text.as_str());
        let end = self.until.as_ref().map(|until| until.ends);
        (
            (self.denies, self.everyone, when, end),
            (&self.who, &self.all, &self.through),
            (&self.actions, &self.models, &self.versions),
        )
    }
}
