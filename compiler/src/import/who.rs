//! Who a rule of Istio is about, as a rule of an access file can say it: users, groups or service accounts, through whom, and
//! conditions about claims. What cannot be said so is refused with the field that is in the way.

use policies::bundle::ClaimPath;

use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::Text;
use crate::syntax::istio::{Group, Rule};

use super::claims::Plan;

mod asked;

use asked::{Asked, asked};

/// Whom one rule of an access file is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// `users`, `groups` or `serviceAccounts`, and their names
    pub who: (&'static str, Vec<String>),
    /// service accounts, one of which the connection comes from
    pub through: Vec<String>,
    /// Cedar, all of them
    pub when: Vec<String>,
    /// where it stands
    pub span: Span,
}

impl Caller {
    /// Whether it is a workload by its certificate.
    #[must_use]
    pub fn is_workload(&self) -> bool {
        self.who.0 == "serviceAccounts"
    }
}

/// What a policy is read with.
#[derive(Debug)]
pub struct Context<'a> {
    /// short name and `iss` of the issuers whose tokens the backend takes
    pub issuers: &'a [(String, String)],
    /// where identities are found
    pub plan: &'a Plan,
    /// the policy's namespace
    pub namespace: &'a str,
}

/// The callers of a rule, and what is not carried over of it. A rule about everybody has none of both.
pub struct Callers {
    /// one for each source
    pub carried: Vec<Caller>,
    /// why a source is not
    pub refused: Vec<Diagnostic>,
}

/// Reads a rule.
#[must_use]
pub fn callers(rule: &Rule, context: &Context<'_>) -> Callers {
    let anybody = Group {
        span: rule.span,
        fields: Vec::new(),
    };
    let sources = if rule.from.is_empty() {
        std::slice::from_ref(&anybody)
    } else {
        &rule.from
    };
    let mut callers = Callers {
        carried: Vec::new(),
        refused: Vec::new(),
    };
    for source in sources {
        match caller(source, rule, context) {
            Ok(caller) => callers.carried.push(caller),
            Err(diagnostic) => callers.refused.push(diagnostic),
        }
    }
    callers
}

fn caller(source: &Group, rule: &Rule, context: &Context<'_>) -> Result<Caller, Diagnostic> {
    let asked = asked(source, rule, context)?;
    let span = source.span;
    if asked.request_principals.is_empty() && asked.claims.is_empty() {
        return workload(&asked, span, context);
    }
    let mut through = Vec::new();
    if let Some((first, others)) = asked.principals.split_first() {
        through = first
            .iter()
            .filter(|name| others.iter().all(|other| other.contains(name)))
            .cloned()
            .collect();
        if through.is_empty() {
            return Err(nobody(span, "no service account is in all of the lists"));
        }
    }
    let issuers = issuers(&asked, context)?;
    if issuers.is_empty() {
        return Err(nobody(
            span,
            "no issuer that is carried over gives a token that fits",
        ));
    }
    let (who, rest) = chosen(&asked, &issuers, context, span)?;
    let claims = rest
        .into_iter()
        .map(|(path, values)| test(path, values, context));
    let not_claims = asked.not_claims.iter();
    let not_claims =
        not_claims.map(|(path, values)| Ok(format!("!({})", test(path, values, context)?)));
    Ok(Caller {
        who,
        through,
        when: claims.chain(not_claims).collect::<Result<_, _>>()?,
        span,
    })
}

/// Without a token the connection's peer calls.
fn workload(asked: &Asked<'_>, span: Span, context: &Context<'_>) -> Result<Caller, Diagnostic> {
    let Some((first, others)) = asked.principals.split_first() else {
        let help = "name users, groups or service accounts in the access file that is written, or in the policy before it is imported";
        let message = "the rule is about everybody, and an access file names who may";
        return Err(Diagnostic::warning("MG0708", span, message).with_help(help));
    };
    let names = first
        .iter()
        .filter(|name| others.iter().all(|other| other.contains(name)));
    let names: Vec<String> = names.cloned().collect();
    if names.is_empty() {
        return Err(nobody(span, "no service account is in all of the lists"));
    }
    let not_claims = asked.not_claims.iter();
    let when = not_claims.map(|(path, values)| Ok(format!("!({})", test(path, values, context)?)));
    Ok(Caller {
        who: ("serviceAccounts", names),
        through: Vec::new(),
        when: when.collect::<Result<_, _>>()?,
        span,
    })
}

/// The issuers of which a token may be, by `ISSUER/*` and `*`.
fn issuers<'c>(
    asked: &Asked<'_>,
    context: &Context<'c>,
) -> Result<Vec<&'c (String, String)>, Diagnostic> {
    let mut left: Vec<&(String, String)> = context.issuers.iter().collect();
    for values in &asked.request_principals {
        let wild = values
            .iter()
            .filter(|value| value.value.contains('*'))
            .count();
        if wild == 0 {
            continue;
        }
        for value in values.iter() {
            let whole = value.value == "*"
                || value
                    .value
                    .strip_suffix("/*")
                    .is_some_and(|iss| !iss.contains('*'));
            if !whole || wild < values.len() {
                let message = format!("`{}` is not carried over in this list", value.value);
                let help = "name every `ISSUER/SUBJECT`, or only whole issuers, `ISSUER/*`";
                return Err(Diagnostic::warning("MG0704", value.span, message).with_help(help));
            }
        }
        left.retain(|(_, iss)| {
            values
                .iter()
                .any(|value| value.value == "*" || value.value.strip_suffix("/*") == Some(iss))
        });
    }
    Ok(left)
}

