//! The flame graph as SVG, drawn by inferno.

use std::panic::{AssertUnwindSafe, catch_unwind};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use inferno::flamegraph::{Options, from_lines};
use sha2::{Digest, Sha256};

use super::result::Data;
use super::text;

/// inferno starts its script by an attribute, which a policy without `unsafe-inline` forbids.
const STARTED_BY_ATTRIBUTE: &str = " onload=\"init(evt)\"";
const STARTED_BY_SCRIPT: &str = "\nwindow.addEventListener(\"load\", init);\n]]></script>";
const SCRIPT: &str = "<script type=\"text/ecmascript\">";

pub(super) fn of(data: &Data) -> String {
    let draw = || drawn(data);
    // What inferno does with names that it does not expect is not known for every version.
    match catch_unwind(AssertUnwindSafe(draw)) {
        Ok(Some(svg)) => svg,
        Ok(None) | Err(_) => sentences(data),
    }
}

fn drawn(data: &Data) -> Option<String> {
    if data.about.samples == 0 {
        return None;
    }
    // inferno has a root of its own; for a request that one becomes the request.
    let lines = text::lines(data, usize::from(data.about.is_request));
    let mut options = Options::default();
    options.title = data.headline();
    options.subtitle = data.about.notes.first().cloned();
    options.deterministic = true;
    options.count_name = "samples".to_owned();
    let mut svg = Vec::new();
    from_lines(&mut options, lines.iter().map(String::as_str), &mut svg).ok()?;
    let svg = String::from_utf8(svg).ok()?;
    let svg = match data.about.is_request {
        true => with_root(svg, &escaped(&data.about.what)),
        false => svg,
    };
    Some(started_by_script(svg))
}

fn with_root(svg: String, root: &str) -> String {
    const ALL: &str = "<title>all (";
    let is_whole =
        |at: &usize| svg[*at..].split("</title>").next().unwrap_or("").ends_with("100%)");
    let found = svg.match_indices(ALL).map(|(at, _)| at).find(is_whole);
    let Some(at) = found else { return svg };
    format!("{}<title>{root} ({}", &svg[..at], &svg[at + ALL.len()..])
}

fn started_by_script(svg: String) -> String {
    match svg.contains(STARTED_BY_ATTRIBUTE) && svg.contains("]]></script>") {
        true => {
            svg.replacen(STARTED_BY_ATTRIBUTE, "", 1).replacen("]]></script>", STARTED_BY_SCRIPT, 1)
        }
        false => svg,
    }
}

/// A page with the headline and the notes, where there are no samples; the root is there all the same.
fn sentences(data: &Data) -> String {
    let root = escaped(&data.about.what);
    let mut svg = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg \
         xmlns=\"http://www.w3.org/2000/svg\" width=\"1200\" height=\"160\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <g><title>{root} ({} samples, 100%)</title>\
         <rect x=\"10\" y=\"130\" width=\"1180\" height=\"17\" fill=\"#f3c37c\"/>\
         <text x=\"14\" y=\"143\" font-family=\"monospace\" font-size=\"12\">{root}</text></g>\n",
        data.about.samples
    );
    let headline = data.headline();
    for (line, y) in std::iter::once(&headline).chain(&data.about.notes).zip((30..).step_by(24)) {
        let line = escaped(line);
        svg += &format!(
            "<text x=\"20\" y=\"{y}\" font-family=\"sans-serif\" font-size=\"14\">{line}</text>\n"
        );
    }
    svg + "</svg>\n"
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A policy under which `svg` runs its own script and nothing else, and fetches nothing.
pub(super) fn policy(svg: &str) -> String {
    let script = svg.split_once(SCRIPT).and_then(|(_, rest)| rest.split_once("</script>"));
    let script = match script {
        Some((script, _)) => {
            let script = script.replace("<![CDATA[", "").replace("]]>", "");
            format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script.as_bytes())))
        }
        None => "'none'".to_owned(),
    };
    format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src {script}; base-uri 'none'; frame-ancestors 'self'"
    )
}
