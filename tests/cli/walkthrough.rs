//! The pages that are walked through: their files are written and their commands run, in a fresh folder each page, and what is printed
//! is what stands there.

use std::fs;

use libtest_mimic::Failed;

use super::Test;
use super::shell::Folder;

/// These tests.
pub const TESTS: &[Test] = &[(
    "walkthrough: each command prints what the page says",
    walked,
)];

const PAGE: &str = "../docs/walkthrough.md";
const FILE: &str = "```yaml ";
const COMMANDS: &str = "```console";
const END: &str = "```";

fn walked() -> Result<(), Failed> {
    let page = fs::read_to_string(PAGE)?;
    let folder = Folder::new("walkthrough")?;
    let mut written = String::new();
    let mut commands = 0;
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        written += &format!("{line}\n");
        let file = line.strip_prefix(FILE);
        if file.is_none() && line != COMMANDS {
            continue;
        }
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != END).collect();
        if let Some(name) = file {
            let path = folder.work().join(name);
            fs::create_dir_all(path.parent().ok_or("no folder")?)?;
            let text = block.join("\n") + "\n";
            fs::write(path, &text)?;
            written += &text;
        } else {
            for command in block.iter().filter_map(|line| line.strip_prefix("$ ")) {
                written += &format!("$ {command}\n{}", run(&folder, command)?);
                commands += 1;
            }
        }
        written += &format!("{END}\n");
    }
    if std::env::var_os("MODELGATE_UPDATE").is_some() {
        fs::write(PAGE, &written)?;
    }
    if fs::read_to_string(PAGE)? != written {
        return Err(format!("{PAGE} is not\n{written}").into());
    }
    if commands > 10 {
        Ok(())
    } else {
        Err(format!("{PAGE}: only {commands} commands are run").into())
    }
}

/// What a command prints: both streams in the order of a terminal that shows problems first, and its exit status unless it is 0.
fn run(folder: &Folder, command: &str) -> Result<String, Failed> {
    let output = folder.shell(command, &[])?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    let streams = [text(&output.stderr), text(&output.stdout)];
    let shown = streams.iter().filter(|text| !text.is_empty());
    let mut printed: String = shown.map(|text| format!("{text}\n")).collect();
    match output.status.code() {
        Some(0) => {}
        Some(status) => printed += &format!("[exit status {status}]\n"),
        None => return Err(format!("`{command}` was killed").into()),
    }
    Ok(printed)
}
