//! Every line of every profile is shown by a case, and docs/profiles.md shows every line to a reader, with the number of its cases.
//!
//! `MODELGATE_UPDATE=1` writes the page anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use libtest_mimic::{Failed, Trial};
use policies::api::Api;
use policies::decision::Verdict;
use policies::profile::{Endpoint, Source};
use policies::scan::protobuf::{Field, Fields};
use tests::cases::fixture::Mode;
use tests::cases::native::{Cut, judge};
use tests::cases::{Case, Place, Subject};

/// In front of Seldon's paths at the gateway.
const DEPLOYMENT: &str = "/seldon/zoo/zoo-seldon";
const PAGE: &str = "docs/profiles.md";
const HEAD: &str = "\
# Profiles

Every request that passes, protocol by protocol: `api` in the files says which table counts. What no line has is refused with
`path_unknown`. A line is read from the top; of two that fit, the first counts. `{model}` is the model's name, `{model+}` one that may have
`/` in it, `{version}` letters, digits and `._-`, `{label}` the same, `{any}` a name of something else. \"The server\" stands for a model server as a whole: a rule
about models grants it the same actions. This page is written by a test from the tables in [policies/src/profile](../policies/src/profile.rs),
which name the protocols' own pages; [protocols.md](protocols.md) says what stands behind it.

";

/// What was asked in one allowed case.
type Asked = (Api, String, String);

/// A trial for the cases, and one for the page.
pub fn trials(subjects: &[Subject]) -> Vec<Trial> {
    let cases = subjects.iter().flat_map(|subject| subject.cases.clone());
    let cases: Vec<Case> = cases.filter(|case| case.runs(Place::Native)).collect();
    let allowed: Vec<Case> = cases
        .iter()
        .filter(|case| case.expect.verdict == Verdict::Allow)
        .cloned()
        .collect();
    vec![
        Trial::test("every line of every profile has a case", move || {
            every_line(&allowed)
        }),
        Trial::test("docs/profiles.md has every line", move || page(&cases)),
    ]
}

fn every_line(cases: &[Case]) -> Result<(), Failed> {
    let asked: Vec<Asked> = cases.iter().filter_map(asked).collect();
    let mut missing = Vec::new();
    for api in Api::ALL {
        for endpoint in lines(api) {
            let shown = asked.iter().any(|(by, method, path)| {
                *by == api && method == endpoint.method && fits(endpoint.path, path)
            });
            if !shown {
                let (method, path) = (endpoint.method, endpoint.path);
                missing.push(format!("{} {method} {path}", api.name()));
            }
        }
    }
    match missing.is_empty() {
        true => Ok(()),
        false => Err(Failed::from(format!("no case:\n{}", missing.join("\n")))),
    }
}

fn lines(api: Api) -> impl Iterator<Item = &'static Endpoint> {
    api.profile().tables.iter().copied().flatten()
}

/// Which protocol, method and path an allowed case asks by.
fn asked(case: &Case) -> Option<Asked> {
    let event = judge(case, Mode::Hold, Cut::AsGiven).ok()?.event;
    let path = event.path?;
    let path = path.strip_prefix(DEPLOYMENT).unwrap_or(&path).to_owned();
    Some((event.protocol?, event.method?, path))
}

/// As the profile says it: `{...}` is any part of a segment without `:`.
fn fits(template: &str, path: &str) -> bool {
    if let Some(beginning) = template.strip_suffix("{model+}") {
        return path.starts_with(beginning);
    }
    let segments: Vec<&str> = path.split('/').collect();
    let templates: Vec<&str> = template.split('/').collect();
    let same = |(template, segment): (&&str, &&str)| match template.split_once('}') {
        Some((_, verb)) => segment
            .strip_suffix(verb)
            .is_some_and(|name| !name.is_empty() && !name.contains(':')),
        None => template == segment,
    };
    segments.len() == templates.len() && templates.iter().zip(&segments).all(same)
}

fn page(cases: &[Case]) -> Result<(), Failed> {
    let mut counts: BTreeMap<Api, usize> = BTreeMap::new();
    for case in cases {
        let outcome = judge(case, Mode::Hold, Cut::AsGiven).map_err(|error| error.to_string())?;
        if let Some(api) = outcome.event.protocol {
            *counts.entry(api).or_default() += 1;
        }
    }
    let mut expected = HEAD.to_owned();
    for api in Api::ALL {
        section(
            &mut expected,
            api,
            counts.get(&api).copied().unwrap_or_default(),
        );
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(PAGE);
    if env::var_os("MODELGATE_UPDATE").is_some() {
        fs::write(&path, &expected)?;
    }
    match fs::read_to_string(&path)? == expected {
        true => Ok(()),
        false => {
            Err(format!("{PAGE} is not what the tables say: run with MODELGATE_UPDATE=1").into())
        }
    }
}

fn section(page: &mut String, api: Api, cases: usize) {
    let (name, servers, count) = (api.name(), api.servers(), lines(api).count());
    // writing to a String cannot fail
    let _ = writeln!(
        page,
        "## `{name}`: {servers}\n\n{count} lines, {cases} cases.\n"
    );
    let _ = writeln!(page, "| request | action | the model |\n|---|---|---|");
    for endpoint in lines(api) {
        let method = if endpoint.grpc {
            "gRPC"
        } else {
            endpoint.method
        };
        let (path, action, model) = (endpoint.path, endpoint.action, source(endpoint.model));
        let _ = writeln!(page, "| {method} `{path}` | `{action}` | {model} |");
    }
    page.push('\n');
}

fn source(source: Source) -> String {
    match source {
        Source::Route => "the backend".to_owned(),
        Source::Server => "the server".to_owned(),
        Source::ServerAndBody => "the server; the body may name no model".to_owned(),
        Source::List(_) => "the server; the answer shows what the caller may use".to_owned(),
        Source::Path => "in the path".to_owned(),
        Source::PathAndBody => "in the path; `model` of the body may only say the same".to_owned(),
        Source::PathAndForm => {
            "in the path; the form's part `model` may only say the same".to_owned()
        }
        Source::Json(names) => format!(
            "`{}` of the body",
            names.path.join(".").replace(".[]", "[]")
        ),
        Source::Form(form) => match form.json {
            Some((part, names)) => {
                format!(
                    "`{}` on each line of the part `{part}`",
                    names.path.join(".")
                )
            }
            None => format!("the form's part `{}`", form.field),
        },
        Source::Message(fields) => format!("field {} of the message", numbers(fields)),
        Source::Messages(fields) => format!("field {} of each message", numbers(fields)),
    }
}

fn numbers(fields: Fields) -> String {
    let number = |field: &Field| match field {
        Field::One(number) => number.to_string(),
        Field::Each(number) => format!("{number}[]"),
    };
    let path: Vec<String> = fields.path.iter().map(number).collect();
    match fields.refused {
        [] => path.join("."),
        refused => format!("{}, and no field {refused:?}", path.join(".")),
    }
}
