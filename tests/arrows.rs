//! Every rule of the house bites: each test plants one violation in a copy of the workspace, runs the step of `make check`
//! that must refuse it, and reads why it was refused.

#[path = "arrows/workspace.rs"]
mod workspace;

use self::workspace::Workspace;

const CLOCK: &str =
    "/// planted\npub fn planted() -> std::time::SystemTime {\n    std::time::SystemTime::now()\n}";
const UNWRAP: &str =
    "/// planted\n#[must_use]\npub fn planted(value: Option<u8>) -> u8 {\n    value.unwrap()\n}";

#[test]
fn a_copy_without_a_violation_passes() {
    let workspace = Workspace::take();
    let outcome = workspace.make(&[
        "check-policies",
        "check-scan",
        "check-compiler",
        "check-filter",
        "check-deny",
    ]);
    assert!(outcome.passed, "{}", outcome.output);
    assert_eq!(workspace.broken_rules(), "");
}

#[test]
fn make_check_runs_every_step() {
    let outcome = Workspace::take().make(&["--dry-run", "check"]);
    let steps = [
        "cargo fmt --all --check",
        "-p policies --all-targets -- --deny warnings",
        "-p scan --all-targets -- --deny warnings",
        "-p compiler --all-targets -- --deny warnings",
        "-p cli --all-targets -- --deny warnings",
        "-p filter --target wasm32-wasip1 -- --deny warnings",
        "-p tests --all-targets -- --deny warnings",
        "-p fuzz --all-targets -- --deny warnings",
        "check bans licenses sources",
        "-p fuzz --test tidy",
    ];
    for step in steps {
        assert!(
            outcome.output.contains(step),
            "`make check` does not run `{step}`:\n{}",
            outcome.output
        );
    }
}

#[test]
fn a_forbidden_dependency_is_refused() {
    let workspace = Workspace::take().depend("policies", "anyhow.workspace = true");
    workspace.make(&["check-deny"]).refuses("crate 'anyhow = ");
    assert!(
        workspace
            .broken_rules()
            .contains("`policies` may not depend on `anyhow`")
    );
    drop(workspace);

    let workspace = Workspace::take().depend("filter", "cedar-policy.workspace = true");
    workspace
        .make(&["check-deny"])
        .refuses("crate 'cedar-policy = ");
    assert!(
        workspace
            .broken_rules()
            .contains("`filter` may not depend on `cedar-policy`")
    );
}

#[test]
fn a_clock_call_in_a_pure_crate_is_refused() {
    for (krate, folder) in [
        ("policies", "policies"),
        ("scan", "policies/scan"),
        ("compiler", "compiler"),
    ] {
        let workspace = Workspace::take().append(&format!("{folder}/src/lib.rs"), CLOCK);
        workspace
            .make(&[&format!("check-{krate}")])
            .refuses("use of a disallowed method `std::time::SystemTime::now`");
        assert!(
            workspace
                .broken_rules()
                .contains(&format!("{folder}/src/lib.rs"))
        );
    }
}

#[test]
fn a_permit_is_made_by_a_decision_alone() {
    let permit = "/// planted\n#[must_use]\npub const fn planted() -> crate::authorize::Permit {\n    crate::authorize::Permit(())\n}";
    for file in ["policies/src/exchange.rs", "policies/src/lib.rs"] {
        let workspace = Workspace::take().append(file, permit);
        let refused = workspace.make(&["check-policies"]);
        refused.refuses("tuple struct constructor `Permit` is private");
    }
}

#[test]
fn a_panic_in_the_core_or_the_filter_is_refused() {
    for (krate, folder) in [
        ("policies", "policies"),
        ("scan", "policies/scan"),
        ("filter", "filter"),
    ] {
        let workspace = Workspace::take().append(&format!("{folder}/src/lib.rs"), UNWRAP);
        workspace
            .make(&[&format!("check-{krate}")])
            .refuses("used `unwrap()` on an `Option` value");
    }
}

#[test]
fn a_long_file_or_function_is_refused() {
    let workspace = Workspace::take().append("compiler/src/lib.rs", &"// planted\n".repeat(401));
    assert!(workspace.broken_rules().contains("more than 400: split it"));
    drop(workspace);

    let function = format!("fn planted() {{\n{}}}", "    drop(());\n".repeat(50));
    let workspace = Workspace::take().append("compiler/src/lib.rs", &function);
    assert!(
        workspace
            .broken_rules()
            .contains("function `planted` has 52 lines, more than 50")
    );
}
