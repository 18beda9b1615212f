use axum::Router;
use perf_core::Recorder;

use crate::report::{Authorize, Report};

/// The routes `/perf/report.txt` and `/perf/report.json`.
///
/// Merge the application with its layers into this router, `dashboard(…).merge(app)`: then the report
/// does not measure itself, and requests without a route are still recorded. The other way round axum
/// keeps this router's fallback, around which there is no layer.
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
