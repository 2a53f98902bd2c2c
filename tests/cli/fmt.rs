//! `fmt`: nothing that a file means changes, no comment is lost, and what is formatted stays as it is; for every file of the
//! repository, and for files written at random.

use std::fs;
use std::path::{Path, PathBuf};

use cli::Exit;
use compiler::format::format;
use compiler::source::Source;
use libtest_mimic::Failed;
use serde_json::{Map, Value};
use tests::mutation::Dice;

use super::Test;
use super::schema::{FOLDERS, as_an_editor, files};
use super::session::{expect, run};

/// These tests.
pub const TESTS: &[Test] = &[
    ("fmt: files, lists, differences and refusals", command),
    (
        "fmt: what is written, where something cannot be",
        unwritable,
    ),
    (
        "fmt: a file stays whose it is, and as it may be used",
        owned,
    ),
    ("fmt: the examples are in their form", examples),
    ("fmt: every file here means the same afterwards", corpus),
    (
        "fmt: files written at random mean the same afterwards",
        random,
    ),
];

const UGLY: &str = "kind: 'ModelAccess'   # rules\napiVersion: modelgate.dev/v1alpha1\nmetadata: {name: a,namespace: fraud}\nspec:\n    \
    allow:\n    - who: {groups: [\"a\"]}\n    models:\n    - {api: seldon, name: detector}\n";
const NICE: &str = "apiVersion: modelgate.dev/v1alpha1\nkind: ModelAccess # rules\nmetadata: { namespace: fraud, name: a }\nspec:\n  models:\n    \
    - { name: detector, api: seldon }\n  allow:\n    - who: { groups: [a] }\n";