/// The kind, and the names.
type Names = (&'static str, Vec<String>);
/// Claims, and one of the values of each.
type Tests<'a, 'r> = Vec<(&'a ClaimPath, &'r [Text])>;

/// The one thing that says who; the other claims become conditions.
fn chosen<'a, 'r>(
    asked: &'a Asked<'r>,
    issuers: &[&(String, String)],
    context: &Context<'_>,
    span: Span,
) -> Result<(Names, Tests<'a, 'r>), Diagnostic> {
    let all = || asked.claims.iter().map(|(path, values)| (path, *values));
    if let Some(users) = users(asked, issuers, span)? {
        return Ok((("users", users), all().collect()));
    }
    let kinds = [
        ("users", Some(&context.plan.user)),
        ("groups", context.plan.groups.as_ref()),
    ];
    for (kind, path) in kinds {
        let Some(position) = asked
            .claims
            .iter()
            .position(|(asked, _)| Some(asked) == path)
        else {
            continue;
        };
        let values = asked
            .claims
            .get(position)
            .map_or(&[][..], |(_, values)| values);
        let mut names = Vec::new();
        for value in values {
            plain(value)?;
            names.extend(
                issuers
                    .iter()
                    .map(|(issuer, _)| format!("{issuer}/{}", value.value)),
            );
        }
        let rest = all()
            .enumerate()
            .filter(|(other, _)| *other != position)
            .map(|(_, test)| test);
        return Ok(((kind, names), rest.collect()));
    }
    let message =
        "the rule names no user, group or service account, and an access file names who may";
    let help = "say so by a claim of groups or users, or write the rule by hand";
    Err(Diagnostic::warning("MG0708", span, message).with_help(help))
}

/// The users that are named one by one.
fn users(
    asked: &Asked<'_>,
    issuers: &[&(String, String)],
    span: Span,
) -> Result<Option<Vec<String>>, Diagnostic> {
    let lists = asked.request_principals.iter();
    let exact: Vec<&&[Text]> = lists
        .filter(|values| !values.iter().any(|value| value.value.contains('*')))
        .collect();
    let values = match exact.as_slice() {
        [] => return Ok(None),
        [only] => only,
        _ => {
            let message = "two lists of request principals are not carried over";
            let help = "write one list of those who are in both";
            return Err(Diagnostic::warning("MG0704", span, message).with_help(help));
        }
    };
    values.iter().try_for_each(plain)?;
    let users: Vec<String> = values
        .iter()
        .filter_map(|value| user(&value.value, issuers))
        .collect();
    match users.is_empty() {
        true => Err(nobody(
            span,
            "none of the request principals is of an issuer that is carried over",
        )),
        false => Ok(Some(users)),
    }
}

/// `ISSUER/SUBJECT`, where Istio takes the last `/` for the one between.
fn user(value: &str, issuers: &[&(String, String)]) -> Option<String> {
    let (iss, subject) = value.rsplit_once('/')?;
    let (name, _) = issuers.iter().find(|(_, issuer)| issuer == iss)?;
    (!subject.is_empty()).then(|| format!("{name}/{subject}"))
}

/// `context.claims has tier && context.claims.tier.containsAny(["a", "b"])`.
fn test(path: &ClaimPath, values: &[Text], context: &Context<'_>) -> Result<String, Diagnostic> {
    for value in values {
        plain(value)?;
    }
    let name = context
        .plan
        .attributes
        .get(path)
        .map_or("", |(name, _)| name.as_str());
    let values: Vec<String> = values
        .iter()
        .map(|value| serde_json::Value::from(value.value.as_str()).to_string())
        .collect();
    Ok(format!(
        "context.claims has {name} && context.claims.{name}.containsAny([{}])",
        values.join(", ")
    ))
}

/// A value without wildcards that every part takes for the same text.
fn plain(value: &Text) -> Result<(), Diagnostic> {
    let text = &value.value;
    let odd = text.is_empty()
        || text.trim() != text
        || text.contains(['*', '\\', '"'])
        || text.contains(char::is_control);
    if !odd && text.len() <= 200 {
        return Ok(());
    }
    let message = format!("the value `{text}` is not carried over");
    let help = "names are compared exactly: write each of them, without `*`";
    Err(Diagnostic::warning("MG0705", value.span, message).with_help(help))
}

fn nobody(span: Span, why: &str) -> Diagnostic {
    let message = format!("the rule matches nobody: {why}");
    Diagnostic::warning("MG0717", span, message)
}
