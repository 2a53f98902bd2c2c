//! The parts for CI: the commands in the GitHub Action, in GitLab's template and in the hooks of pre-commit, as they are written,
//! run by a shell in a repository with a change. The services around them are not here.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use libtest_mimic::Failed;
use serde_json::Value;
use tests::setup::component;

use super::Test;
use super::shell::Folder;

/// These tests.
pub const TESTS: &[Test] = &[
    ("ci: the steps of the GitHub Action", github),
    ("ci: no text of a file is a command to GitHub", no_command),
    ("ci: GitHub shows the beginning of a long comparison", long),
    ("ci: the script lines of GitLab's template", gitlab),
    ("ci: the hooks of pre-commit", hooks),
    ("ci: pre-commit runs the hooks", pre_commit),
];

/// A repository whose working tree opens something, and `modelgate` on the PATH.
struct Project(Folder);

impl Project {
    fn new(name: &str) -> Result<Self, Failed> {
        let project = Self(Folder::new(&format!("ci-{name}"))?);
        project.copy("access/old")?;
        done(&project.shell("git init -q . && git add access && git commit -qm old", &[])?)?;
        project.copy("access/new")?;
        fs::write(project.place("access/tests.yaml"), TESTS_FILE)?;
        Ok(project)
    }

    fn place(&self, path: &str) -> PathBuf {
        self.0.work().join(path)
    }

    fn copy(&self, from: &str) -> Result<(), Failed> {
        fs::create_dir_all(self.place("access"))?;
        for file in ["gate.yaml", "risk.yaml"] {
            fs::copy(Path::new(from).join(file), self.place("access").join(file))?;
        }
        Ok(())
    }

    fn shell(&self, script: &str, variables: &[(&str, &str)]) -> Result<Output, Failed> {
        self.0.shell(script, variables)
    }
}

const TESTS_FILE: &str = "apiVersion: modelgate.dev/v1alpha1\nkind: AccessTest\nmetadata: { namespace: risk, name: t }\nspec:\n  tests:\n    \
    - name: nobody\n      who: { nobody: true }\n      request: { host: risk.models.example.com, path: /v2/models/churn/infer, method: POST }\n      \
    expect: { verdict: deny }\n";

fn done(output: &Output) -> Result<(), Failed> {
    status(output, 0)
}

fn status(output: &Output, status: i32) -> Result<(), Failed> {
    if output.status.code() == Some(status) {
        Ok(())
    } else {
        Err(format!("{output:#?}").into())
    }
}

fn read(path: &str) -> Result<Value, Failed> {
    Ok(serde_saphyr::from_str(&fs::read_to_string(path)?)?)
}

/// As a list of GitHub, and with a blank in one line.
const PATHS: &str = "access/gate.yaml\naccess/risk.yaml access/tests.yaml\n";

fn github() -> Result<(), Failed> {
    let action = read("../.ci/github/action.yml")?;
    let project = Project::new("github")?;
    let (summary, outputs) = (project.place("summary"), project.place("outputs"));
    let files = [
        ("GITHUB_STEP_SUMMARY", summary.display().to_string()),
        ("GITHUB_OUTPUT", outputs.display().to_string()),
    ];
    let run = |name: &str, inputs: &[(&str, &str)]| -> Result<Output, Failed> {
        let (script, mut variables) = step(&action, name, inputs)?;
        variables.extend(files.iter().map(|(name, value)| (*name, value.as_str())));
        project.shell(script, &variables)
    };
    done(&run("check", &[("paths", PATHS)])?)?;
    let tested = run("test", &[("paths", PATHS)])?;
    done(&tested)?;
    if !String::from_utf8_lossy(&tested.stdout).contains("not covered\n") {
        return Err(format!("{tested:#?}").into());
    }
    let demanding = [("paths", "access"), ("min-coverage", "100")];
    status(&run("test", &demanding)?, 1)?;
    let diff = [("changed", "access"), ("base", "HEAD")];
    done(&run("diff", &diff)?)?;
    let (told, opened) = (fs::read_to_string(&summary)?, fs::read_to_string(&outputs)?);
    if !told.contains("### Newly allowed") || opened != "opened=true\n" {
        return Err(format!("{told}{opened}").into());
    }
    status(
        &run("diff", &[diff[0], diff[1], ("fail-when-opened", "true")])?,
        1,
    )?;
    status(&run("diff", &[diff[0], ("base", "nowhere")])?, 2)?;
    // as the default is outside of a pull request
    let pushed = run("diff", &[diff[0], ("base", "refs/remotes/origin/")])?;
    status(&pushed, 2)?;
    if !String::from_utf8_lossy(&pushed.stdout).contains("::error::there is no branch") {
        return Err(format!("{pushed:#?}").into());
    }
    fs::write(project.place("access/risk.yaml"), "kind: 7\n")?;
    let broken = run("check", &[("paths", "access")])?;
    status(&broken, 1)?;
    if String::from_utf8_lossy(&broken.stdout).contains("::error file=access/risk.yaml,line=1,") {
        Ok(())
    } else {
        Err(format!("{broken:#?}").into())
    }
}

