//! The corpus natively: every case in both body modes, cut in three ways, on the emitted bundle read back from its
//! bytes.

#[path = "conformance/documents.rs"]
mod documents;
#[path = "conformance/profiles.rs"]
mod profiles;
#[path = "conformance/settings.rs"]
mod settings;
#[path = "conformance/tokens.rs"]
mod tokens;

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use anyhow::Result;
use libtest_mimic::{Arguments, Failed, Trial};
use policies::decision::Reason;
use tests::cases::fixture::Mode;
use tests::cases::native::{Cut, judge, run};
use tests::cases::{Case, Place, Subject, corpus};

fn main() -> Result<ExitCode> {
    let arguments = Arguments::from_args();
    let subjects = corpus()?;
    let mut trials = vec![
        every_reason_has_a_case(&subjects),
        a_denial_tells_nobody_whether_a_model_exists(&subjects),
    ];
    trials.extend(profiles::trials(&subjects));
    trials.extend(documents::trials());
    trials.extend(settings::trials());
    trials.extend(tokens::trials());
    for subject in subjects {
        let cases = subject
            .cases
            .into_iter()
            .filter(|case| case.runs(Place::Native));
        trials.extend(cases.map(|case| trial(&subject.name, case)));
    }
    Ok(libtest_mimic::run(&arguments, trials).exit_code())
}

fn trial(subject: &str, case: Case) -> Trial {
    Trial::test(format!("{subject}: {}", case.name), move || {
        for mode in Mode::ALL {
            for cut in [Cut::AsGiven, Cut::Bytes, Cut::Late] {
                run(&case, mode, cut).map_err(|error| {
                    Failed::from(format!("body mode {}, {cut:?}: {error:#}", mode.name()))
                })?;
            }
        }
        Ok(())
    })
}

fn every_reason_has_a_case(subjects: &[Subject]) -> Trial {
    let cases = subjects.iter().flat_map(|subject| &subject.cases);
    let expected = cases.flat_map(|case| [Some(&case.expect), case.stream.as_ref()]);
    let had: BTreeSet<Reason> = expected
        .flatten()
        .filter_map(|expect| expect.reason)
        .collect();
    Trial::test("every reason has a case", move || {
        let missing = Reason::ALL
            .into_iter()
            .filter(|reason| !had.contains(reason));
        let missing: Vec<&str> = missing.map(Reason::code).collect();
        if missing.is_empty() {
            Ok(())
        } else {
            Err(format!("no case: {}", missing.join(", ")).into())
        }
    })
}

/// Whoever may not use a model gets the same answer, to the byte, whether it exists or not.
fn a_denial_tells_nobody_whether_a_model_exists(subjects: &[Subject]) -> Trial {
    let secretive = [
        Reason::ModelUnknown,
        Reason::NotPermitted,
        Reason::TimeUnknown,
        Reason::DeniedByRule,
        Reason::DeniedByGuardrail,
    ];
    let cases = subjects.iter().flat_map(|subject| subject.cases.clone());
    let cases: Vec<Case> = cases
        .filter(|case| case.runs(Place::Native) && case.expect.status != 0)
        .filter(|case| {
            case.expect
                .reason
                .is_some_and(|reason| secretive.contains(&reason))
        })
        .collect();
    Trial::test("a denial tells nobody whether a model exists", move || {
        let mut answers: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for case in &cases {
            let outcome = judge(case, Mode::Hold, Cut::AsGiven)
                .map_err(|error| Failed::from(error.to_string()))?;
            let denial = outcome.denial.ok_or("not denied")?;
            let answer = (denial.status, denial.headers, denial.body);
            answers
                .entry((outcome.event.protocol, outcome.is_grpc_call))
                .or_default()
                .insert(answer);
        }
        match answers.values().find(|answers| answers.len() > 1) {
            None if answers.len() > 2 => Ok(()),
            other => Err(format!("{other:?}").into()),
        }
    })
}
