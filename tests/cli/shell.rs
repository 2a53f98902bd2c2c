//! A folder of its own, with `modelgate` on the PATH of its shell: this very program, as it runs by its name.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};

use libtest_mimic::Failed;

/// The folder; it goes away with the value.
pub struct Folder(pub PathBuf);

impl Folder {
    /// An empty one.
    pub fn new(name: &str) -> Result<Self, Failed> {
        let place = std::env::temp_dir().join(format!("modelgate-{name}-{}", std::process::id()));
        drop(fs::remove_dir_all(&place));
        let folder = Self(place);
        fs::create_dir_all(folder.0.join("work"))?;
        fs::create_dir_all(folder.0.join("bin"))?;
        let program = folder.0.join("bin/modelgate");
        let exe = std::env::current_exe()?;
        let script = format!(
            "#!/bin/sh\n{}=1 exec '{}' \"$@\"\n",
            super::AS_PROGRAM,
            exe.display()
        );
        fs::write(&program, script)?;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
        Ok(folder)
    }

    /// Where commands run.
    pub fn work(&self) -> PathBuf {
        self.0.join("work")
    }

    /// As CI runs a step: errors end it. Nothing of the machine's own settings of git is read.
    pub fn shell(&self, script: &str, variables: &[(&str, &str)]) -> Result<Output, Failed> {
        let path = format!(
            "{}:{}",
            self.0.join("bin").display(),
            std::env::var("PATH")?
        );
        let mut shell = Command::new("bash");
        shell
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
            .current_dir(self.work())
            .env("PATH", path)
            .env("HOME", &self.0)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null");
        for role in ["AUTHOR", "COMMITTER"] {
            shell
                .env(format!("GIT_{role}_NAME"), "test")
                .env(format!("GIT_{role}_EMAIL"), "test@example.com")
                .env(format!("GIT_{role}_DATE"), "2026-01-05T12:00:00Z");
        }
        Ok(shell.envs(variables.iter().copied()).output()?)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}
