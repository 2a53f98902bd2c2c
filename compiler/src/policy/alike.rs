//! Whether files and rules say the same, wherever they stand and however they are called.

use policies::bundle::Api;

use super::{AccessFile, Rule};

impl AccessFile {
    /// Whether both say the same, wherever it stands.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        let models = |file: &Self| -> Vec<(String, Api, bool)> {
            let models = file.models.iter();
            models
                .map(|model| (model.name.clone(), model.api, model.public))
                .collect()
        };
        let pairs = self.rules.iter().zip(&other.rules);
        models(self) == models(other)
            && self.rules.len() == other.rules.len()
            && pairs
                .into_iter()
                .all(|(one, other)| one.says() == other.says())
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