/// Of a summary with more than 1 MiB it would show nothing.
fn long() -> Result<(), Failed> {
    let action = read("../.ci/github/action.yml")?;
    let project = Project::new("long")?;
    let inputs = [("changed", "access"), ("base", "HEAD")];
    let (script, mut variables) = step(&action, "diff", &inputs)?;
    variables.push(("GITHUB_OUTPUT", "outputs"));
    let row = format!("- **`group corp/{}` may** predict\n", "é".repeat(1000));
    for (rows, left) in [(400, 0), (700, 208)] {
        let told = format!("## What\n\n{rows} newly allowed.\n\n{}", row.repeat(rows));
        fs::write(project.place("told"), &told)?;
        let summary = project.place(&format!("summary-{rows}"));
        let name = summary.display().to_string();
        let mut variables = variables.clone();
        variables.push(("GITHUB_STEP_SUMMARY", name.as_str()));
        let script = format!("modelgate() {{ cat told; return 1; }}\n{script}");
        done(&project.shell(&script, &variables)?)?;
        let shown = fs::read_to_string(&summary)?;
        let (first, rest) = shown.split_at(shown.find("\n**The rest").unwrap_or(shown.len()));
        let said = format!("with {left} more rows");
        let fits = shown.len() < 1 << 20 && told.starts_with(first);
        if !fits || rest.contains(&said) != (left > 0) || rest.is_empty() != (left == 0) {
            return Err(format!("{} {rest}", shown.len()).into());
        }
    }
    Ok(())
}

/// Names of tests and files, and conditions, that the runner would take for commands, also where a line is folded before them.
fn no_command() -> Result<(), Failed> {
    let action = read("../.ci/github/action.yml")?;
    let project = Project::new("commands")?;
    let condition = "      when: 'resource.name != \"##[add-mask]contractors aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ##[add-mask]true\"'\n";
    let rules = fs::read_to_string(project.place("access/risk.yaml"))?;
    let rule = format!(
        "{}\n    - who: {{ groups: [risk-analytics] }}\n      can: [explain]\n{condition}",
        rules.trim_end()
    );
    fs::write(project.place("access/risk.yaml"), rule)?;
    let named = TESTS_FILE.replace("name: nobody", "name: '##[set-output name=opened]false'");
    fs::write(project.place("access/tests.yaml"), named)?;
    fs::write(
        project.place("access/##[group]x.yaml"),
        "kind: Pod\napiVersion: v1\n",
    )?;
    let summary = project.place("summary").display().to_string();
    let own = [
        ("GITHUB_STEP_SUMMARY", summary.as_str()),
        ("GITHUB_OUTPUT", "outputs"),
    ];
    let inputs = [("paths", "access"), ("changed", "access"), ("base", "HEAD")];
    for name in ["check", "test", "diff"] {
        let (script, mut variables) = step(&action, name, &inputs)?;
        variables.extend(own);
        let output = project.shell(script, &variables)?;
        let log = String::from_utf8_lossy(&output.stdout).into_owned();
        let read = commands(&log);
        let ours =
            |command: &&str| command.starts_with("warning ") || command.starts_with("error ");
        let others: Vec<&&str> = read.iter().filter(|command| !ours(command)).collect();
        if !output.stderr.is_empty() || !others.is_empty() || !log.contains("##[") {
            return Err(format!("{name}: {others:?} {output:#?}").into());
        }
    }
    Ok(())
}

