//! The parts for CI: the commands in the GitHub Action, in GitLab's template and in the hooks of pre-commit, as they are written,
//! run by a shell in a repository with a change. The services around them are not here.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use libtest_mimic::Failed;
use serde_json::Value;

use super::Test;

/// These tests.
pub const TESTS: &[Test] = &[
    ("ci: the steps of the GitHub Action", github),
    ("ci: the script lines of GitLab's template", gitlab),
    ("ci: the hooks of pre-commit", hooks),
];

/// A repository whose working tree opens something, and `modelgate` on the PATH.
struct Project(PathBuf);

impl Project {
    fn new(name: &str) -> Result<Self, Failed> {
        let folder =
            std::env::temp_dir().join(format!("modelgate-ci-{name}-{}", std::process::id()));
        drop(fs::remove_dir_all(&folder));
        fs::create_dir_all(folder.join("bin"))?;
        let project = Self(folder);
        let program = project.0.join("bin/modelgate");
        let exe = std::env::current_exe()?;
        fs::write(
            &program,
            format!(
                "#!/bin/sh\n{}=1 exec '{}' \"$@\"\n",
                super::AS_PROGRAM,
                exe.display()
            ),
        )?;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
        project.copy("access/old")?;
        let commit = "git init -q . && git add access && git -c user.name=test -c user.email=test@example.com commit -qm old";
        done(&project.shell(commit, &[])?)?;
        project.copy("access/new")?;
        fs::write(project.0.join("access/tests.yaml"), TESTS_FILE)?;
        Ok(project)
    }

    fn copy(&self, from: &str) -> Result<(), Failed> {
        fs::create_dir_all(self.0.join("access"))?;
        for file in ["gate.yaml", "risk.yaml"] {
            fs::copy(Path::new(from).join(file), self.0.join("access").join(file))?;
        }
        Ok(())
    }

    /// As GitHub and GitLab run a step: errors end it.
    fn shell(&self, script: &str, variables: &[(&str, &str)]) -> Result<Output, Failed> {
        let path = format!(
            "{}:{}",
            self.0.join("bin").display(),
            std::env::var("PATH")?
        );
        let mut shell = Command::new("bash");
        shell
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
            .current_dir(&self.0)
            .env("PATH", path);
        Ok(shell.envs(variables.iter().copied()).output()?)
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
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

fn github() -> Result<(), Failed> {
    let action = read("../.ci/github/action.yml")?;
    let project = Project::new("github")?;
    let (summary, outputs) = (project.0.join("summary"), project.0.join("outputs"));
    let files = [
        ("GITHUB_STEP_SUMMARY", summary.display().to_string()),
        ("GITHUB_OUTPUT", outputs.display().to_string()),
    ];
    let run = |name: &str, inputs: &[(&str, &str)]| -> Result<Output, Failed> {
        let (script, mut variables) = step(&action, name, inputs)?;
        variables.extend(files.iter().map(|(name, value)| (*name, value.as_str())));
        project.shell(script, &variables)
    };
    done(&run(
        "check",
        &[("paths", "access/gate.yaml access/risk.yaml")],
    )?)?;
    done(&run("test", &[("paths", "access")])?)?;
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
    fs::write(project.0.join("access/risk.yaml"), "kind: 7\n")?;
    let broken = run("check", &[("paths", "access")])?;
    status(&broken, 1)?;
    if String::from_utf8_lossy(&broken.stdout).contains("::error file=access/risk.yaml,line=1,") {
        Ok(())
    } else {
        Err(format!("{broken:#?}").into())
    }
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
    let run = |job: &str| -> Result<Output, Failed> {
        let lines: Vec<&str> = template[job]["script"]
            .as_array()
            .ok_or("no script")?
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let variables = [
            ("MODELGATE_PATHS", "access"),
            ("MODELGATE_CHANGED", "access"),
            ("CI_MERGE_REQUEST_DIFF_BASE_SHA", "HEAD"),
        ];
        project.shell(&lines.join("\n"), &variables)
    };
    done(&run("modelgate")?)?;
    let report: Value = serde_json::from_str(&fs::read_to_string(
        project.0.join("gl-code-quality-report.json"),
    )?)?;
    status(&run("modelgate-diff")?, 1)?;
    let told = fs::read_to_string(project.0.join("modelgate.md"))?;
    if report.is_array()
        && told.contains("### Newly allowed")
        && template["modelgate-diff"]["allow_failure"]["exit_codes"][0] == 1
    {
        Ok(())
    } else {
        Err(told.into())
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
        project.shell(
            &format!("{} {arguments}", hook["entry"].as_str().unwrap_or_default()),
            &[],
        )
    };
    done(&run("modelgate-check", "access")?)?;
    done(&run("modelgate-test", "access")?)?;
    fs::write(
        project.0.join("access/tests.yaml"),
        TESTS_FILE.replace("kind: AccessTest", "kind:   'AccessTest'"),
    )?;
    done(&run("modelgate-fmt", "access/gate.yaml access/tests.yaml")?)?;
    let written = fs::read_to_string(project.0.join("access/tests.yaml"))?;
    if written.contains("\nkind: AccessTest\n") {
        Ok(())
    } else {
        Err(written.into())
    }
}
