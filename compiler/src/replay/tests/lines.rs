//! Where events are in the lines of proxies and of collectors of logs, and where what clients wrote is none.

use std::collections::BTreeMap;

use super::*;

/// A line as Envoy and Istio write it, and with what was before it cut off.
#[test]
fn events_are_found_behind_the_words_of_a_proxy() {
    let (old, new) = (compiled(OLD), compiled(NEW));
    let event = outcomes(&old, &old.tests)[0].event.clone().unwrap();
    let event = event.to_line();
    let side = Side::new(&new.policy).unwrap();
    for (before, after) in [
        (
            "[2026-01-05 12:00:00.000][17][warning][wasm] [context.cc:1195] wasm log: ",
            "",
        ),
        (
            "2026-01-05T12:00:00.123456Z\twarning\tenvoy wasm context.cc:1198\twasm log istio-system.edge: ",
            "\tthread=24",
        ),
        (
            "[pod/edge-5d/istio-proxy] [2026-01-05][warning][wasm] wasm log edge edge vm: ",
            " {",
        ),
        ("modelgate: ", ""),
        ("edge-5d istio-proxy\n  ", "\n"),
    ] {
        let report = one(&side, None, &format!("{before}{event}{after}"));
        assert_eq!((report.found, report.events), (1, 1), "{before}");
    }
}

/// What collectors of logs make of a line.
#[test]
fn events_are_found_in_the_lines_of_others() {
    let (old, new) = (compiled(OLD), compiled(NEW));
    let event = outcomes(&old, &old.tests)[0].event.clone().unwrap();
    let line = event.to_line();
    let spaced = line.replacen("{\"kind\":", "{ \"a\": 1, \"kind\": ", 1);
    let text = |text: &str| serde_json::to_string(text).unwrap();
    let members: BTreeMap<String, serde_json::Value> = serde_json::from_str(&line).unwrap();
    let ordered = serde_json::to_string(&members).unwrap();
    assert_ne!(ordered, line);
    let [second, third] = ["b", "c"].map(|id| {
        let id = format!("\"requestId\":\"{id}\"");
        line.replace("\"requestId\":null", &id)
    });
    let side = Side::new(&new.policy).unwrap();
    let message = format!("wasm log modelgate: {line}");
    let istio = format!(
        "{{\"level\":\"warning\",\"scope\":\"envoy wasm\",\"msg\":{}}}",
        text(&message)
    );
    for (wrapped, count) in [
        (line.clone(), 1),
        (spaced.clone(), 1),
        (format!("  [ {spaced} ]"), 1),
        (istio.clone(), 1),
        (
            format!(
                "{{\"log\":{},\"stream\":\"stdout\"}}",
                text(&format!("{line}\n"))
            ),
            1,
        ),
        (format!("{{\"log\":{}}}", text(&istio)), 1),
        (format!("{{\"jsonPayload\":{spaced}}}"), 1),
        (format!("[{line},{{\"a\":{second}}}]"), 2),
        (format!("{line}{second} {third}"), 3),
        // the text and what was read of it
        (
            format!("{{\"log\":{},\"read\":{spaced}}}", text(&spaced)),
            1,
        ),
        (format!("{{\"log\":{},\"read\":{ordered}}}", text(&line)), 1),
        (format!("{line}{second} {line}"), 2),
    ] {
        let report = one(&side, None, &wrapped);
        assert_eq!((report.found, report.events), (count, count), "{wrapped}");
    }
}

#[test]
fn what_is_no_event_is_left_soon() {
    let (old, new) = (compiled(OLD), compiled(NEW));
    let event = outcomes(&old, &old.tests)[0].event.clone().unwrap();
    let line = event.to_line();
    let side = Side::new(&new.policy).unwrap();
    // one of two is broken off
    let report = one(&side, None, &format!("{line}{}", &line[..200]));
    assert_eq!((report.found, report.events, report.left()), (1, 2, 1));
    // what begins again and again is not read to its end each time
    for (often, given_up) in [(3, false), (120, true)] {
        let open = "{\"a\":\n".repeat(often);
        let found = found::events(format!("{open}{line},{}", "1,".repeat(9000)).as_bytes());
        assert_eq!(
            (found.events.is_empty(), found.left),
            (given_up, given_up.then_some(Why::Malformed))
        );
    }
    // nothing that is remembered is long
    let long = "x".repeat(1000);
    for field in ["risk.example.com", "\"churn-x\"", "\"edge\"", "corp"] {
        let quote = if field.starts_with('"') { "\"" } else { "" };
        let line = line.replace(field, &format!("{quote}{long}{quote}"));
        let report = one(&side, None, &line);
        let (why, _) = report.left.first_key_value().unwrap();
        assert_eq!(*why, Why::Foreign, "{field}");
    }
}

/// What a client can have written into lines that stand between those with events.
#[test]
fn what_clients_write_is_no_event() {
    let (old, new) = (compiled(OLD), compiled(NEW));
    let event = outcomes(&old, &old.tests)[0].event.clone().unwrap();
    let event = event.to_line();
    let side = Side::new(&new.policy).unwrap();
    let text = |text: &str| serde_json::to_string(text).unwrap();
    let says = format!("wasm log modelgate: {event}");
    for client in [&event, &says, &format!("{{\"log\":{event}}}")] {
        let raw =
            format!("[2026-01-05T12:00:00Z] \"GET /health HTTP/1.1\" 401 - \"{client}\" \"r\"");
        let object = format!("{{\"method\":\"GET\",\"user_agent\":{}}}", text(client));
        let spoken = format!(
            "[debug][http] request headers complete:\n':path', '/'\n'user-agent', '{client}'\n"
        );
        for line in [
            raw.clone(),
            object.clone(),
            spoken.clone(),
            format!("{{\"log\":{}}}", text(&raw)),
            format!("{{\"msg\":{}}}", text(&spoken)),
            format!("{{\"log\":{}}}", text(&object)),
            format!("[2026-01-05][warning][wasm] wasm log other: of a client: {client}"),
            format!("[2026-01-05T12:00:00Z] GET /{event} 401"),
        ] {
            let report = one(&side, None, &line);
            assert_eq!((report.found, report.events), (0, 1), "{line}");
            assert!(report.left.contains_key(&Why::Misplaced), "{line}");
        }
    }
}