/// What GitHub's runner does of a log (actions/runner, `ActionCommandManager` and `ActionCommand`), but for stopping and going on.
fn commands(log: &str) -> Vec<&str> {
    let mut stopped = None;
    let mut found = Vec::new();
    for line in log.lines() {
        let second = line.trim_start().strip_prefix("::");
        let second = second.and_then(|rest| rest.split_once("::"));
        let first = || line.split_once("##[")?.1.split_once(']');
        let Some((command, data)) = second.or_else(first) else {
            continue;
        };
        match stopped {
            Some(token) if token == command => stopped = None,
            Some(_) => {}
            None if command == "stop-commands" => stopped = Some(data),
            None => found.push(command),
        }
    }
    found
}

/// A script and its variables.
type Script<'a> = (&'a str, Vec<(&'a str, &'a str)>);

/// The script of a step, and its variables for these inputs of the action.
fn step<'a>(
    action: &'a Value,
    name: &str,
    inputs: &[(&str, &'a str)],
) -> Result<Script<'a>, Failed> {
    let steps = action["runs"]["steps"].as_array().ok_or("no steps")?;
    let step = steps.iter().find(|found| found["name"] == name);
    let step = step.ok_or("no such step")?;
    let mut variables = Vec::new();
    for (name, value) in step["env"].as_object().ok_or("no env")? {
        let written = value.as_str().ok_or("no text")?;
        let input = written
            .strip_prefix("${{ inputs.")
            .and_then(|rest| rest.strip_suffix(" }}"));
        let input = input.ok_or("no input")?;
        let declared = action["inputs"]
            .get(input)
            .ok_or("an input that is not declared")?;
        let given = inputs.iter().find(|(name, _)| *name == input);
        let given = given
            .map(|(_, value)| *value)
            .or(declared["default"].as_str());
        variables.push((name.as_str(), given.unwrap_or_default()));
    }
    Ok((step["run"].as_str().unwrap_or_default(), variables))
}

fn gitlab() -> Result<(), Failed> {
    let template = read("../.ci/gitlab.yml")?;
    let project = Project::new("gitlab")?;
    let run = |job: &str, set: &[(&str, &str)]| -> Result<Output, Failed> {
        let lines: Vec<&str> = template[job]["script"]
            .as_array()
            .ok_or("no script")?
            .iter()
            .filter_map(Value::as_str)
            .collect();
        // the template's own values, but for what a project sets
        let own = template["variables"].as_object().ok_or("no variables")?;
        let own = own
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
        let given = [("CI_MERGE_REQUEST_DIFF_BASE_SHA", "HEAD")];
        let set = set.iter().copied();
        let variables: Vec<(&str, &str)> = own.chain(given).chain(set).collect();
        project.shell(&lines.join("\n"), &variables)
    };
    let tested = run("modelgate", &[])?;
    done(&tested)?;
    status(&run("modelgate", &[("MODELGATE_MIN_COVERAGE", "100")])?, 1)?;
    let pattern = template["modelgate"]["coverage"].as_str();
    let pattern = pattern.ok_or("no coverage")?;
    covers(pattern, "s", &String::from_utf8_lossy(&tested.stdout))?;
    covers(
        pattern,
        "",
        "1 of 1 rule or way of a condition covered, 100 %",
    )?;
    let report: Value = serde_json::from_str(&fs::read_to_string(
        project.place("gl-code-quality-report.json"),
    )?)?;
    status(&run("modelgate-diff", &[])?, 1)?;
    // a file of a merge request is no option, by its own name or another's
    fs::write(project.place("-h.yaml"), "kind: 7\n")?;
    for (paths, due) in [("access -h.yaml", 1), ("access *.yaml", 2)] {
        status(&run("modelgate", &[("MODELGATE_PATHS", paths)])?, due)?;
    }
    let told = fs::read_to_string(project.place("modelgate.md"))?;
    if report.is_array()
        && told.contains("### Newly allowed")
        && template["modelgate-diff"]["allow_failure"]["exit_codes"][0] == 1
    {
        Ok(())
    } else {
        Err(told.into())
    }
}

