//! A live page tells rows apart by their ids, so each has one of its own.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::Request;
use perf_core::{CallSite, Fingerprint, Label, QueryEvent, Recorder};
use perf_tower::{Authorize, Dashboard};
use tower::ServiceExt;

/// The same statement at the same line and column of two files, as in modules that were copied.
fn recorder() -> Recorder {
    let recorder = Recorder::builder().build();
    recorder.scope(Label::request("GET", "/orders")).run_sync(|| {
        for file in ["orders/list.rs", "products/list.rs"] {
            let mut call_site = CallSite::here();
            call_site.file = file;
            let statement = Fingerprint::of_static("select count(*) from audit");
            QueryEvent::new(statement, call_site, Duration::from_millis(1)).record();
        }
    });
    recorder
}

#[tokio::test]
async fn a_statement_at_one_line_of_two_files_has_two_rows() {
    let recorder = recorder();
    let statement = format!("/perf/queries/{}", recorder.snapshot().queries[0].fingerprint);
    let pages: Router = Dashboard::new(&recorder, Authorize::by(|_| true)).into_router();
    for path in ["/perf/queries", &statement] {
        let request = Request::get(path).body(Body::empty()).expect("valid");
        let Ok(response) = pages.clone().oneshot(request).await;
        let page = axum::body::to_bytes(response.into_body(), 1 << 20).await.expect("whole");
        let page = String::from_utf8_lossy(&page);
        let ids = page.split("<tr id=\"").skip(1).filter_map(|row| row.split('"').next());
        assert_eq!(ids.collect::<BTreeSet<_>>().len(), 2, "{path}: {page}");
    }
}
