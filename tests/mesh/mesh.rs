//! The mesh under test: the world, with the example's resources applied and enforced.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::cases::{Case, Via};
use crate::policies::Policies;
use crate::poll;
use crate::world::{MODELS, World};

/// Time for the first resources to reach every proxy: modules are loaded and key sets fetched.
const FIRST_ENFORCED: Duration = Duration::from_secs(60);

/// The files of the example that say what is allowed.
const FILES: [&str; 4] = [
    "gate.yaml",
    "fraud/access.yaml",
    "risk/access.yaml",
    "assistant/access.yaml",
];

/// A running mesh that enforces the example.
pub struct Mesh {
    /// The programs.
    pub world: World,
    /// The example's resources.
    pub policies: Policies,
}

impl Mesh {
    /// Starts the world, applies the compiled example and waits until every proxy enforces it.
    pub fn start() -> Result<Self> {
        let folder = std::env::var_os("MESH_FOLDER").context("start this by tests/mesh/run.sh")?;
        let folder = PathBuf::from(folder);
        let policies = Policies::compile(&example(), &folder.join("platform"))?;
        let world = World::start(&folder)?;
        policies.apply(&world)?;
        let mesh = Self { world, policies };
        mesh.wait_until_enforced()?;
        Ok(mesh)
    }

    /// The example with one text in one file replaced, compiled.
    pub fn changed(&self, file: &str, old: &str, new: &str) -> Result<Policies> {
        let sources = self.changed_sources(file, old, new)?;
        Policies::compile(&sources, &self.world.folder.join("changed"))
    }

    /// The sources of [`Mesh::changed`].
    pub fn changed_sources(&self, file: &str, old: &str, new: &str) -> Result<PathBuf> {
        let sources = self.world.folder.join("changed-sources");
        for name in FILES {
            let text = fs::read_to_string(example().join(name)).with_context(|| name.to_owned())?;
            ensure!(
                name != file || text.contains(old),
                "`{file}` has no `{old}`"
            );
            let text = if name == file {
                text.replace(old, new)
            } else {
                text
            };
            let copy = sources.join(name);
            fs::create_dir_all(copy.parent().context("a file in no folder")?)?;
            fs::write(copy, text)?;
        }
        Ok(sources)
    }

    /// Applies the example again and waits until it is enforced.
    pub fn restore(&self) -> Result<()> {
        self.policies.apply(&self.world)?;
        self.wait_until_enforced()
    }

    /// Polls until `case` is answered by `status`.
    pub fn wait_for(&self, case: &Case, status: u16, limit: Duration) -> Result<()> {
        let mut last = 0;
        poll::until(limit, || {
            last = case.send(&self.world)?.0.status;
            Ok((last == status).then_some(()))
        })
        .with_context(|| format!("`{}` got {last}, not {status}", case.name))
    }

    /// Waits until every proxy lets one case through and refuses another. The former is checked with its audit events: a
    /// connection that is older than the filter goes past it.
    pub fn wait_until_enforced(&self) -> Result<()> {
        for via in [Via::Gateway, Via::Refund] {
            for model in MODELS {
                let allowed = Case::allowed(via, model.name)?;
                self.wait_for(&allowed, 200, FIRST_ENFORCED)?;
                poll::until(FIRST_ENFORCED, || Ok(allowed.check(&self.world).ok()))?;
                self.wait_for(&Case::refused(via, model.name)?, 403, FIRST_ENFORCED)?;
            }
        }
        Ok(())
    }
}

/// The example that is compiled.
pub fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/platform")
}
