//! What one open page of the dashboard costs: it asks for an update each second.

use std::hint::black_box;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use perf_core::{CallSite, Fingerprint, Label, Outcome, QueryEvent, Recorder};
use perf_tower::{Authorize, dashboard};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

use super::{Bench, Measured};
use crate::paired::{Effort, measure};
use crate::row::{Goal, Row};

pub(crate) const BENCH: Bench = Bench { name: "dashboard_open", run };

const ROUTES: usize = 50;
const STATEMENTS: usize = 200;
const REQUESTS_PER_SECOND: usize = 1_000;

/// One hundredth of a core, at one update a second.
const GOAL: Goal = Goal::Nanos(10e6);

fn run(effort: Effort) -> Measured {
    let runtime = Builder::new_current_thread().enable_time().build()?;
    let recorder = Recorder::builder().build();
    let statements: Vec<_> = (0..STATEMENTS)
        .map(|n| Fingerprint::of(&format!("select name from t{n} where id = $1")))
        .collect();
    // The requests of one second, among which some are kept whole.
    for n in 0..REQUESTS_PER_SECOND {
        let name = format!("/shop/{}/products/{{id}}", n % ROUTES);
        let mut scope = recorder.scope(Label::request("GET", &name));
        scope.enter(|| {
            for step in 0..4 {
                let statement = statements[(n % ROUTES * 4 + step) % STATEMENTS].clone();
                let took = Duration::from_micros(100 + n as u64);
                QueryEvent::new(statement, CallSite::here(), took).rows(1).record();
            }
        });
        scope.mark_head();
        scope.status(200);
        scope.close(Outcome::Ok);
    }
    let update = |path| length(&runtime, &recorder, path);
    let rounds = measure(
        effort,
        [
            Box::new(|repetitions| timed(repetitions, || update("/perf"))),
            Box::new(|repetitions| timed(repetitions, || update("/perf/report.txt"))),
        ],
    );
    Ok(vec![Row::of("dashboard_open, one update, text report", &rounds, GOAL)])
}

fn length(runtime: &Runtime, recorder: &Recorder, path: &str) -> usize {
    let request = Request::get(path).body(Body::empty()).expect("valid");
    // One of its own for each update: it takes a snapshot no more often than about each second.
    let pages: Router = dashboard(recorder, Authorize::by(|_| true));
    runtime.block_on(async {
        let Ok(response) = pages.oneshot(request).await;
        assert!(response.status().is_success(), "{}", response.status());
        response.into_body().collect().await.expect("a whole body").to_bytes().len()
    })
}

fn timed(repetitions: u64, body: impl Fn() -> usize) -> Duration {
    let started = Instant::now();
    (0..repetitions).for_each(|_| {
        black_box(body());
    });
    started.elapsed()
}
