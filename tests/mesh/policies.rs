//! The resources under test: a folder of YAML, as the compiler prints it for the example.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::world::World;

/// A folder of emitted resources.
pub struct Policies {
    folder: PathBuf,
}

impl Policies {
    /// Compiles `sources` into `folder`, with the module taken from the file that `MODELGATE_WASM` names.
    pub fn compile(sources: &Path, folder: &Path) -> Result<Self> {
        let program =
            std::env::var_os("MODELGATE").context("`MODELGATE` must name the command line")?;
        let module =
            std::env::var("MODELGATE_WASM").context("`MODELGATE_WASM` must name the filter")?;
        let output = Command::new(program)
            .arg("compile")
            .arg(sources)
            .arg("--out")
            .arg(folder)
            .arg("--wasm")
            .arg(&module)
            .arg("--module-url")
            .arg(format!("file://{module}"))
            .stdin(Stdio::null())
            .output()?;
        ensure!(
            output.status.success(),
            "compile failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(Self {
            folder: folder.join("istio"),
        })
    }

    /// The files with Istio resources, sorted.
    pub fn files(&self) -> Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "yaml")
            {
                files.push(path);
            }
        }
        files.sort();
        ensure!(
            !files.is_empty(),
            "no resources in {}",
            self.folder.display()
        );
        Ok(files)
    }

    /// Applies them, unchanged.
    pub fn apply(&self, world: &World) -> Result<()> {
        world.kubectl.apply(&self.folder)
    }

    /// Lets istioctl validate each file, and analyse all together.
    pub fn accepted(&self, world: &World) -> Result<()> {
        let mut analyze = vec![
            "analyze".to_owned(),
            "--use-kube=false".to_owned(),
            "--all-namespaces".to_owned(),
            // not even a hint may come
            "--failure-threshold=Info".to_owned(),
        ];
        for file in self.files()? {
            let file = file
                .to_str()
                .context("a path that is not UTF-8")?
                .to_owned();
            istioctl(
                world,
                &["validate".to_owned(), "-f".to_owned(), file.clone()],
            )?;
            analyze.push(file);
        }
        istioctl(world, &analyze)
    }
}

fn istioctl(world: &World, arguments: &[String]) -> Result<()> {
    let output = Command::new(world.components.istio.join("istioctl"))
        .args(arguments)
        .output()?;
    let text = [output.stdout, output.stderr].concat();
    ensure!(
        output.status.success(),
        "istioctl {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&text)
    );
    Ok(())
}
