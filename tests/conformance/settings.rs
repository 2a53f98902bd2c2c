//! What a gate's settings change: 404 instead of 403, and header fields that reselect taken off instead of refused.

use anyhow::{Context, Result, ensure};
use libtest_mimic::{Failed, Trial};
use policies::decision::Verdict;
use policies::engine::Engine;
use policies::guard::Guard;
use tests::cases::Case;
use tests::cases::fixture::{Mode, compile};
use tests::cases::native::{Cut, Outcome, judge_by};

/// One trial a setting.
pub fn trials() -> Vec<Trial> {
    vec![
        trial("hideModels: refusals look as if there was no model", hides),
        trial(
            "reselectingHeaders: remove takes them off the request",
            removes,
        ),
    ]
}

fn trial(name: &str, run: fn() -> Result<()>) -> Trial {
    Trial::test(name, move || {
        run().map_err(|error| Failed::from(format!("{error:#}")))
    })
}

fn hides() -> Result<()> {
    let mut guard = guard_with("hideModels: true")?;
    for (who, request, status, grpc) in [
        (
            "sam",
            "{ like: chat, body: '{\"model\":\"assistant-large\"}' }",
            404,
            None,
        ),
        (
            "sam",
            "{ like: chat, body: '{\"model\":\"unknown\"}' }",
            404,
            None,
        ),
        ("sam", "{ like: chat, path: /nowhere }", 404, None),
        ("nobody", "{ like: chat }", 401, None),
        ("reader", "{ like: grpc-infer }", 404, Some(5)),
    ] {
        let outcome = judged(&mut guard, who, request)?;
        let denial = outcome.denial.context("it is denied")?;
        ensure!(
            denial.status == status,
            "{who} {request}: {}",
            denial.status
        );
        ensure!(denial.grpc_status == grpc, "{:?}", denial.grpc_status);
        let challenged = denial
            .headers
            .iter()
            .any(|(name, _)| *name == "www-authenticate");
        ensure!(challenged == (status == 401), "{:?}", denial.headers);
        ensure!(
            outcome.event.status == Some(status),
            "the event has the status"
        );
    }
    same_body()
}

/// To the byte, whether there is such a model or not.
fn same_body() -> Result<()> {
    let mut guard = guard_with("hideModels: true")?;
    let mut body = |model: &str| {
        let request = format!("{{ like: chat, body: '{{\"model\":\"{model}\"}}' }}");
        let denial = judged(&mut guard, "sam", &request)?.denial;
        Ok::<_, anyhow::Error>(denial.context("it is denied")?.body)
    };
    let (denied, unknown) = (body("assistant-large")?, body("unknown")?);
    ensure!(
        denied == unknown && denied.contains("model_not_found"),
        "{denied}"
    );
    Ok(())
}

fn removes() -> Result<()> {
    let mut guard = guard_with("reselectingHeaders: remove")?;
    let request = "{ like: predict, headers: [[seldon-model, other], [x_model, other], [x-ai-eg-model, other], [accept, text/plain]] }";
    let outcome = judged(&mut guard, "ana", request)?;
    ensure!(
        outcome.event.verdict == Verdict::Allow,
        "{:?}",
        outcome.event
    );
    let removed: Vec<_> = outcome
        .changes
        .remove
        .iter()
        .map(|name| String::from_utf8_lossy(name))
        .collect();
    ensure!(
        removed == ["seldon-model", "x-ai-eg-model", "x_model"],
        "{removed:?}"
    );
    Ok(())
}

fn guard_with(setting: &str) -> Result<Guard> {
    let change = |gate: String| {
        gate.replacen(
            "  floor: native\n",
            &format!("  floor: native\n  {setting}\n"),
            1,
        )
    };
    let compiled = compile(change)?;
    let engine = Engine::load(compiled.bundle.as_bytes())?;
    Ok(Guard::new(engine))
}

fn judged(guard: &mut Guard, who: &str, request: &str) -> Result<Outcome> {
    let text = format!(
        "{{ name: any, who: {who}, request: {request}, expect: {{ verdict: allow, status: 200, reason: allowed }} }}"
    );
    let case: Case = serde_saphyr::from_str(&text)?;
    judge_by(guard, &case, Mode::Hold, Cut::AsGiven)
}
