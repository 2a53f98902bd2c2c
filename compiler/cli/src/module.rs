//! Which filter module the Istio resources name, pinned by its SHA-256.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use compiler::istio::Module;
use policies::digest;

/// Where proxies look for the module unless they are told otherwise.
pub const DEFAULT_URL: &str = "file:///etc/modelgate/modelgate.wasm";

/// First bytes of every WebAssembly module.
const MAGIC: &[u8] = b"\0asm";

/// The filter module.
#[derive(Debug, Clone, Args)]
pub struct ModuleArguments {
    /// The filter module, for its SHA-256; the `modelgate.wasm` beside this program unless given
    #[arg(long, value_name = "FILE")]
    pub wasm: Option<PathBuf>,
    /// Where proxies load the module from: `oci://`, `https://` or `file://`
    #[arg(long, value_name = "URL", default_value = DEFAULT_URL)]
    pub module_url: String,
}

impl ModuleArguments {
    /// The module with its digest.
    ///
    /// # Errors
    /// When there is no module, or the address cannot be one.
    pub fn module(&self) -> Result<Module> {
        let clean = self.module_url.bytes().all(|byte| byte.is_ascii_graphic());
        if !clean
            || !["oci://", "https://", "file://"]
                .iter()
                .any(|scheme| self.module_url.starts_with(scheme))
        {
            bail!("`--module-url` begins with `oci://`, `https://` or `file://`");
        }
        let file = self.file()?;
        let bytes = fs::read(&file).with_context(|| format!("cannot read `{}`", file.display()))?;
        if !bytes.starts_with(MAGIC) {
            bail!("`{}` is no WebAssembly module", file.display());
        }
        let digest = digest::of(&bytes);
        let sha256 = digest.strip_prefix("sha256:").unwrap_or(&digest).to_owned();
        Ok(Module {
            url: self.module_url.clone(),
            sha256,
        })
    }

    /// The module's absolute path.
    ///
    /// # Errors
    /// When it is neither given nor beside the program.
    pub fn file(&self) -> Result<PathBuf> {
        let found = self
            .wasm
            .clone()
            .or_else(beside)
            .context("no filter module: say `--wasm FILE`")?;
        std::path::absolute(&found).with_context(|| format!("cannot find `{}`", found.display()))
    }
}

fn beside() -> Option<PathBuf> {
    let module = std::env::current_exe()
        .ok()?
        .with_file_name("modelgate.wasm");
    Path::is_file(&module).then_some(module)
}
