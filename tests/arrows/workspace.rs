//! A throw-away copy of the workspace, in which one thing at a time may be broken.
//!
//! The copy stands in the build folder and builds into it, so that dependencies are built once. Its crates have a version of
//! their own: cargo tells crates of one name and version apart by their place in the workspace alone, and would take what
//! was built of the copy for the real thing. What was planted is taken back at the end of a test, with the time of the
//! file, so that nothing is checked again without need.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

const VERSION: &str = concat!("version = \"", env!("CARGO_PKG_VERSION"), "\"");
const VERSION_OF_THE_COPY: &str = "version = \"0.0.0-copy\"";
const CRATES: [&str; 7] = [
    "policies", "scan", "filter", "compiler", "cli", "tests", "fuzz",
];
const NOT_COPIED: [&str; 4] = [".git", "target", "node_modules", "__pycache__"];

static COPY: LazyLock<Mutex<PathBuf>> = LazyLock::new(|| Mutex::new(copy_workspace()));

/// The copy, while a test has it for itself.
pub struct Workspace {
    root: MutexGuard<'static, PathBuf>,
    originals: Vec<Original>,
}

struct Original {
    file: PathBuf,
    text: String,
    modified: SystemTime,
}

/// What a step of `make check` said.
pub struct Outcome {
    pub passed: bool,
    pub output: String,
}

impl Workspace {
    /// Waits for the copy; nothing is planted in it.
    pub fn take() -> Self {
        let root = COPY.lock().unwrap_or_else(PoisonError::into_inner);
        let mut workspace = Self {
            root,
            originals: Vec::new(),
        };
        // a planted dependency is written into the lock file, too
        workspace.remember("Cargo.lock");
        workspace
    }

    /// Adds text at the end of a file.
    pub fn append(mut self, file: &str, text: &str) -> Self {
        let original = self.remember(file);
        self.write(file, &format!("{original}\n{text}\n"));
        self
    }

    /// Adds a line to the `[dependencies]` of a crate.
    pub fn depend(mut self, krate: &str, line: &str) -> Self {
        let manifest = format!("{krate}/Cargo.toml");
        let original = self.remember(&manifest);
        let changed =
            original.replacen("[dependencies]\n", &format!("[dependencies]\n{line}\n"), 1);
        assert_ne!(
            original, changed,
            "`{manifest}` has no dependencies to add to"
        );
        self.write(&manifest, &changed);
        self
    }

    /// Runs targets of the copy's Makefile.
    pub fn make(&self, targets: &[&str]) -> Outcome {
        let mut make = Command::new("make");
        make.args(targets)
            .current_dir(&*self.root)
            .env("CARGO_TARGET_DIR", build_folder());
        // the make around this test has flags and job slots of its own
        make.env_remove("MAKEFLAGS")
            .env_remove("MFLAGS")
            .env_remove("MAKELEVEL");
        let output = make.output().expect("make can be run");
        let said = [output.stdout, output.stderr].concat();
        Outcome {
            passed: output.status.success(),
            output: String::from_utf8_lossy(&said).into_owned(),
        }
    }

    /// The house rules that are broken in the copy.
    pub fn broken_rules(&self) -> String {
        tests::tidy::problems(&self.root)
            .expect("the copy can be read")
            .join("\n")
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.root.join(file), text).expect("the file can be written");
    }

    fn remember(&mut self, file: &str) -> String {
        let file = self.root.join(file);
        let text = fs::read_to_string(&file).expect("the file can be read");
        let modified = fs::metadata(&file)
            .and_then(|data| data.modified())
            .expect("the file has a time");
        self.originals.push(Original {
            file,
            text: text.clone(),
            modified,
        });
        text
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        for original in self.originals.iter().rev() {
            fs::write(&original.file, &original.text).expect("the file can be written");
            set_time(&original.file, original.modified);
        }
    }
}

impl Outcome {
    /// Asserts that the step failed, and that it gave the reason.
    #[track_caller]
    pub fn refuses(&self, message: &str) {
        assert!(
            !self.passed,
            "the step passed, and should have said `{message}`:\n{}",
            self.output
        );
        assert!(
            self.output.contains(message),
            "the step did not say `{message}`:\n{}",
            self.output
        );
    }
}

/// The folder that cargo builds into while this test runs.
fn build_folder() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("the folder for temporary files is in the build folder")
}

fn copy_workspace() -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("this crate is in the workspace");
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("arrows");
    if root.exists() {
        fs::remove_dir_all(&root).expect("the last copy can be removed");
    }
    copy_folder(source, &root);
    rename_version(&root);
    root
}

fn rename_version(root: &Path) {
    let manifest = root.join("Cargo.toml");
    let lock = root.join("Cargo.lock");
    replace(&manifest, VERSION, VERSION_OF_THE_COPY);
    for krate in CRATES {
        let named = format!("name = \"{krate}\"\n");
        let (old, new) = (named.clone() + VERSION, named + VERSION_OF_THE_COPY);
        replace(&lock, &old, &new);
    }
}

fn replace(file: &Path, old: &str, new: &str) {
    let text = fs::read_to_string(file).expect("the file can be read");
    assert_eq!(text.matches(old).count(), 1, "{}: `{old}`", file.display());
    fs::write(file, text.replace(old, new)).expect("the file can be written");
}

fn copy_folder(source: &Path, copy: &Path) {
    fs::create_dir_all(copy).expect("the folder can be made");
    for entry in fs::read_dir(source).expect("the folder can be listed") {
        let entry = entry.expect("the folder can be listed");
        let kind = entry.file_type().expect("the entry has a type");
        let copied = copy.join(entry.file_name());
        if NOT_COPIED.iter().any(|name| entry.file_name() == *name) || kind.is_symlink() {
            continue;
        }
        if kind.is_dir() {
            copy_folder(&entry.path(), &copied);
        } else {
            fs::copy(entry.path(), &copied).expect("the file can be copied");
            set_time(
                &copied,
                entry
                    .metadata()
                    .and_then(|data| data.modified())
                    .expect("the file has a time"),
            );
        }
    }
}

fn set_time(file: &Path, time: SystemTime) {
    let file = File::options()
        .write(true)
        .open(file)
        .expect("the file can be opened");
    file.set_modified(time).expect("the time can be set");
}
