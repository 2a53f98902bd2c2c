//! Who sends what, and what must come back. The cases are the example's own `AccessTest`s, and those of `cases.yaml` that
//! only make sense in a mesh.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Map, Value};
use tests::http::{Request, Response};

use crate::access_tests;
use crate::proxy::Place;
use crate::world::{CHECKOUT, GATEWAY, REFUND, World};

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

    /// Sends the request and returns the answer, with the value of `x-case` that marks it at the backend.
    pub fn send(&self, world: &World) -> Result<(Response, String)> {
        static SENT: AtomicU32 = AtomicU32::new(0);
        let mark = SENT.fetch_add(1, Ordering::Relaxed).to_string();
        let mut request =
            Request::new(&self.method, &self.host, &self.path).header("x-case", &mark);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(token) = &self.token {
            request = request.bearer(&world.token(&token.issuer, &token.claims)?);
        }
        let address: SocketAddr = format!("{}:80", self.via.place().address).parse()?;
        Ok((request.body(self.body.as_str()).send(address)?, mark))
    }

    /// Sends the request; the answer and what reached the backends must be as expected.
    pub fn check(&self, world: &World) -> Result<()> {
        let (answer, mark) = self.send(world)?;
        let text = answer.text();
        ensure!(
            answer.status == self.status,
            "expected {}, got {} `{text}`",
            self.status,
            answer.status
        );
        let mut arrivals = Vec::new();
        for (service, backend) in &world.backends {
            arrivals.extend(
                backend
                    .arrived("x-case", &mark)
                    .into_iter()
                    .map(|arrival| (*service, arrival)),
            );
        }
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
    fn find(via: Via, service: &str, status: u16) -> Result<Self> {
        let fits =
            |case: &Self| case.via == via && case.service == service && case.status == status;
        let mut cases = Self::all()?.into_iter().filter(|case| case.token.is_some());
        cases
            .find(fits)
            .with_context(|| format!("no case for `{service}` with {status}"))
    }
}
