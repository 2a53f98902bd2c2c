//! The lines of every profile as cases: `tests/cases/endpoints`, one file a protocol, one line an endpoint. Each line gives rise to a
//! request that a keeper may make, the same by a visitor who may only see how the animals are, and other spellings of it.

use std::fs;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Case, Subject, folder};

/// In front of the paths of deployments at the gateway.
const DEPLOYMENT: &str = "/seldon/zoo/zoo-seldon";
/// What stands between the parts of a form.
const BOUNDARY: &str = "a-boundary";

/// One file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// name of the protocol, and of its host in the zoo
    api: String,
    /// `METHOD PATH ACTION MODEL`, and what the body is where it names the model
    endpoints: Vec<String>,
}

#[derive(Debug)]
struct Line<'a> {
    api: &'a str,
    method: &'a str,
    path: &'a str,
    action: &'a str,
    model: &'a str,
    body: Body<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Body<'a> {
    Any,
    Json,
    Requests,
    Form,
    Lines,
    Grpc(&'a str),
}

/// A subject for each file.
///
/// # Errors
/// A file or line cannot be read.
pub(super) fn subjects() -> Result<Vec<Subject>> {
    let mut subjects = Vec::new();
    for entry in fs::read_dir(folder().join("endpoints"))? {
        let path = entry?.path();
        let place = || path.display().to_string();
        let text = fs::read_to_string(&path).with_context(place)?;
        let file: File = serde_saphyr::from_str(&text).with_context(place)?;
        let lines = file.endpoints.iter().map(|line| {
            let line = Line::read(&file.api, line).with_context(|| format!("`{line}`"))?;
            line.cases()
        });
        let cases: Vec<Vec<Case>> = lines.collect::<Result<_>>().with_context(place)?;
        subjects.push(Subject {
            name: format!("endpoints-{}", file.api),
            about: format!("the lines of the profile `{}`", file.api),
            cases: cases.into_iter().flatten().collect(),
        });
    }
    subjects.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(subjects)
}

impl<'a> Line<'a> {
    fn read(api: &'a str, line: &'a str) -> Result<Self> {
        let mut words = line.splitn(6, ' ');
        let mut word = || words.next().context("a word is missing");
        let (method, path, action, model) = (word()?, word()?, word()?, word()?);
        let (kind, rest) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        let body = match kind {
            "" => Body::Any,
            "json" => Body::Json,
            "requests" => Body::Requests,
            "form" => Body::Form,
            "lines" => Body::Lines,
            "grpc" => Body::Grpc(rest),
            other => bail!("`{other}` is no kind of body"),
        };
        Ok(Self {
            api,
            method,
            path,
            action,
            model,
            body,
        })
    }

    fn cases(&self) -> Result<Vec<Case>> {
        let event = json!({ "action": self.action, "model": self.model, "protocol": self.api });
        let allowed =
            json!({ "verdict": "allow", "status": 200, "reason": "allowed", "event": event });
        let allowed = match self.shown() {
            Some(shown) => with(allowed, "shown", shown),
            None => allowed,
        };
        let refused = |status: u16, reason: &str| json!({ "verdict": "deny", "status": status, "reason": reason });
        let visitor = if self.action == "health" {
            allowed.clone()
        } else {
            refused(403, "not_permitted")
        };
        let mut cases = vec![
            self.case("", "kim", self.path, self.method, &allowed, true)?,
            self.case(
                " by a visitor",
                "vic",
                self.path,
                self.method,
                &visitor,
                true,
            )?,
        ];
        cases.extend(self.other_spellings()?);
        Ok(cases)
    }

