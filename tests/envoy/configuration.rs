//! What the filter refuses to be configured with: Envoy does not start with it, and keeps its last good policy when it comes
//! later.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use libtest_mimic::Trial;
use policies::decision::Reason;
use policies::digest;
use serde_json::{Value, json};
use tests::cases::Case;
use tests::cases::fixture::{Compiled, Mode, compile};
use tests::cases::message::Message;

use crate::audit;
use crate::backend::Backend;
use crate::client::send;
use crate::corpus::{GOOD, failed, now};
use tests::envoy::{Proxy, Setup, configuration, folder, stats};

/// Time from a new file to a new policy.
const TAKEN: Duration = Duration::from_secs(2);

/// What is done to the configuration: a JSON object with `bundle` (text), `digest` and `holdHeaders`.
type Change = fn(&mut Value) -> Result<()>;

const REFUSED: [(&str, &str, Change); 8] = [
    ("a bundle of another version", "has version 2", |config| {
        edit(config, |text| {
            text.replacen(r#""version":3"#, r#""version":2"#, 1)
        })
    }),
    ("a bundle that is cut", "digest", |config| {
        let text = text(config)?;
        config["bundle"] = json!(text[..text.len() / 2]);
        Ok(())
    }),
    (
        "a cut bundle with its own digest",
        "does not parse",
        |config| edit(config, |text| text[..text.len() / 2].to_owned()),
    ),
    ("a bundle that was edited", "digest", |config| {
        config["bundle"] = json!(text(config)?.replacen("contractors", "nobody", 1));
        Ok(())
    }),
    (
        "a bundle with an unknown field",
        "unknown field `extra`",
        |config| edit(config, |text| text.replacen('{', r#"{"extra":1,"#, 1)),
    ),
    (
        "rules with an unknown column",
        "unknown field `unless`",
        |config| {
            edit(config, |text| {
                text.replacen(r#""rules":{"#, r#""rules":{"unless":1,"#, 1)
            })
        },
    ),
    (
        "a configuration with an unknown field",
        "unknown field `extra`",
        |config| {
            config["extra"] = json!(1);
            Ok(())
        },
    ),
    ("an empty configuration", "missing field", |config| {
        *config = json!({});
        Ok(())
    }),
];

/// One trial for each bad configuration, and one for changes while Envoy runs.
pub fn trials() -> Vec<Trial> {
    let refused = REFUSED.into_iter().map(|(name, message, change)| {
        Trial::test(
            format!("configuration: {name} stops the start"),
            move || refuses(name, message, change).map_err(failed),
        )
    });
    let mut trials: Vec<Trial> = refused.collect();
    trials.push(Trial::test(
        "configuration: a bad change leaves the last good policy, a good one is taken",
        || changes().map_err(failed),
    ));
    trials
}

fn refuses(name: &str, message: &str, change: Change) -> Result<()> {
    let backend = Backend::start()?;
    let mut setup = Setup::new(Mode::Hold.compiled(), backend.address, backend.address)?;
    apply(configuration(setup.listener())?, change)?;
    let Err(error) = setup.start(&name.replace(' ', "-")) else {
        bail!("Envoy started");
    };
    let error = format!("{error:#}");
    ensure!(error.contains("ended with exit status: 1"), "{error}");
    ensure!(
        error.contains("modelgate refuses its configuration") && error.contains(message),
        "{error}"
    );
    Ok(())
}

fn apply(configuration: &mut Value, change: Change) -> Result<()> {
    let mut config: Value = serde_json::from_str(configuration.as_str().context("a text")?)?;
    let before = config.clone();
    change(&mut config)?;
    ensure!(config != before, "nothing was changed");
    *configuration = json!(config.to_string());
    Ok(())
}

fn text(config: &Value) -> Result<&str> {
    config["bundle"].as_str().context("the bundle is a text")
}

/// Changes the bundle and gives it the digest that it has now.
fn edit(config: &mut Value, change: impl Fn(&str) -> String) -> Result<()> {
    let text = change(text(config)?);
    config["digest"] = json!(digest::of(text.as_bytes()));
    config["bundle"] = json!(text);
    Ok(())
}

/// The listener comes from a file that Envoy watches.
fn changes() -> Result<()> {
    let backend = Backend::start()?;
    let mut setup = Setup::new(Mode::Hold.compiled(), backend.address, backend.address)?;
    let good = listen_to_file(&mut setup, "listener")?;
    let mut proxy = setup.start("changes")?;
    expect(&proxy, "changes-1", Reason::Allowed)?;

    let mut bad = good.clone();
    apply(configuration(&mut bad)?, |config| {
        edit(config, |text| {
            text.replacen(r#""version":3"#, r#""version":2"#, 1)
        })
    })?;
    serve(&bad, "listener")?;
    wait_for(&mut proxy, "update_rejected")?;
    expect(&proxy, "changes-2", Reason::Allowed)?;

    let other = compile(|gate| gate.replace("people/outsiders", "people/analysts"))?;
    serve(&listener_with(&good, &other, true)?, "listener")?;
    let address = proxy.address;
    let mut number = 2;
    proxy.wait_until(TAKEN, || {
        number += 1;
        good_case(&format!("changes-{number}"))
            .and_then(|message| send(address, &message, true))
            .is_ok_and(|answer| answer.status == 403)
    })?;
    expect(&proxy, "changes-last", Reason::DeniedByGuardrail)
}

/// Moves the setup's listener to a file of this name, which Envoy watches.
pub fn listen_to_file(setup: &mut Setup, name: &str) -> Result<Value> {
    let listener = setup.listener().clone();
    let file = folder()?.join(format!("{name}.listener"));
    setup.bootstrap["static_resources"]["listeners"] = json!([]);
    setup.bootstrap["dynamic_resources"] = json!({ "lds_config": { "path_config_source": { "path": file }, "resource_api_version": "V3" } });
    serve(&listener, name)?;
    Ok(listener)
}

/// The same with another policy.
pub fn listener_with(listener: &Value, compiled: &Compiled, hold: bool) -> Result<Value> {
    let mut listener = listener.clone();
    let config = compiler::envoy::plugin_config(&compiled.bundle, hold);
    *configuration(&mut listener)? = json!(serde_json::to_string(&config)?);
    Ok(listener)
}

/// Puts the listener in place in one go.
pub fn serve(listener: &Value, name: &str) -> Result<()> {
    let mut listener = listener.clone();
    listener["@type"] = json!("type.googleapis.com/envoy.config.listener.v3.Listener");
    let new = folder()?.join(format!("{name}.listener.new"));
    let file = folder()?.join(format!("{name}.listener"));
    fs::write(&new, json!({ "resources": [listener] }).to_string())?;
    Ok(fs::rename(new, file)?)
}

fn wait_for(proxy: &mut Proxy, counter: &str) -> Result<()> {
    let admin = proxy.admin;
    proxy.wait_until(Duration::from_secs(20), || {
        let stats = stats(admin, "listener_manager.lds");
        stats.is_ok_and(|stats| {
            stats
                .iter()
                .any(|(name, value)| name.ends_with(counter) && *value > 0)
        })
    })
}

fn expect(proxy: &Proxy, id: &str, reason: Reason) -> Result<()> {
    let answer = send(proxy.address, &good_case(id)?, true)?;
    let event = audit::wait_for(proxy, id)?;
    ensure!(event.reason == reason, "{answer:?} {event:?}");
    Ok(())
}

fn good_case(id: &str) -> Result<Message> {
    let case: Case = serde_saphyr::from_str(GOOD)?;
    Ok(Message::of(&case, now()?, id))
}
