//! `Server-Timing` says where the time went, to those who may know.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{HeaderMap, Request};
use perf_core::{
    CacheEvent, CacheOutcome, CacheTier, CallEvent, CallSite, EventOutcome, Fingerprint, Name,
    QueryEvent, Recorder,
};
use perf_tower::{Authorize, PerfLayer};
use tower::ServiceExt;

const TOKEN: &str = "a long random token";

async fn works() -> [(&'static str, &'static str); 1] {
    let fingerprint = Fingerprint::of_static("select * from orders where id = $1");
    for _ in 0..2 {
        tokio::time::sleep(Duration::from_millis(10)).await;
        let duration = Duration::from_millis(10);
        QueryEvent::new(fingerprint.clone(), CallSite::here(), duration).record();
    }
    let cache = Name::new("orders");
    CacheEvent::new(&cache, CacheTier::Local, CacheOutcome::Hit).record();
    tokio::time::sleep(Duration::from_millis(5)).await;
    CallEvent::new(&Name::new("rates"), Duration::from_millis(5), EventOutcome::Ok).record();
    [("server-timing", "app;dur=1.5")]
}

async fn headers(app: &Router, path: &str, token: &str) -> HeaderMap {
    let request = Request::get(path).header("authorization", format!("Bearer {token}"));
    let request = request.body(Body::empty()).expect("valid");
    let Ok(response) = app.clone().oneshot(request).await;
    response.into_parts().0.headers
}

/// Reads the header by the grammar of W3C Server Timing, with the parameters used here.
fn read(headers: &HeaderMap) -> Vec<(String, f64, Option<String>)> {
    let values = headers.get_all("server-timing").iter();
    let values: Vec<&str> = values.map(|value| value.to_str().expect("ASCII")).collect();
    let metrics = values.iter().flat_map(|value| value.split(", "));
    metrics
        .map(|metric| {
            let mut parameters = metric.split(';');
            let name = parameters.next().expect("a name");
            assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric()), "a token: {name}");
            let duration = parameters.next().and_then(|dur| dur.strip_prefix("dur="));
            let description = parameters.next().map(|description| {
                let quoted = description.strip_prefix("desc=\"");
                quoted.and_then(|quoted| quoted.strip_suffix('"')).expect("quoted").to_owned()
            });
            assert_eq!(parameters.next(), None);
            let duration = duration.expect("a duration").parse().expect("a number");
            (name.to_owned(), duration, description)
        })
        .collect()
}

fn app(authorize: Option<Authorize>) -> Router {
    let layer = PerfLayer::new(&Recorder::builder().build());
    let layer = match authorize {
        Some(authorize) => layer.server_timing(authorize),
        None => layer,
    };
    let app = Router::new().route("/works", get(works)).route("/idle", get(|| async {}));
    app.layer(layer)
}

#[tokio::test]
async fn it_tells_where_the_time_went_beside_what_the_application_says() {
    let app = app(Some(Authorize::bearer(TOKEN)));
    let metrics = read(&headers(&app, "/works", TOKEN).await);
    let names: Vec<&str> = metrics.iter().map(|(name, _, _)| &**name).collect();
    assert_eq!(names, ["app", "total", "db", "cache", "outgoing", "cpu", "scheduler"]);
    let metric = |name: &str| metrics.iter().find(|metric| metric.0 == name).expect("there");
    let (_, total, _) = metric("total");
    let (_, database, queries) = metric("db");
    let (_, outgoing, calls) = metric("outgoing");
    assert!(*total >= 25.0, "{metrics:?}");
    assert!((15.0..*total).contains(database), "{metrics:?}");
    assert!(*outgoing > 2.0, "{metrics:?}");
    assert_eq!(queries.as_deref(), Some("2 queries"));
    assert_eq!(calls.as_deref(), Some("1 call"));
    assert_eq!(metric("cache").2.as_deref(), Some("1 hit"));
    let parts: f64 = metrics[2..].iter().map(|(_, duration, _)| duration).sum();
    assert!(parts <= total + 0.1, "{metrics:?}");
}

#[tokio::test]
async fn what_did_not_happen_is_left_out() {
    let app = app(Some(Authorize::by(|_| true)));
    let metrics = read(&headers(&app, "/idle", "").await);
    let names: Vec<&str> = metrics.iter().map(|(name, _, _)| &**name).collect();
    assert_eq!(names, ["total", "cpu", "scheduler"]);
}

#[tokio::test]
async fn others_learn_nothing_and_by_default_all_are_others() {
    for (authorize, token) in [(Some(Authorize::bearer(TOKEN)), "forged"), (None, TOKEN)] {
        let metrics = read(&headers(&app(authorize), "/works", token).await);
        assert_eq!(metrics, [("app".to_owned(), 1.5, None)]);
    }
}

#[tokio::test]
async fn no_shared_cache_keeps_an_answer_with_it_for_others() {
    let cached = || async { [("cache-control", "public, max-age=60")] };
    let layer = PerfLayer::new(&Recorder::builder().build());
    let app = Router::new().route("/", get(cached));
    let app = app.layer(layer.server_timing(Authorize::bearer(TOKEN)));
    for (token, expected) in
        [(TOKEN, &["public, max-age=60", "private"][..]), ("forged", &["public, max-age=60"])]
    {
        let headers = headers(&app, "/", token).await;
        let directives: Vec<_> = headers.get_all("cache-control").iter().collect();
        assert_eq!(directives, expected, "{token}");
    }
}