    /// Requests that no line of the profile fits, natively alone.
    fn other_spellings(&self) -> Result<Vec<Case>> {
        let mut cases = Vec::new();
        let unknown = json!({ "verdict": "deny", "status": 403, "reason": "path_unknown" });
        cases.push(self.case(
            " by another method",
            "kim",
            self.path,
            "PATCH",
            &unknown,
            false,
        )?);
        let (_, last) = self.path.rsplit_once('/').unwrap_or_default();
        let whole = self.path.contains("/models/") && last == self.model;
        if !last.is_empty() && !whole {
            let path = format!("{}/", self.path);
            cases.push(self.case(" with a slash", "kim", &path, self.method, &unknown, false)?);
        }
        let capitals = self.path.to_ascii_uppercase();
        // any word is an API of BentoML's
        if capitals != self.path && self.api != "bentoml" {
            cases.push(self.case(
                " in capitals",
                "kim",
                &capitals,
                self.method,
                &unknown,
                false,
            )?);
        }
        Ok(cases)
    }

    /// What is left of an answer without a list, where the endpoint lists.
    fn shown(&self) -> Option<&'static str> {
        let lists = self.action == "list";
        let empty = if self.path.ends_with("/index") {
            "[]"
        } else {
            "{}"
        };
        lists.then_some(empty)
    }

    fn case(
        &self,
        variant: &str,
        who: &str,
        path: &str,
        method: &str,
        expect: &Value,
        in_envoy: bool,
    ) -> Result<Case> {
        let calls = matches!(self.body, Body::Grpc(_));
        let prefix = if self.api == "seldon" && !calls {
            DEPLOYMENT
        } else {
            ""
        };
        let mut request = json!({
            "method": method,
            "host": format!("{}.zoo.example.com", self.api),
            "path": format!("{prefix}{path}"),
        });
        self.put_body(&mut request);
        if self.shown().is_some() {
            let kind = [["content-type", "application/json"]];
            request["answer"] = json!({ "headers": kind, "body": "{}" });
        }
        let places = if in_envoy {
            vec!["native", "envoy"]
        } else {
            vec!["native"]
        };
        let name = format!("{} {}{variant}", self.method, self.kind_and_path());
        let case = json!({ "name": name, "who": who, "request": request, "expect": expect, "where": places });
        Ok(serde_json::from_value(case)?)
    }

    fn kind_and_path(&self) -> String {
        match self.body {
            Body::Form => format!("{} as a form", self.path),
            _ => self.path.to_owned(),
        }
    }

    fn put_body(&self, request: &mut Value) {
        let model = self.model;
        let named = json!({ "model": model }).to_string();
        let multipart = format!("multipart/form-data; boundary={BOUNDARY}");
        let part = |disposition: &str, text: &str| {
            format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{text}\r\n"
            )
        };
        let form = |parts: &[String]| format!("{}--{BOUNDARY}--\r\n", parts.concat());
        let file = part("name=\"file\"; filename=\"a.bin\"", "a sound");
        let lines = format!("{{\"body\":{named}}}\n{{\"body\":{named}}}\n");
        let (kind, body) = match self.body {
            Body::Any if self.method == "GET" => {
                request["bodiless"] = json!(true);
                return;
            }
            Body::Any => ("application/json".to_owned(), json!("{}")),
            Body::Json => ("application/json".to_owned(), json!(named)),
            Body::Requests => {
                let requests =
                    format!("{{\"requests\":[{{\"params\":{named}}},{{\"params\":{named}}}]}}");
                ("application/json".to_owned(), json!(requests))
            }
            Body::Form => (
                multipart,
                json!(form(&[file, part("name=\"model\"", model)])),
            ),
            Body::Lines => {
                let file = part("name=\"file\"; filename=\"a.jsonl\"", &lines);
                (
                    multipart,
                    json!(form(&[part("name=\"purpose\"", "batch"), file])),
                )
            }
            Body::Grpc(message) => {
                request["http"] = json!(2);
                ("application/grpc".to_owned(), json!({ "grpc": message }))
            }
        };
        let mut headers = vec![json!(["content-type", kind])];
        if self.api == "seldon" && matches!(self.body, Body::Grpc(_)) {
            headers.extend([json!(["seldon", "zoo-seldon"]), json!(["namespace", "zoo"])]);
        }
        request["headers"] = json!(headers);
        request["body"] = body;
    }
}

fn with(mut object: Value, name: &str, value: &str) -> Value {
    object[name] = json!(value);
    object
}
