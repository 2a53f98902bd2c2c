//! Every line of every profile is shown by a case: a request for it that is allowed.

use libtest_mimic::{Failed, Trial};
use policies::api::Api;
use policies::decision::Verdict;
use policies::profile::tables;
use tests::cases::fixture::Mode;
use tests::cases::native::{Cut, judge};
use tests::cases::{Case, Place, Subject};

/// In front of Seldon's paths at the gateway.
const DEPLOYMENT: &str = "/seldon/zoo/zoo-seldon";

/// The one trial.
pub fn trial(subjects: &[Subject]) -> Trial {
    let cases = subjects.iter().flat_map(|subject| subject.cases.clone());
    let allowed = |case: &Case| case.runs(Place::Native) && case.expect.verdict == Verdict::Allow;
    let cases: Vec<Case> = cases.filter(allowed).collect();
    Trial::test("every line of every profile has a case", move || {
        let asked: Vec<(Api, String, String)> = cases.iter().filter_map(asked).collect();
        let mut missing = Vec::new();
        for api in Api::ALL {
            for endpoint in tables(api).iter().copied().flatten() {
                let shown = asked.iter().any(|(by, method, path)| {
                    *by == api && method == endpoint.method && fits(endpoint.path, path)
                });
                if !shown {
                    missing.push(format!(
                        "{} {} {}",
                        api.name(),
                        endpoint.method,
                        endpoint.path
                    ));
                }
            }
        }
        match missing.is_empty() {
            true => Ok(()),
            false => Err(Failed::from(format!("no case:\n{}", missing.join("\n")))),
        }
    })
}

/// Which protocol, method and path an allowed case asks by.
fn asked(case: &Case) -> Option<(Api, String, String)> {
    let event = judge(case, Mode::Hold, Cut::AsGiven).ok()?.event;
    let path = event.path?;
    let path = path.strip_prefix(DEPLOYMENT).unwrap_or(&path).to_owned();
    Some((event.protocol?, event.method?, path))
}

/// As the profile says it: `{...}` is any part of a segment without `:`.
fn fits(template: &str, path: &str) -> bool {
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
