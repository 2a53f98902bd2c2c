//! Who sends what, and what must come back. The cases are the example's own `AccessTest`s, and those of `cases.yaml` that
//! only make sense in a mesh.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Map, Value};
use tests::http::{Request, Response};

use crate::access_tests;
use crate::audit;
use crate::proxy::Place;
use crate::world::{CHECKOUT, GATEWAY, MODELS, REFUND, World};

/// One request and its expected end.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// Where it enters.
    pub via: Via,
    /// The token; none means no token.
    #[serde(default)]
    pub token: Option<Token>,
    /// The method.
    pub method: String,
    /// The value of `host`.
    pub host: String,
    /// The request target.
    pub path: String,
    /// Further headers.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(default)]
    pub body: String,
    /// The expected status; with 200, exactly one backend gets the request, otherwise none.
    pub status: u16,
    /// The backend that gets it.
    #[serde(default)]
    pub service: String,
    /// The target that the backend sees.
    #[serde(default)]
    pub arrives_as: String,
    /// The reason in the audit event of the first proxy with the filter, unless the floor refuses before it.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Where a request enters the mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Via {
    /// At the ingress gateway, then on to the sidecar.
    Gateway,
    /// From the workload `checkout`, which the example names, straight to the model's sidecar.
    Checkout,
    /// From the workload `refund`, which nobody allows anything, straight to the model's sidecar.
    Refund,
}

/// A token of an issuer of the example.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Short name of the issuer.
    pub issuer: String,
    /// Claims beside `iss`, `sub`, `aud`, `iat` and `exp`, or in their place.
    pub claims: Map<String, Value>,
}

impl Via {
    /// The word in the names of tests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Checkout | Self::Refund => "sidecar",
        }
    }

    /// The proxy whose listener takes the request.
    pub fn place(self) -> Place {
        match self {
            Self::Gateway => GATEWAY,
            Self::Checkout => CHECKOUT,
            Self::Refund => REFUND,
        }
    }
}

impl Case {
    /// All cases.
    pub fn all() -> Result<Vec<Self>> {
        let mut cases = access_tests::cases()?;
        let own: Vec<Self> =
            serde_saphyr::from_str(include_str!("cases.yaml")).context("cases.yaml")?;
        cases.extend(own);
        Ok(cases)
    }

    /// The first case in which somebody with a token gets to `service` this way.
    pub fn allowed(via: Via, service: &str) -> Result<Self> {
        Self::find(via, service, 200)
    }

    /// The first case in which somebody's token is good, but not good enough for `service`.
    pub fn refused(via: Via, service: &str) -> Result<Self> {
        Self::find(via, service, 403)
    }

    /// The same with a chat of so many bytes, whose model comes last.
    pub fn with_a_body_of(mut self, length: usize) -> Self {
        let (front, back) = (
            r#"{"messages":[{"role":"user","content":""#,
            r#""}],"model":"assistant-small"}"#,
        );
        let text = "x".repeat(length.saturating_sub(front.len() + back.len()));
        self.body = format!("{front}{text}{back}");
        self
    }

    /// The request, with a trace of its own that marks it at the backends and in audit events.
    pub fn request(&self, world: &World) -> Result<(Request, String)> {
        static SENT: AtomicU32 = AtomicU32::new(1);
        let trace = format!("{:032x}", SENT.fetch_add(1, Ordering::Relaxed));
        let mut request = Request::new(&self.method, &self.host, &self.path);
        request = request.header("traceparent", traceparent(&trace));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(token) = &self.token {
            request = request.bearer(&world.token(&token.issuer, &token.claims)?);
        }
        Ok((request.body(self.body.as_str()), trace))
    }

    /// Sends the request where it enters and returns the answer, with its trace.
    pub fn send(&self, world: &World) -> Result<(Response, String)> {
        let (request, trace) = self.request(world)?;
        let address: SocketAddr = format!("{}:80", self.via.place().address).parse()?;
        Ok((request.send(address)?, trace))
    }

    /// Sends the request; the answer, what reached the backends and the audit events must be as expected.
    pub fn check(&self, world: &World) -> Result<()> {
        let (answer, trace) = self.send(world)?;
        let text = answer.text();
        ensure!(
            answer.status == self.status,
            "expected {}, got {} `{text}`",
            self.status,
            answer.status
        );
        self.check_arrivals(world, &trace)?;
        self.check_events(world, &trace)
    }

    fn check_arrivals(&self, world: &World, trace: &str) -> Result<()> {
        let arrivals = world.arrivals(trace);
        let expected = usize::from(self.status == 200);
        ensure!(
            arrivals.len() == expected,
            "{} requests reached a backend, not {expected}",
            arrivals.len()
        );
        for (service, arrival) in arrivals {
            ensure!(
                service == self.service,
                "`{service}` got it, not `{}`",
                self.service
            );
            ensure!(
                arrival.path == self.arrives_as,
                "it arrived as `{}`, not `{}`",
                arrival.path,
                self.arrives_as
            );
            ensure!(arrival.body == self.body.as_bytes(), "its body has changed");
        }
        Ok(())
    }

    /// The gateway decides first, then the sidecar; the client's own sidecar has no filter.
    fn check_events(&self, world: &World, trace: &str) -> Result<()> {
        let Some(reason) = &self.reason else {
            return Ok(());
        };
        let sidecar = MODELS.into_iter().find(|model| model.name == self.service);
        let sidecar = sidecar.with_context(|| format!("no service `{}`", self.service))?;
        if self.via == Via::Gateway {
            audit::expect(world, &GATEWAY, trace, reason)?;
        }
        if self.via != Via::Gateway || self.status == 200 {
            audit::expect(world, &sidecar, trace, reason)?;
        }
        Ok(())
    }

    fn find(via: Via, service: &str, status: u16) -> Result<Self> {
        let fits =
            |case: &Self| case.via == via && case.service == service && case.status == status;
        let mut cases = Self::all()?.into_iter().filter(|case| case.token.is_some());
        cases
            .find(fits)
            .with_context(|| format!("no case for `{service}` with {status}"))
    }
}

/// The header that carries a trace (W3C Trace Context).
pub fn traceparent(trace: &str) -> String {
    format!("00-{trace}-00000000000000a1-01")
}