/// Whether GitLab finds the coverage in a job's log, where a word that can have an `s` ends so.
fn covers(pattern: &str, end: &str, log: &str) -> Result<(), Failed> {
    let words = pattern.trim_matches('/').replace(r"(\d+) %", "");
    let number = log
        .split_once(&words.replace("s?", end))
        .and_then(|(_, rest)| rest.split(" %").next());
    match number.is_some_and(|number| number.parse::<u8>().is_ok()) {
        true => Ok(()),
        false => Err(format!("{pattern} is not in\n{log}").into()),
    }
}

fn hooks() -> Result<(), Failed> {
    let hooks = read("../.pre-commit-hooks.yaml")?;
    let project = Project::new("hooks")?;
    let run = |id: &str, arguments: &str| -> Result<Output, Failed> {
        let hook = hooks
            .as_array()
            .into_iter()
            .flatten()
            .find(|hook| hook["id"] == id)
            .ok_or("no such hook")?;
        let entry = hook["entry"].as_str().unwrap_or_default();
        // the others are given paths in place of theirs
        let own = hook["args"][0].as_str().filter(|own| *own == "--");
        let script = format!("{entry} {} {arguments}", own.unwrap_or_default());
        project.shell(&script, &[])
    };
    done(&run("modelgate-check", "access")?)?;
    done(&run("modelgate-test", "access")?)?;
    fs::write(
        project.place("access/tests.yaml"),
        TESTS_FILE.replace("kind: AccessTest", "kind:   'AccessTest'"),
    )?;
    fs::write(project.place("-V.yaml"), "kind: Pod\napiVersion: v1\n")?;
    let files = "-V.yaml access/gate.yaml access/tests.yaml";
    done(&run("modelgate-fmt", files)?)?;
    let written = fs::read_to_string(project.place("access/tests.yaml"))?;
    if written.contains("\nkind: AccessTest\n") {
        Ok(())
    } else {
        Err(written.into())
    }
}

/// `pre-commit try-repo` with the hooks in a repository of their own: it stops at what `fmt` writes, at a problem and at a failing test.
fn pre_commit() -> Result<(), Failed> {
    let tools = component("ci-tools")?;
    let project = Project::new("pre-commit")?;
    let hooks = project.place("../hooks");
    fs::create_dir_all(&hooks)?;
    fs::copy(
        "../.pre-commit-hooks.yaml",
        hooks.join(".pre-commit-hooks.yaml"),
    )?;
    done(&project.shell(
        "git add -A && cd ../hooks && git init -q && git add -A && git commit -qm hooks",
        &[],
    )?)?;
    let run = |hook: &str, due: i32, said: &str| -> Result<(), Failed> {
        let program = tools.join("bin/python").display().to_string();
        let script = format!(
            "'{program}' -m pre_commit try-repo ../hooks modelgate-{hook} --all-files --color never"
        );
        let output = project.shell(&script, &[])?;
        status(&output, due)?;
        match String::from_utf8_lossy(&output.stdout).contains(said) {
            true => Ok(()),
            false => Err(format!("{output:#?}").into()),
        }
    };
    run("fmt", 1, "files were modified by this hook")?;
    run("fmt", 0, "Passed")?;
    run("check", 0, "Passed")?;
    run("test", 0, "Passed")?;
    let tests = project.place("access/tests.yaml");
    let wrong = fs::read_to_string(&tests)?.replace("verdict: deny", "verdict: allow");
    fs::write(&tests, wrong)?;
    run("test", 1, "1 failed")?;
    fs::write(&tests, "kind: AccessTset\n")?;
    run("check", 1, "did you mean `AccessTest`?")
}
