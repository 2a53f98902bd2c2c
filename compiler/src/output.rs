//! Everything that a compile emits. Nothing partial: all of it, or the reasons why not.

use std::convert::Infallible;

use policies::bundle::{BodyMode, Bundle};
use policies::digest;
use policies::time::UnixTime;

use crate::cedar::{self, Meaning};
use crate::checks::grants;
use crate::diagnostic::{self, Diagnostic};
use crate::envoy::plugin_config;
use crate::istio::{self, Module, Object};
use crate::lower::{self, Table};
use crate::policy::{Install, Policy};
use crate::referee::{self, Half};
use crate::source::Span;

/// What the files do not say.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// where proxies get the filter from; Istio resources are made only with it
    pub module: Option<Module>,
    /// when it is compiled, for gates that limit how long grants may be; before 1971 such a gate lets none pass
    pub now: UnixTime,
}

impl Options {
    /// At this time, nothing else said.
    #[must_use]
    pub fn at(now: UnixTime) -> Self {
        Self { module: None, now }
    }
}

/// All that was compiled.
#[derive(Debug)]
pub struct Output {
    /// every policy in Cedar, and the schema that they are typed by
    pub meaning: Meaning,
    /// what Cedar was lowered to, for questions about it
    pub table: Table,
    /// one for each install target, in the order of the gate
    pub targets: Vec<TargetOutput>,
    /// to be said, though everything was made
    pub warnings: Vec<Diagnostic>,
}

/// What one install target's proxies load.
#[derive(Debug)]
pub struct TargetOutput {
    /// its name
    pub name: String,
    /// what the text says
    pub bundle: Bundle,
    /// the bundle's text; the same input gives the same bytes
    pub text: String,
    /// `sha256:` and hex, of the text
    pub digest: String,
    /// its Istio resources, in the order in which they are applied; empty without [`Options::module`]
    pub istio: Vec<Object>,
}

/// That the first half was compared with Cedar, and what is wrong in it.
#[derive(Debug)]
pub struct FirstHalf(Vec<Diagnostic>);

/// The same of the last half.
#[derive(Debug)]
pub struct LastHalf(Vec<Diagnostic>);

/// Compiles a policy: Cedar, table, comparison of both, bundles, Istio resources.
///
/// # Errors
/// Whatever is wrong, at its place; nothing is made then.
pub fn compile(policy: &Policy, options: &Options) -> Result<Output, Vec<Diagnostic>> {
    let in_turn = compile_with(policy, options, |last, first| {
        Ok::<_, Infallible>((last(), first()))
    });
    in_turn.unwrap_or_else(|never| match never {})
}

/// The same. The compiler has no threads; who has two may compare `both` halves with Cedar at the same time.
///
/// # Errors
/// Where they cannot be.
pub fn compile_with<E>(
    policy: &Policy,
    options: &Options,
    both: impl FnOnce(
        &(dyn Fn() -> LastHalf + Sync),
        &dyn Fn() -> FirstHalf,
    ) -> Result<(LastHalf, FirstHalf), E>,
) -> Result<Result<Output, Vec<Diagnostic>>, E> {
    let draft = match Draft::of(policy, options) {
        Ok(draft) => draft,
        Err(problems) => return Ok(Err(problems)),
    };
    let (meaning, texts) = (&draft.meaning, draft.texts());
    let last = || {
        LastHalf(problems(&texts, |text| {
            referee::compare(meaning, text, Half::Last)
        }))
    };
    let found = both(&last, &|| draft.first_half())?;
    Ok(draft.emitted(policy, options, found))
}

/// The files of an output: path below the output folder, and content.
///
/// # Errors
/// None that the types of [`Object`] can cause.
pub fn files(output: &Output) -> Result<Vec<(String, Vec<u8>)>, serde_saphyr::ser::Error> {
    let mut files = vec![
        (
            String::from("policies.cedar"),
            output.meaning.text().into_bytes(),
        ),
        (
            String::from("schema.cedarschema"),
            output.meaning.schema.text.clone().into_bytes(),
        ),
    ];
    for target in &output.targets {
        files.push((
            format!("bundles/{}.json", target.name),
            target.text.clone().into_bytes(),
        ));
        if !target.istio.is_empty() {
            files.push((
                format!("istio/{}.yaml", target.name),
                yaml(&target.istio)?.into_bytes(),
            ));
        }
    }
    Ok(files)
}

