//! A picture of the table: what each chain of filters adds to a request, drawn from the written figures alone, so that the same
//! figures give the same bytes. It takes the colours of whoever looks at it, light or dark.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

const WIDTH: f64 = 820.0;
/// Where bars begin, and how long the longest is.
const LEFT: f64 = 270.0;
const LONGEST: f64 = 470.0;
const TOP: f64 = 62.0;
const ROW: f64 = 28.0;
const BAR: f64 = 16.0;
/// A bar that is longer than so many times the median bar is cut.
const CUT: f64 = 15.0;
const OURS: &str = "modelgate";
const STYLE: &str = "\
text{font:13px system-ui,sans-serif;fill:#1f2328}.t{font-size:16px;font-weight:600}.n{fill:#59636e}.b{fill:#8c959f}.o{fill:#0969da}\
.g{stroke:#d1d9e0}.w{stroke:#1f2328}.c{stroke:#fff;stroke-width:4}\
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.n{fill:#9198a1}.b{fill:#656c76}.o{fill:#4493f8}.g{stroke:#3d444d}.w{stroke:#f0f6fc}\
.c{stroke:#0d1117}}";

/// One chain of filters.
struct Row {
    name: String,
    added: f64,
    least: f64,
    most: f64,
}

/// Writes the chart of the figures in `results` beside them.
///
/// # Errors
/// The figures are not there, or not whole.
pub fn write(results: &Path) -> Result<()> {
    let text = fs::read_to_string(results).context("run `make bench` first")?;
    fs::write(
        results.with_file_name("cost.svg"),
        draw(&serde_json::from_str(&text)?)?,
    )?;
    Ok(())
}

/// The chart.
fn draw(results: &Value) -> Result<String> {
    let rows = rows(results)?;
    let scale = LONGEST / longest(&rows);
    let count = u16::try_from(rows.len())?;
    let bottom = TOP + ROW * f64::from(count);
    let height = bottom + 62.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">\n\
         <title>CPU time that filters add to a request</title>\n<style>{STYLE}</style>\n\
         <text class=\"t\" x=\"16\" y=\"28\">CPU time that filters add to a request, in microseconds</text>\n"
    );
    grid(&mut svg, scale, bottom)?;
    let mut middle = TOP + ROW / 2.0;
    for row in &rows {
        bar(&mut svg, row, scale, middle)?;
        middle += ROW;
    }
    for (line, text) in caption(results).iter().enumerate() {
        let y = bottom + 30.0 + 18.0 * f64::from(u8::try_from(line)?);
        writeln!(
            svg,
            "<text class=\"n\" x=\"16\" y=\"{y}\">{}</text>",
            escaped(text)
        )?;
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}

/// All but the first, which is the proxy alone, in the order of the table.
fn rows(results: &Value) -> Result<Vec<Row>> {
    let all = results["results"].as_array().context("no results")?;
    let figure = |row: &Value, name: &str| {
        row["microsPerRequest"][name]
            .as_f64()
            .with_context(|| format!("no {name}"))
    };
    let (bare, filters) = all.split_first().context("nothing was measured")?;
    let bare = figure(bare, "median")?;
    let row = |row: &Value| {
        Ok(Row {
            name: row["filters"].as_str().context("no name")?.to_owned(),
            added: figure(row, "median")? - bare,
            least: figure(row, "least")? - bare,
            most: figure(row, "most")? - bare,
        })
    };
    filters.iter().map(row).collect()
}

/// Of the bars that are not far longer than most, in round numbers.
fn longest(rows: &[Row]) -> f64 {
    let mut sorted: Vec<f64> = rows.iter().map(|row| row.added).collect();
    sorted.sort_by(f64::total_cmp);
    let median = sorted.get(sorted.len() / 2).copied().unwrap_or(1.0);
    let shown = rows.iter().map(|row| row.most);
    let shown = shown.filter(|most| *most < (CUT * median).max(1.0));
    let most = shown.fold(1.0, f64::max);
    let step = step(most);
    (most / step).ceil() * step
}

/// The distance of the lines: some five of them.
fn step(most: f64) -> f64 {
    let steps = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0];
    let found = steps.into_iter().find(|step| most / step <= 6.0);
    found.unwrap_or(most)
}

fn grid(svg: &mut String, scale: f64, bottom: f64) -> Result<()> {
    let longest = LONGEST / scale;
    let step = step(longest);
    let mut at = 0.0;
    while at <= longest {
        let x = LEFT + at * scale;
        writeln!(
            svg,
            "<line class=\"g\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{bottom}\"/>\
             <text class=\"n\" x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{at:.0}</text>",
            TOP - 8.0
        )?;
        at += step;
    }
    Ok(())
}

/// With its name, its figure, and a line from the least to the most of the rounds; cut where it is far longer than the others.
fn bar(svg: &mut String, row: &Row, scale: f64, middle: f64) -> Result<()> {
    let class = if row.name.starts_with(OURS) { "o" } else { "b" };
    let (length, top, text) = (row.added.max(0.0) * scale, middle - BAR / 2.0, middle + 4.5);
    let (cut, shown) = (length > LONGEST, length.min(LONGEST));
    writeln!(
        svg,
        "<text x=\"{}\" y=\"{text}\" text-anchor=\"end\">{}</text>\
         <rect class=\"{class}\" x=\"{LEFT}\" y=\"{top}\" width=\"{shown:.1}\" height=\"{BAR}\" rx=\"2\"/>",
        LEFT - 10.0,
        escaped(&row.name)
    )?;
    let mut end = LEFT + shown;
    if cut {
        let x = end - 24.0;
        let (above, below) = (top - 3.0, top + BAR + 3.0);
        writeln!(
            svg,
            "<path class=\"c\" d=\"M{x:.1} {below}l8 {}\"/>",
            above - below
        )?;
    } else {
        let x = |value: f64| LEFT + (value.max(0.0) * scale).min(LONGEST);
        let (least, most) = (x(row.least), x(row.most));
        writeln!(
            svg,
            "<path class=\"w\" d=\"M{least:.1} {middle}H{most:.1}\"/>"
        )?;
        end = end.max(most);
    }
    writeln!(
        svg,
        "<text x=\"{:.1}\" y=\"{text}\">{:.*}</text>",
        end + 8.0,
        usize::from(row.added < 10.0),
        // no zero has a sign
        if row.added.abs() < 0.05 {
            0.0
        } else {
            row.added
        }
    )?;
    Ok(())
}

fn caption(results: &Value) -> [String; 2] {
    let text = |name: &str| results["machine"][name].as_str().unwrap_or_default();
    let rounds = results["results"][0]["microsPerRequest"]["rounds"].as_array();
    [
        format!(
            "Envoy {}, one worker; user and system time of all processes by requests, beside the same Envoy without filters.",
            text("envoy")
        ),
        format!(
            "Median of {} rounds in turns, the line from the least to the most. `make bench` on {}.",
            rounds.map_or(0, Vec::len),
            text("processor")
        ),
    ]
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chart_in_the_documents_is_drawn_from_the_figures_beside_it() -> Result<()> {
        let folder = ::tests::setup::project().join("docs/cost");
        let results = serde_json::from_str(&fs::read_to_string(folder.join("results.json"))?)?;
        assert_eq!(
            fs::read_to_string(folder.join("cost.svg"))?,
            draw(&results)?
        );
        Ok(())
    }
}
