//! What a principal's name in a file stands for. Nothing is guessed: a name that could mean two things is a problem.

mod letters;

use crate::syntax::ModelGate;
use crate::syntax::suggest;

use super::grammar;
pub(crate) use letters::{as_it_looks, literal};

/// The names that a principal's name can begin with.
#[derive(Debug, Clone)]
pub struct Names<'a> {
    issuers: Vec<&'a str>,
    /// those whose tokens are of Kubernetes
    kubernetes: Vec<&'a str>,
    /// those whose tokens name no user
    machines: Vec<&'a str>,
    namespaces: Vec<&'a str>,
    default: Option<&'a str>,
}

/// Why a name stands for nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclear {
    /// code of the diagnostic
    pub code: &'static str,
    /// what is wrong
    pub message: String,
    /// what to type instead
    pub help: String,
}

impl<'a> Names<'a> {
    /// The names of a gate.
    #[must_use]
    pub fn new(gate: &'a ModelGate) -> Self {
        let mut issuers: Vec<&str> = gate
            .issuers
            .iter()
            .map(|issuer| issuer.name.value.as_str())
            .collect();
        issuers.dedup();
        let only = if let [only] = issuers.as_slice() {
            Some(*only)
        } else {
            None
        };
        let default = gate
            .default_issuer
            .as_ref()
            .map(|text| text.value.as_str())
            .or(only);
        let of_kubernetes = gate.issuers.iter().filter(|issuer| issuer.is_kubernetes());
        let of_machines = gate
            .issuers
            .iter()
            .filter(|issuer| issuer.claims.user.is_none());
        let namespaces = gate
            .namespaces
            .iter()
            .map(|namespace| namespace.name.value.as_str())
            .collect();
        Self {
            issuers,
            kubernetes: of_kubernetes
                .map(|issuer| issuer.name.value.as_str())
                .collect(),
            machines: of_machines
                .map(|issuer| issuer.name.value.as_str())
                .collect(),
            namespaces,
            default,
        }
    }

    /// `ISSUER/NAME` of a user or group: `NAME` at the default issuer, or `ISSUER/NAME`.
    ///
    /// # Errors
    /// [`Unclear`] where the name is malformed, the issuer is unknown, or there is no default issuer.
    pub fn person(&self, text: &str) -> Result<String, Unclear> {
        literal(text)?;
        match text.split_once('/') {
            Some((issuer, name)) if self.issuers.contains(&issuer) => self.person_at(issuer, name),
            Some(("", _)) => Err(unclear(
                "MG0308",
                format!("no issuer before the `/` of `{text}`"),
                format!("a name that itself begins with `/` is written `ISSUER/{text}`"),
            )),
            Some((issuer, _)) => Err(self.no_issuer(text, issuer)),
            None => match self.default {
                Some(issuer) => self.person_at(issuer, text),
                None => Err(self.no_default(text)),
            },
        }
    }

    /// The same of a user: at an issuer of machines there is none.
    ///
    /// # Errors
    /// As [`Self::person`].
    pub fn user(&self, text: &str) -> Result<String, Unclear> {
        let name = self.person(text)?;
        let issuer = name.split_once('/').map_or("", |(issuer, _)| issuer);
        if !self.machines.contains(&issuer) {
            return Ok(name);
        }
        let message =
            format!("tokens of `{issuer}` name service accounts, `{text}` is no user there");
        let help = format!(
            "write `serviceAccounts: [{name}]`; where people have tokens of `{issuer}` too, the administrator adds `user` to its `claims`"
        );
        Err(unclear("MG0318", message, help))
    }

    /// `PREFIX/NAME` of a service account: `NAMESPACE/NAME` by its certificate, `ISSUER/NAME` by its token.
    ///
    /// # Errors
    /// [`Unclear`] where the name is malformed or its beginning could be both.
    pub fn workload(&self, text: &str) -> Result<String, Unclear> {
        literal(text)?;
        let Some((prefix, name)) = text.split_once('/') else {
            let own = || grammar::is_subdomain(text).then(|| format!("NAMESPACE/{text}"));
            return Err(unclear(
                "MG0310",
                format!("the service account `{text}` has no namespace"),
                workload_help(of_kubernetes(text).or_else(own)),
            ));
        };
        match (
            self.issuers.contains(&prefix),
            self.namespaces.contains(&prefix),
        ) {
            (true, true) => Err(unclear(
                "MG0311",
                format!("`{prefix}` in `{text}` is an issuer and a namespace"),
                "the administrator must give the issuer another name".into(),
            )),
            (true, false) if self.kubernetes.contains(&prefix) => Err(unclear(
                "MG0317",
                format!("tokens of `{prefix}` are of Kubernetes, `{text}` is no name in them"),
                "write `NAMESPACE/NAME`: a workload is the same by its token and by its certificate".into(),
            )),
            (true, false) => at(prefix, name),
            (false, _) if grammar::is_label(prefix) && grammar::is_subdomain(name) => {
                Ok(text.to_owned())
            }
            (false, _) => Err(unclear(
                "MG0310",
                format!("`{text}` is no service account"),
                workload_help(of_kubernetes(text)),
            )),
        }
    }

    fn person_at(&self, issuer: &str, name: &str) -> Result<String, Unclear> {
        if self.kubernetes.contains(&issuer) {
            let message =
                format!("tokens of `{issuer}` are of Kubernetes and name no user or group");
            let help = "write `serviceAccounts: [NAMESPACE/NAME]`, or name another issuer";
            return Err(unclear("MG0317", message, help.into()));
        }
        at(issuer, name)
    }