/// Objects as YAML documents.
///
/// # Errors
/// None that the types of [`Object`] can cause.
pub fn yaml(objects: &[Object]) -> Result<String, serde_saphyr::ser::Error> {
    // a bundle is one long line and stays one: no folding
    let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
    let mut text = String::new();
    for object in objects {
        let document = serde_saphyr::to_string_with_options(object, options.clone())?;
        text.push_str("---\n");
        text.push_str(document.trim_end_matches('\n'));
        text.push('\n');
    }
    Ok(text)
}

/// What is emitted where Cedar agrees with it.
struct Draft {
    meaning: Meaning,
    table: Table,
    /// one for each install target, and its text
    bundles: Vec<(Bundle, String)>,
    warnings: Vec<Diagnostic>,
}

impl Draft {
    fn of(policy: &Policy, options: &Options) -> Result<Self, Vec<Diagnostic>> {
        let far = grants::far(policy, options.now);
        if !far.is_empty() {
            return Err(far);
        }
        let meaning = cedar::build(policy)?;
        let table = lower::lower(&meaning, &policy.gate)?;
        let places: Vec<Span> = meaning.places().collect();
        let taken = lower::spellings(&table, policy, &places);
        if !taken.is_empty() {
            return Err(taken);
        }
        let mut warnings = lower::warnings(&table, &policy.gate, &places);
        warnings.extend(meaning.warnings.iter().cloned());
        let installs = policy.gate.installs.iter();
        let written = |install: &Install| {
            let bundle = lower::bundle(&table, policy, install);
            let text = serde_json::to_string(&bundle).map_err(|error| {
                let why = format!("the bundle cannot be written: {error}");
                vec![Diagnostic::error("MG0952", Span::NOWHERE, why)]
            })?;
            Ok((bundle, text))
        };
        Ok(Self {
            bundles: installs
                .map(written)
                .collect::<Result<_, Vec<Diagnostic>>>()?,
            meaning,
            table,
            warnings,
        })
    }

    fn texts(&self) -> Vec<&str> {
        self.bundles.iter().map(|(_, text)| text.as_str()).collect()
    }

    /// Also that the texts say what the bundles do.
    fn first_half(&self) -> FirstHalf {
        FirstHalf(problems(&self.bundles, |(bundle, text)| {
            referee::compare_with(&self.meaning, bundle, text, Half::First)
        }))
    }

    fn emitted(
        self,
        policy: &Policy,
        options: &Options,
        (last, first): (LastHalf, FirstHalf),
    ) -> Result<Output, Vec<Diagnostic>> {
        let mut problems = [first.0, last.0].concat();
        if !problems.is_empty() {
            diagnostic::sort(&mut problems);
            return Err(problems);
        }
        let bundles = self.bundles.into_iter();
        let targets = policy.gate.installs.iter().zip(bundles);
        Ok(Output {
            meaning: self.meaning,
            table: self.table,
            targets: targets
                .map(|(install, (bundle, text))| target(policy, install, options, bundle, text))
                .collect(),
            warnings: self.warnings,
        })
    }
}

fn problems<T>(all: &[T], compare: impl Fn(&T) -> Result<(), Vec<Diagnostic>>) -> Vec<Diagnostic> {
    let found = all.iter().filter_map(|one| compare(one).err());
    found.flatten().collect()
}

fn target(
    policy: &Policy,
    install: &Install,
    options: &Options,
    bundle: Bundle,
    text: String,
) -> TargetOutput {
    let istio = options.module.as_ref().map(|module| {
        let config = plugin_config(&text, bundle.body.mode == BodyMode::Hold);
        istio::objects(policy, install, &config, module)
    });
    TargetOutput {
        name: install.name.clone(),
        digest: digest::of(text.as_bytes()),
        istio: istio.unwrap_or_default(),
        bundle,
        text,
    }
}

#[cfg(test)]
mod tests;
