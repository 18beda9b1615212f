use axum::Router;
use perf_core::Recorder;

use crate::report::{Authorize, Report};

/// The routes `/perf/report.txt` and `/perf/report.json`, to be merged into an application's
/// router after its own layers, so that the report does not measure itself.
///
/// Nothing is served to whom `authorize` refuses.
pub fn dashboard<S>(recorder: &Recorder, authorize: Authorize) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let report = Report::new(recorder, authorize);
    Router::new()
        .route_service("/perf/report.txt", report.clone())
        .route_service("/perf/report.json", report)
}
