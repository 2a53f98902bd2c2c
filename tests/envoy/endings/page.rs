//! The tables of `docs/endings.md`: one a protocol and body mode, a row an ending.

use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use policies::decision::Reason;
use tests::cases::fixture::Mode;
use tests::setup::project;

use super::{Ending, Model, Protocol, Reached};

const PAGE: &str = "docs/endings.md";
const SILENT: &str = "no answer";
const ABSENT: &str = "does not exist";

/// One table.
#[derive(Clone, Copy)]
pub struct Table {
    /// how the requests come
    pub protocol: Protocol,
    /// the body mode of the gate
    pub mode: Mode,
}

/// What one request came to.
pub struct Cell {
    /// status and gRPC status that the client got
    pub answer: (u16, Option<u16>),
    /// of the audit event
    pub reason: Reason,
    /// what the model server got
    pub reached: Reached,
    /// the verdict of the audit event
    pub allowed: bool,
    /// not even a head may reach the model server
    pub none_may: bool,
}

/// A cell of the page.
pub struct Said(String);

impl Said {
    /// No answer is due.
    pub fn is_silent(&self) -> bool {
        self.0.starts_with(SILENT)
    }
}

impl Cell {
    fn text(&self) -> String {
        let answer = match self.answer {
            (0, _) => SILENT.to_owned(),
            (_, Some(status)) => format!("gRPC {status}"),
            (status, None) => status.to_string(),
        };
        let reached = match self.reached {
            Reached::Whole => "whole",
            Reached::Part => "at most a part",
            Reached::Nothing => "nothing",
        };
        format!("{answer} / `{}` / {reached}", self.reason.code())
    }
}

impl Table {
    /// The heading.
    pub fn title(self) -> String {
        format!(
            "{}, body mode `{}`",
            self.protocol.title(),
            self.mode.name()
        )
    }

    /// For ids of requests.
    pub fn id(self) -> String {
        format!("endings-{}-{}", self.mode.name(), self.protocol.word())
    }

    /// What the page says.
    pub fn said(self, ending: Ending, model: Model) -> Option<Said> {
        let page = fs::read_to_string(path()).ok()?;
        let (_, rest) = page.split_once(&self.heading())?;
        let start = format!("| {} |", ending.title());
        let row = rest
            .lines()
            .skip(1)
            .take_while(|line| !line.starts_with('#'))
            .find(|line| line.starts_with(&start))?;
        let cell = row.split('|').nth(2 + model as usize)?;
        Some(Said(cell.trim().to_owned()))
    }

    /// Prints the table; it must be the page's.
    pub fn compare(self, rows: &[(Ending, Vec<Option<Cell>>)]) -> Result<()> {
        let text = self.text(rows);
        println!("\n{text}");
        if std::env::var_os("MODELGATE_UPDATE").is_some() {
            return self.write(&text);
        }
        let page = fs::read_to_string(path())?;
        let tables = page.matches("\n### ").count();
        let known = Protocol::ALL.len() * Mode::ALL.len();
        ensure!(tables == known, "{PAGE} has {tables} tables, not {known}");
        ensure!(
            page.contains(&text),
            "{PAGE} says something else than\n{text}"
        );
        Ok(())
    }

    fn heading(self) -> String {
        format!("### {}\n", self.title())
    }

    fn text(self, rows: &[(Ending, Vec<Option<Cell>>)]) -> String {
        let models = Model::ALL.map(Model::title).join(" | ");
        let mut text = format!(
            "{}\n| ending | {models} |\n|---|---|---|---|\n",
            self.heading()
        );
        for (ending, cells) in rows {
            let cell = |cell: &Option<Cell>| cell.as_ref().map_or(ABSENT.to_owned(), Cell::text);
            let cells: Vec<String> = cells.iter().map(cell).collect();
            text.push_str(&format!("| {} | {} |\n", ending.title(), cells.join(" | ")));
        }
        text
    }

    /// Puts the table in the place of the one with its heading.
    fn write(self, text: &str) -> Result<()> {
        static WRITING: Mutex<()> = Mutex::new(());
        let _alone = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
        let page = fs::read_to_string(path())?;
        let place = format!("{PAGE} has no heading `{}`", self.title());
        let (front, rest) = page.split_once(&self.heading()).context(place)?;
        let end = rest.find("\n#").map_or(rest.len(), |at| at);
        Ok(fs::write(path(), format!("{front}{text}{}", &rest[end..]))?)
    }
}

impl Protocol {
    const fn title(self) -> &'static str {
        match self {
            Self::Http1 => "HTTP/1.1",
            Self::Http2 => "HTTP/2",
            Self::Grpc => "gRPC, one message",
            Self::GrpcStream => "gRPC, a stream of messages",
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Http1 => "http1",
            Self::Http2 => "http2",
            Self::Grpc => "grpc",
            Self::GrpcStream => "grpc-stream",
        }
    }
}

impl Ending {
    /// The row's first cell.
    pub const fn title(self) -> &'static str {
        match self {
            Self::LastData => "last data",
            Self::EmptyData => "empty data",
            Self::Trailers => "trailers",
            Self::Never => "never",
            Self::Reset => "reset by the client",
            Self::Early => "early response",
            Self::Upgrade => "upgrade",
        }
    }

    /// As a case writes it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::LastData => "data",
            Self::EmptyData => "empty",
            Self::Trailers => "trailers",
            Self::Never | Self::Early | Self::Upgrade => "never",
            Self::Reset => "reset",
        }
    }
}

impl Model {
    /// The column's head.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Allowed => "model allowed",
            Self::Denied => "model denied",
            Self::NotNamed => "model not named",
        }
    }

    /// For ids of requests.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::NotNamed => "not-named",
        }
    }
}

fn path() -> PathBuf {
    project().join(PAGE)
}
