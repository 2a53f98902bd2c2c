//! Requests that have to do with what policies say: every line of a protocol, about models that are named and others; callers made of
//! the names and claims in the policies, and of their neighbours.

use policies::bundle::Api;
use policies::profile::{Endpoint, Source};
use policies::scan::protobuf::Field;
use serde_json::{Value, json};

/// A small generator; the same numbers in every run.
#[derive(Debug)]
pub struct Numbers(pub u64);

impl Numbers {
    /// One of these.
    pub fn choose<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let high = usize::try_from(self.0 >> 33).unwrap_or_default();
        &of[high % of.len()]
    }
}

/// What callers are made of.
#[derive(Debug, Default)]
pub struct Words {
    peers: Vec<Option<String>>,
    issuers: Vec<String>,
    subjects: Vec<String>,
    audiences: Vec<String>,
    claims: Vec<(Vec<String>, Vec<Value>)>,
}

impl Words {
    /// Of these resources.
    #[must_use]
    pub fn of(resources: &[Value]) -> Self {
        let mut words = Self {
            peers: [
                None,
                Some("cluster.local/ns/payments/sa/checkout"),
                Some("cluster.local/ns/payments/sa/refunds"),
                Some("cluster.local/ns/fraud/sa/batch"),
                Some("cluster.local/ns/lab/sa/notebook"),
                Some("cluster.local/ns/payments/sa/other"),
                Some("other.domain/ns/payments/sa/checkout"),
            ]
            .map(|peer| peer.map(str::to_owned))
            .to_vec(),
            issuers: vec!["https://unknown.example.com".into()],
            subjects: ["ann", "bob", "eve"].map(str::to_owned).to_vec(),
            audiences: vec!["elsewhere".into()],
            claims: Vec::new(),
        };
        for resource in resources {
            let rules = resource["spec"]["jwtRules"]
                .as_array()
                .into_iter()
                .flatten();
            let issuers = rules
                .filter_map(|rule| rule["issuer"].as_str())
                .map(str::to_owned);
            let rules = resource["spec"]["jwtRules"].as_array();
            let rules = rules.into_iter().flatten();
            let given = rules.filter_map(|rule| rule["audiences"].as_array());
            let given = given.flatten().filter_map(Value::as_str);
            let thrice = given.flat_map(|audience| [audience; 3]);
            words.audiences.extend(thrice.map(str::to_owned));
            // mostly those that are known
            words
                .issuers
                .extend(issuers.flat_map(|issuer| [issuer.clone(), issuer]));
            let rules = resource["spec"]["rules"].as_array().into_iter().flatten();
            rules
                .flat_map(|rule| rule["when"].as_array().into_iter().flatten())
                .for_each(|when| words.add(when));
        }
        words
    }

    fn add(&mut self, when: &Value) {
        let key = when["key"].as_str().unwrap_or_default();
        let Some(steps) = key
            .strip_prefix("request.auth.claims[")
            .and_then(|rest| rest.strip_suffix(']'))
        else {
            return;
        };
        let steps: Vec<String> = steps.split("][").map(str::to_owned).collect();
        let given = ["values", "notValues"]
            .into_iter()
            .filter_map(|name| when[name].as_array())
            .flatten();
        let names = given
            .filter_map(Value::as_str)
            .map(|name| name.replace('*', "x"));
        let is_words = steps == ["scope"];
        let forms = names.flat_map(|name| match is_words {
            true => vec![json!(name), json!(format!("openid {name}")), json!([name])],
            false => vec![json!(name), json!([name]), json!(["others", name])],
        });
        let mut values: Vec<Value> = forms.chain([json!("others"), Value::Null]).collect();
        match self.claims.iter_mut().find(|(known, _)| *known == steps) {
            Some((_, known)) => known.append(&mut values),
            None => self.claims.push((steps, values)),
        }
    }

    /// The connection's peer, and the claims of a token.
    #[must_use]
    pub fn caller(&self, numbers: &mut Numbers) -> (Option<String>, Option<Value>) {
        let peer = numbers.choose(&self.peers).clone();
        if *numbers.choose(&[true, false, false]) {
            return (peer, None);
        }
        let mut token = json!({
            "iss": numbers.choose(&self.issuers), "aud": numbers.choose(&self.audiences), "sub": numbers.choose(&self.subjects),
            "email_verified": true, "iat": 1_767_614_300, "exp": 1_767_614_700,
        });
        for (steps, values) in &self.claims {
            let value = numbers.choose(values);
            if value.is_null() {
                continue;
            }
            let mut place = &mut token;
            for step in steps {
                place = &mut place[step.as_str()];
            }
            // a user has one name
            let single = steps.last().is_some_and(|last| last == "email");
            let first = value.as_array().map_or(value, |all| &all[0]);
            *place = if single { first.clone() } else { value.clone() };
        }
        (peer, Some(token))
    }
}

/// Every line of the protocol with a model's name: method, path, content type, body.
#[must_use]
pub fn lines(api: Api, model: &str) -> Vec<(String, String, &'static str, Vec<u8>)> {
    let all = api.profile().tables.iter().copied().flatten();
    let free = all.filter(|line| {
        !matches!(
            line.model,
            Source::Form(_) | Source::PathAndForm | Source::ServerAndBody
        )
    });
    free.map(|line| {
        let path = line
            .path
            .replace("{model}", model)
            .replace("{model+}", model);
        let path = path.replace("{version}", "1").replace("{any}", "some");
        let (kind, body) = body(line, model);
        (line.method.to_owned(), path, kind, body)
    })
    .collect()
}

fn body(line: &Endpoint, model: &str) -> (&'static str, Vec<u8>) {
    if !line.grpc {
        return (
            "application/json",
            json!({ "model": model }).to_string().into_bytes(),
        );
    }
    let mut message = model.as_bytes().to_vec();
    if let Source::Message(fields) | Source::Messages(fields) = line.model {
        for field in fields.path.iter().rev() {
            let (Field::One(number) | Field::Each(number)) = field;
            let head = [
                u8::try_from(number << 3 | 2).unwrap_or_default(),
                u8::try_from(message.len()).unwrap_or_default(),
            ];
            message = [&head[..], &message].concat();
        }
    } else {
        message.clear();
    }
    let length = u32::try_from(message.len()).unwrap_or_default();
    (
        "application/grpc",
        [&[0][..], &length.to_be_bytes(), &message].concat(),
    )
}