    /// The issuer of plain names.
    #[must_use]
    pub const fn default_issuer(&self) -> Option<&'a str> {
        self.default
    }

    /// Whether an issuer has this name.
    #[must_use]
    pub fn is_issuer(&self, name: &str) -> bool {
        self.issuers.contains(&name)
    }

    /// That no issuer has this name, where a name began with it.
    fn no_issuer(&self, text: &str, issuer: &str) -> Unclear {
        let message = format!("`{issuer}` in `{text}` is no issuer of the gate");
        unclear(
            "MG0308",
            message,
            suggest::help(issuer, self.issuers.iter().copied(), "the issuers are"),
        )
    }

    fn no_default(&self, text: &str) -> Unclear {
        let message = format!("`{text}` could be a name at any of the issuers");
        let choices: Vec<String> = self
            .issuers
            .iter()
            .map(|issuer| format!("{issuer}/{text}"))
            .collect();
        let help = format!(
            "write one of {}",
            suggest::list(choices.iter().map(String::as_str))
        );
        unclear("MG0309", message, help)
    }
}

/// What to write in place of a name that is no workload's.
fn workload_help(meant: Option<String>) -> String {
    meant.map_or_else(
        || "write `NAMESPACE/NAME` as in Kubernetes, or `ISSUER/NAME`".into(),
        |name| format!("write `{name}`"),
    )
}

/// `NAMESPACE/NAME` of a workload by the name that its token or its certificate has, or with the colon alone.
fn of_kubernetes(text: &str) -> Option<String> {
    let token = text.strip_prefix("system:serviceaccount:").unwrap_or(text);
    let in_token = token.split_once(':');
    let in_certificate = || {
        let (_, rest) = text.strip_prefix("spiffe://")?.split_once("/ns/")?;
        rest.split_once("/sa/")
    };
    let mut both = [in_token, in_certificate()].into_iter().flatten();
    let (namespace, name) =
        both.find(|(namespace, name)| grammar::is_label(namespace) && grammar::is_subdomain(name))?;
    Some(format!("{namespace}/{name}"))
}

fn at(issuer: &str, name: &str) -> Result<String, Unclear> {
    if name.is_empty() {
        return Err(unclear(
            "MG0312",
            format!("`{issuer}/` has no name"),
            format!("write `{issuer}/NAME`"),
        ));
    }
    Ok(format!("{issuer}/{name}"))
}

fn unclear(code: &'static str, message: String, help: String) -> Unclear {
    Unclear {
        code,
        message,
        help,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(default: Option<&'static str>) -> Names<'static> {
        Names {
            issuers: vec!["corp", "cloud", "both", "kube"],
            kubernetes: vec!["kube"],
            machines: vec!["kube", "robots"],
            namespaces: vec!["fraud", "both"],
            default,
        }
    }

    fn code(result: Result<String, Unclear>) -> &'static str {
        result.map_or_else(|unclear| unclear.code, |_| "clear")
    }

    #[test]
    fn people_are_at_an_issuer() {
        assert_eq!(names(Some("corp")).person("ada"), Ok("corp/ada".into()));
        assert_eq!(
            names(Some("corp")).person("cloud/ada"),
            Ok("cloud/ada".into())
        );
        assert_eq!(names(None).person("corp/team/a"), Ok("corp/team/a".into()));
        assert_eq!(code(names(None).person("ada")), "MG0309");
        assert_eq!(code(names(None).person("crop/ada")), "MG0308");
        assert_eq!(code(names(None).person("/ada")), "MG0308");
        assert_eq!(code(names(None).person("corp/")), "MG0312");
        assert_eq!(code(names(None).user("kube/ada")), "MG0317");
        assert_eq!(code(names(None).person("kube/ada")), "MG0317");
        assert_eq!(code(names(Some("kube")).person("ada")), "MG0317");
        for text in [
            "*",
            "corp/*",
            " ada",
            "a\nb",
            "a\u{202e}b",
            "a\u{200b}b",
            "a\u{200d}b",
            "ab\u{2060}",
            "\u{feff}ab",
            "a\u{ad}b",
            "a\u{2028}b",
            "a\u{3000}b",
            "a\u{a0}b",
            "“analysts”",
            "analysts’",
            "«analysts»",
            "corp/“analysts”",
            &"a".repeat(257),
        ] {
            assert_eq!(code(names(Some("corp")).person(text)), "MG0312", "{text}");
        }
    }

    #[test]
    fn workloads_are_in_a_namespace_or_at_an_issuer() {
        assert_eq!(
            names(None).workload("payments/checkout"),
            Ok("payments/checkout".into())
        );
        assert_eq!(
            names(None).workload("corp/Some Client"),
            Ok("corp/Some Client".into())
        );
        assert_eq!(code(names(None).workload("checkout")), "MG0310");
        assert_eq!(code(names(None).workload("Payments/checkout")), "MG0310");
        assert_eq!(code(names(None).workload("payments/a/b")), "MG0310");
        assert_eq!(code(names(None).workload("both/checkout")), "MG0311");
        assert_eq!(code(names(None).workload("payments/*")), "MG0312");
        assert_eq!(code(names(None).workload("kube/a/b")), "MG0317");
    }

    #[test]
    fn workloads_are_told_by_their_other_names() {
        let told = |text| names(None).workload(text).unwrap_err().help;
        assert_eq!(
            told("system:serviceaccount:payments:checkout"),
            "write `payments/checkout`"
        );
        assert_eq!(
            told("spiffe://cluster.local/ns/payments/sa/checkout"),
            "write `payments/checkout`"
        );
        assert_eq!(told("payments:checkout"), "write `payments/checkout`");
        assert_eq!(told("checkout"), "write `NAMESPACE/checkout`");
        assert_eq!(
            told("system:serviceaccount:a:b:c"),
            "write `NAMESPACE/NAME` as in Kubernetes, or `ISSUER/NAME`"
        );
    }
}
