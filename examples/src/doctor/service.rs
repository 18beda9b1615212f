//! Which place in the source sends what: a service's own report tells.

use std::fs;
use std::path::Path;
use std::time::Duration;

use perf_core::{CallSite, Fingerprint, Label, Outcome, QueryEvent, Recorder};
use serde::Deserialize;

/// What is read of a service's report.
#[derive(Deserialize)]
struct Service {
    queries: Vec<Query>,
}

#[derive(Deserialize)]
struct Query {
    statement: String,
    call_site: Place,
    duration: Times,
}

#[derive(Deserialize)]
struct Place {
    file: String,
    line: u32,
}

#[derive(Deserialize)]
struct Times {
    count: f64,
    mean_ms: f64,
}

/// A recorder that has seen these statements, each call site once with all of its time: what shares
/// are made of.
pub(crate) fn read(path: &Path) -> Result<Recorder, String> {
    let shown = path.display();
    let text = fs::read_to_string(path).map_err(|error| format!("--service {shown}: {error}"))?;
    let service: Service = serde_json::from_str(&text).map_err(|error| {
        format!("--service {shown} is not what a service answers at /perf/report.json: {error}")
    })?;
    let recorder = Recorder::builder().queries(service.queries.len()).build();
    let mut scope = recorder.scope(Label::job("service"));
    scope.enter(|| service.queries.into_iter().for_each(record));
    scope.close(Outcome::Ok);
    Ok(recorder)
}

fn record(query: Query) {
    let Query { statement, call_site, duration } = query;
    let seconds = duration.count * duration.mean_ms / 1e3;
    let Ok(time) = Duration::try_from_secs_f64(seconds) else { return };
    // Call sites are texts of the program; these live as long as this one does.
    let call_site = CallSite::at(call_site.file.leak(), call_site.line);
    QueryEvent::new(Fingerprint::of(&statement), call_site, time).record();
}