fn command() -> Result<(), Failed> {
    let folder = std::env::temp_dir().join(format!("modelgate-fmt-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let held = in_folder(&folder);
    fs::remove_dir_all(&folder)?;
    held
}

fn in_folder(folder: &Path) -> Result<(), Failed> {
    let file = folder.join("a.yaml");
    fs::write(&file, UGLY)?;
    let name = file.display().to_string();
    let check = run(&format!("fmt --check {name}"), b"");
    expect(
        check.exit == Exit::Problems && check.output == format!("{name}\n"),
        &check,
    )?;
    let json = run(&format!("fmt --check -o json {name}"), b"");
    expect(
        json.exit == Exit::Problems
            && serde_json::from_str::<Value>(&json.output)?["changed"][0] == name.as_str(),
        &json,
    )?;
    let diff = run(&format!("fmt --diff {name}"), b"");
    let shown = diff.output.contains("+kind: ModelAccess # rules\n")
        && diff.output.contains("-kind: 'ModelAccess'   # rules\n");
    expect(
        diff.exit == Exit::Problems && shown && !diff.output.contains('\u{1b}'),
        &diff,
    )?;
    let colored = run(&format!("--color always fmt --diff {name}"), b"");
    expect(colored.output.contains("\u{1b}[1;32m+kind"), &colored)?;
    if fs::read_to_string(&file)? != UGLY {
        return Err("looking wrote".into());
    }
    let written = run(&format!("fmt {name}"), b"");
    expect(
        written.exit == Exit::Clean && written.output == format!("{name}\n"),
        &written,
    )?;
    if fs::read_to_string(&file)? != NICE || fs::read_dir(folder)?.count() != 1 {
        return Err(fs::read_to_string(&file)?.into());
    }
    let again = run(&format!("fmt --check {name}"), b"");
    expect(again.exit == Exit::Clean && again.output.is_empty(), &again)?;
    let piped = run("fmt -", UGLY.as_bytes());
    expect(piped.exit == Exit::Clean && piped.output == NICE, &piped)?;
    let refused = run("fmt -", b"a: 1\nb: !!str 2\n");
    expect(
        refused.exit == Exit::Problems
            && refused.output.is_empty()
            && refused.errors.contains("<stdin>:2:"),
        &refused,
    )?;
    let missing = run("fmt nowhere", b"");
    expect(missing.exit == Exit::CannotRun, &missing)
}

/// A name that is as long as names can be leaves no room for the file that is written first.
fn unwritable() -> Result<(), Failed> {
    let folder = std::env::temp_dir().join(format!("modelgate-fmt-some-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let long = format!("{}.yaml", "b".repeat(250));
    let path = |name: &str| folder.join(name).display().to_string();
    for name in ["a.yaml", long.as_str(), "c.yaml"] {
        fs::write(folder.join(name), UGLY)?;
    }
    let session = run(&format!("fmt {}", folder.display()), b"");
    let left = fs::read_to_string(folder.join(&long))?;
    let json = run(&format!("fmt -o json {}", folder.display()), b"");
    fs::remove_dir_all(&folder)?;
    expect(
        session.exit == Exit::CannotRun
            && session.output == format!("{}\n{}\n", path("a.yaml"), path("c.yaml"))
            && session
                .errors
                .contains(&format!("cannot write `{}`", path(&long)))
            && session
                .errors
                .contains("1 file could not be written, and is as it was")
            && left == UGLY,
        &session,
    )?;
    let answer: Value = serde_json::from_str(&json.output)?;
    expect(
        json.exit == Exit::CannotRun && answer["notWritten"][0] == path(&long).as_str(),
        &json,
    )
}

fn owned() -> Result<(), Failed> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    let folder = std::env::temp_dir().join(format!("modelgate-owned-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let file = folder.join("a.yaml");
    fs::write(&file, UGLY)?;
    let format = || run(&format!("fmt {}", folder.display()), b"");
    let mode = |mode| fs::set_permissions(&file, fs::Permissions::from_mode(mode));
    mode(0o444)?;
    let (refused, kept) = (format(), fs::read_to_string(&file)?);
    mode(0o640)?;
    // whoever runs this may not be root, who alone gives files away
    let given = chown(&file, Some(12_345), Some(54_321)).is_ok();
    let (written, now, after) = (format(), fs::read_to_string(&file)?, fs::metadata(&file)?);
    fs::remove_dir_all(&folder)?;
    expect(
        refused.exit == Exit::CannotRun
            && refused.errors.contains("it is read-only")
            && kept == UGLY,
        &refused,
    )?;
    expect(written.exit == Exit::Clean && now == NICE, &written)?;
    let owner = (after.uid(), after.gid());
    if after.mode() & 0o777 == 0o640 && (!given || owner == (12_345, 54_321)) {
        return Ok(());
    }
    Err(format!("{owner:?} {:o}", after.mode()).into())
}

fn examples() -> Result<(), Failed> {
    let session = run(
        "fmt --check ../examples/platform/gate.yaml ../examples/platform/fraud ../examples/platform/risk ../examples/platform/assistant",
        b"",
    );
    expect(
        session.exit == Exit::Clean && session.output.is_empty(),
        &session,
    )
}

fn corpus() -> Result<(), Failed> {
    let mut formatted = 0;
    let all: Vec<PathBuf> = FOLDERS
        .iter()
        .flat_map(|folder| files(Path::new(folder)))
        .collect();
    for path in &all {
        let text = String::from_utf8_lossy(&fs::read(path)?).into_owned();
        if holds(&text).map_err(|failed| {
            format!(
                "{}: {}",
                path.display(),
                failed.message().unwrap_or_default()
            )
        })? {
            formatted += 1;
        }
    }
    if formatted * 10 < all.len() * 8 {
        return Err(format!("only {formatted} of {} were formatted", all.len()).into());
    }
    Ok(())
}

fn formatted(text: &str) -> Option<String> {
    format(&Source {
        name: "a.yaml".into(),
        bytes: text.as_bytes().to_vec(),
    })
    .ok()
}

/// Whether it was formatted at all; then it must be right, as a YAML library sees it that knows nothing of ours.
fn holds(text: &str) -> Result<bool, Failed> {
    let Some(once) = formatted(text) else {
        return Ok(false);
    };
    let same = as_an_editor(text)? == as_an_editor(&once)?;
    let settled = formatted(&once).as_deref() == Some(once.as_str());
    let tidy = once.lines().all(|line| line.trim_end() == line) || text.contains(['|', '>']);
    if same && settled && tidy && codes(text) == codes(&once) {
        Ok(true)
    } else {
        Err(format!("same {same}, settled {settled}, tidy {tidy}\n{text}\n=====\n{once}").into())
    }
}

fn codes(text: &str) -> Vec<&'static str> {
    let (_, found) = compiler::load(&[Source {
        name: "a.yaml".into(),
        bytes: text.as_bytes().to_vec(),
    }]);
    let mut codes: Vec<&str> = found.iter().map(|problem| problem.code).collect();
    codes.sort_unstable();
    codes
}

fn random() -> Result<(), Failed> {
    let mut good = Vec::new();
    for path in FOLDERS.iter().flat_map(|folder| files(Path::new(folder))) {
        let documents = as_an_editor(&String::from_utf8_lossy(&fs::read(&path)?));
        good.extend(
            documents
                .unwrap_or_default()
                .into_iter()
                .filter(Value::is_object),
        );
    }
    let mut dice = Dice::new(7);
    let mut done = 0;
    for _ in 0..400 {
        let document = dice.pick(&good).clone();
        let mut writer = Writer {
            text: String::new(),
            dice: dice.clone(),
            comments: 0,
        };
        writer.lines(&document, 0);
        dice.below(7);
        if holds(&writer.text)? {
            let once = formatted(&writer.text).unwrap_or_default();
            let lost = (0..writer.comments)
                .find(|number| once.matches(&format!("# c{number}.")).count() != 1);
            if let Some(number) = lost {
                return Err(format!("comment {number}\n{}\n=====\n{once}", writer.text).into());
            }
            done += 1;
        }
    }
    if done < 320 {
        Err(format!("only {done} were formatted").into())
    } else {
        Ok(())
    }
}

/// Writes the same document in many ways.
struct Writer {
    text: String,
    dice: Dice,
    comments: usize,
}

impl Writer {
    fn lines(&mut self, value: &Value, indent: usize) {
        match value {
            Value::Object(fields) => self.fields(fields, indent),
            Value::Array(items) => items.iter().for_each(|item| {
                self.above(indent);
                self.text += &format!("{}-", " ".repeat(indent));
                self.value(item, indent);
            }),
            other => self.text += &format!("{}{other}\n", " ".repeat(indent)),
        }
        if self.dice.below(6) == 0 {
            self.comment(indent);
        }
    }

    fn fields(&mut self, fields: &Map<String, Value>, indent: usize) {
        let mut names: Vec<&String> = fields.keys().collect();
        let turn = self.dice.below(names.len().max(1));
        names.rotate_left(turn);
        for name in names {
            self.above(indent);
            let quoted = self.dice.below(3) == 0;
            let key = if quoted || !name.chars().all(char::is_alphanumeric) {
                Value::from(name.as_str()).to_string()
            } else {
                name.clone()
            };
            self.text += &format!("{}{key}:", " ".repeat(indent));
            self.value(&fields[name], indent);
        }
    }

    fn value(&mut self, value: &Value, indent: usize) {
        let filled = value.as_object().is_some_and(|fields| !fields.is_empty())
            || value.as_array().is_some_and(|items| !items.is_empty());
        if filled && self.dice.below(3) > 0 {
            self.right();
            let deeper = indent + 1 + self.dice.below(4);
            return self.lines(value, deeper);
        }
        match value.as_str() {
            Some(text)
                if self.dice.below(2) == 0
                    && !text.is_empty()
                    && text.chars().all(|c| c.is_ascii_alphanumeric())
                    && text != "null" =>
            {
                self.text += &format!(" '{text}'");
            }
            Some(text)
                if text.contains('\n')
                    && text.ends_with('\n')
                    && !text.starts_with([' ', '\n'])
                    && !text.ends_with("\n\n") =>
            {
                self.text.push_str(" |\n");
                for line in text.lines() {
                    self.text += &format!("{}{line}\n", " ".repeat(indent + 2));
                }
                return;
            }
            _ => self.text += &format!("{}{value}", " ".repeat(1 + self.dice.below(3))),
        }
        self.right();
    }

    fn above(&mut self, indent: usize) {
        if self.dice.below(8) == 0 {
            self.text.push('\n');
        }
        if self.dice.below(8) == 0 {
            let off = self.dice.below(3);
            self.comment(indent + off);
        }
    }

    fn comment(&mut self, indent: usize) {
        self.text += &format!("{}# c{}.\n", " ".repeat(indent), self.comments);
        self.comments += 1;
    }

    fn right(&mut self) {
        if self.dice.below(8) == 0 {
            self.text += &format!(" # c{}.", self.comments);
            self.comments += 1;
        }
        self.text.push('\n');
    }
}
