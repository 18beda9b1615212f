//! However much there is to show, a page stays one that can be sent each second.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::Request;
use perf_core::{CallSite, Fingerprint, Label, QueryEvent, Recorder};
use perf_tower::{Authorize, Dashboard};
use tower::ServiceExt;

const TOKEN: &str = "s3cret-token";

/// More routes, statements and findings than any page shows.
fn recorder() -> Recorder {
    let recorder = Recorder::builder().build();
    for scope in 0..300_u64 {
        let route = format!("/shelves/{scope}");
        for label in [Label::request("GET", "/catalogue"), Label::request("GET", &route)] {
            recorder.scope(label).run_sync(|| {
                statement("select title from books", scope);
                statement(&format!("select shelf_{scope} from books"), scope);
            });
        }
    }
    recorder
}

/// An N+1.
fn statement(sql: &str, scope: u64) {
    for id in 0..5 {
        let took = Duration::from_micros(100 + scope);
        QueryEvent::new(Fingerprint::of(sql), CallSite::here(), took).parameters(id).record();
    }
}

async fn page(pages: &Router, path: &str) -> String {
    let request = Request::get(path).header("authorization", format!("Bearer {TOKEN}"));
    let Ok(response) = pages.clone().oneshot(request.body(Body::empty()).expect("valid")).await;
    assert_eq!(response.status(), 200, "{path}");
    let body = axum::body::to_bytes(response.into_body(), 64 << 20).await.expect("a whole body");
    String::from_utf8_lossy(&body).into_owned()
}

#[tokio::test]
async fn a_page_of_very_much_shows_the_first_and_says_how_much_more_there_is() {
    let recorder = recorder();
    let snapshot = recorder.snapshot();
    let catalogue = snapshot.routes.iter().find(|route| route.template == "/catalogue");
    let catalogue = format!("/perf/routes/{}", catalogue.expect("counted").id);
    let books = snapshot.queries.iter().find(|query| query.statement.contains("title"));
    let books = format!("/perf/queries/{}", books.expect("counted").fingerprint);
    let pages: Router = Dashboard::new(&recorder, Authorize::bearer(TOKEN)).into_router();
    for path in ["/perf", "/perf/queries", "/perf/findings", &catalogue, &books] {
        let page = page(&pages, path).await;
        let rows = page.matches("<tr").count() + page.matches("<article").count();
        assert!(rows > 150 && rows < 250, "{path} has {rows} rows");
        assert!(page.len() < 250_000, "{path} has {} bytes", page.len());
        assert!(page.contains(" more, which the report as JSON has."), "{path}");
    }
}
