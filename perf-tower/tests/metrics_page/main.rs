//! The page of metrics is what scrapers' own parsers accept, and says what the recorder knows.

mod openmetrics;
mod recorded;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use perf_core::{CallSite, Fingerprint, Label, Outcome, QueryEvent, Recorder, TraceId, time};
use perf_tower::{Authorize, Metrics};
use tower::ServiceExt;

use recorded::{HOSTILE, everything};

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0";

async fn page(recorder: &Recorder, accept: &str) -> String {
    let request = Request::get("/metrics").header("accept", accept).body(()).expect("valid");
    let (status, content_type, text) = ask(recorder, request).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    assert!(content_type.starts_with(accept.split(',').next().unwrap_or_default()));
    text
}

async fn ask(recorder: &Recorder, request: Request<()>) -> (StatusCode, String, String) {
    let metrics = Metrics::new(recorder, Authorize::by(|_| true));
    let Ok(response) = metrics.oneshot(request).await;
    let status = response.status();
    let content_type = response.headers()["content-type"].to_str().expect("text").to_owned();
    let Ok(body) = response.into_body().collect().await;
    (status, content_type, String::from_utf8(body.to_bytes().to_vec()).expect("UTF-8"))
}

/// The value of the sample that is written so.
fn value(page: &str, sample: &str) -> f64 {
    let line = page.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
    let line = line.unwrap_or_else(|| panic!("no {sample} in\n{page}"));
    line.split(' ').next().and_then(|value| value.parse().ok()).expect("a number")
}

#[tokio::test]
async fn promtool_accepts_a_full_page_and_an_empty_one() {
    for recorder in [everything(), Recorder::builder().build()] {
        let page = page(&recorder, "text/plain").await;
        testbed::promtool_check_metrics(&page).unwrap_or_else(|error| panic!("{error}\n{page}"));
    }
}

#[tokio::test]
async fn a_strict_parser_accepts_a_full_openmetrics_page_and_an_empty_one() {
    for recorder in [everything(), Recorder::builder().build()] {
        let page = page(&recorder, OPENMETRICS).await;
        openmetrics::check(&page).unwrap_or_else(|error| panic!("{error}\n{page}"));
    }
}

#[tokio::test]
async fn both_formats_have_the_same_samples_in_the_same_order_each_time() {
    let recorder = everything();
    let samples = |page: &str| -> Vec<String> {
        let samples = page.lines().filter(|line| !line.starts_with('#'));
        let bare = samples.map(|line| line.split(" # ").next().unwrap_or_default().to_owned());
        bare.filter(|line| !line.starts_with("perf_recorder_uptime_seconds")).collect()
    };
    let first = samples(&page(&recorder, "text/plain").await);
    assert_eq!(first, samples(&page(&recorder, "text/plain").await));
    assert_eq!(first, samples(&page(&recorder, OPENMETRICS).await));
    assert!(first.len() > 300, "{}", first.len());
}

#[tokio::test]
async fn a_request_is_counted_with_its_route_status_outcome_and_time() {
    let recorder = everything();
    let page = page(&recorder, "text/plain").await;
    let route = r#"http_request_method="GET",http_route="/orders/{id}""#;
    let of = |name: &str, more: &str| value(&page, &format!("{name}{{{route}{more}}}"));
    assert_eq!(of("http_server_request_duration_seconds_count", ""), 3.0);
    assert_eq!(of("http_server_request_duration_seconds_bucket", r#",le="+Inf""#), 3.0);
    assert_eq!(of("perf_http_requests_total", r#",outcome="ok""#), 2.0);
    assert_eq!(of("perf_http_requests_total", r#",outcome="server_error""#), 1.0);
    assert_eq!(of("perf_http_responses_total", r#",http_response_status_code="200""#), 2.0);
    assert_eq!(of("perf_http_responses_total", r#",http_response_status_code="503""#), 1.0);
    assert_eq!(of("http_server_active_requests", ""), 1.0);
    assert_eq!(of("http_server_request_body_size_bytes_bucket", r#",le="1024.0""#), 3.0);
    assert_eq!(of("http_server_request_body_size_bytes_bucket", r#",le="256.0""#), 0.0);
    let parts = ["cpu", "database", "cache", "outgoing", "scheduler", "rest"]
        .map(|part| of("perf_http_time_seconds_total", &format!(r#",part="{part}""#)));
    let sum = of("http_server_request_duration_seconds_sum", "");
    assert!((parts.iter().sum::<f64>() - sum).abs() <= 0.02 * sum + 1e-5, "{parts:?} {sum}");
}

#[tokio::test]
async fn what_no_template_matched_has_no_route_and_jobs_are_apart() {
    let page = page(&everything(), "text/plain").await;
    let unmatched = r#"http_server_request_duration_seconds_count{http_request_method="_OTHER"}"#;
    assert_eq!(value(&page, unmatched), 1.0);
    assert_eq!(value(&page, r#"perf_job_duration_seconds_count{job_name="nightly"}"#), 1.0);
    assert!(!page.contains("http_route=\"nightly\"") && !page.contains("_unmatched"));
}

#[tokio::test]
async fn a_stream_is_counted_by_its_life_and_not_as_a_duration() {
    let page = page(&everything(), "text/plain").await;
    let events = r#"{http_request_method="GET",http_route="/events"}"#;
    let count = |name: &str| value(&page, &format!("{name}_count{events}"));
    assert_eq!(count("perf_http_stream_duration_seconds"), 1.0);
    assert_eq!(count("http_server_request_duration_seconds"), 0.0);
}

#[tokio::test]
async fn a_statement_has_a_summary_and_no_text() {
    let page = page(&everything(), "text/plain").await;
    let line = page
        .lines()
        .find(|line| line.starts_with("db_client_operation_duration_seconds_count{"))
        .expect("a statement");
    assert!(line.contains(r#"db_query_summary="select order_lines",fingerprint=""#), "{line}");
    assert!(line.contains(r#",call_site="perf-tower/tests/metrics_page/recorded.rs:"#), "{line}");
    assert!(!page.contains("secret") && !page.contains("where"), "{page}");
}

#[tokio::test]
async fn a_cache_has_its_size_its_evictions_and_the_state_of_its_breaker() {
    let page = page(&everything(), "text/plain").await;
    let of = |name: &str, more: &str| {
        value(&page, &format!("perf_cache_{name}{{cache_name=\"products\"{more}}}"))
    };
    assert_eq!((of("entries", ""), of("bytes", "")), (12.0, 3_456.0));
    assert_eq!(of("max_bytes", ""), f64::from(64 << 20));
    assert_eq!((of("evictions_total", ""), of("waiting_changes", "")), (5.0, 2.0));
    let breaker =
        ["closed", "half_open", "open"].map(|state| of("breaker", &format!(",state=\"{state}\"")));
    assert_eq!(breaker, [0.0, 0.0, 1.0]);
    assert_eq!((of("backplane_lag_seconds", ""), of("other_processes", "")), (0.25, 3.0));
}

#[tokio::test]
async fn a_cache_has_the_time_of_the_loads_that_it_spared() {
    let page = page(&everything(), "text/plain").await;
    let spared = value(&page, "perf_cache_spared_seconds{cache_name=\"products\"}");
    assert!((spared - 0.09).abs() < 0.000_1, "three hits, and loads of 30 ms: {spared}");
}

#[tokio::test]
async fn a_cache_has_what_its_loads_replaced_and_what_became_of_audited_hits() {
    let page = page(&everything(), "text/plain").await;
    let of = |name: &str, label: &str| {
        value(&page, &format!("perf_cache_{name}_total{{cache_name=\"products\",{label}}}"))
    };
    let replaced = ["none", "same", "other"].map(|of| format!("replaced=\"{of}\""));
    assert_eq!(replaced.map(|label| of("sampled_loads", &label)), [10.0, 15.0, 5.0]);
    let results = ["same", "stale", "failed"].map(|of| format!("result=\"{of}\""));
    assert_eq!(results.map(|label| of("audits", &label)), [7.0, 3.0, 9.0]);
}

#[tokio::test]
async fn hostile_names_stay_within_their_labels() {
    let recorder = Recorder::builder().build();
    for name in HOSTILE {
        recorder.scope(Label::request("GET", name)).close(Outcome::Ok);
        recorder.scope(Label::job(name)).close(Outcome::Ok);
    }
    let text = page(&recorder, "text/plain").await;
    testbed::promtool_check_metrics(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let open = page(&recorder, OPENMETRICS).await;
    let labels = openmetrics::check(&open).unwrap_or_else(|error| panic!("{error}\n{open}"));
    for name in HOSTILE.iter().filter(|name| !name.is_empty()) {
        assert!(labels.contains(&("http_route".into(), (*name).into())), "{name:?}");
        assert!(labels.contains(&("job_name".into(), (*name).into())), "{name:?}");
    }
}

/// A scraper refuses a page that has a sample twice.
#[tokio::test]
async fn series_with_equal_labels_are_one() {
    let recorder = Recorder::builder().routes(2).build();
    for label in [Label::job("_other"), Label::request("GET", "/"), Label::job("beyond")] {
        recorder.scope(label).close(Outcome::Ok);
    }
    let statement = || Fingerprint::of_static("select 1");
    let millis = Duration::from_millis;
    // Two call sites that differ in their columns.
    #[rustfmt::skip]
    let queries = [QueryEvent::new(statement(), CallSite::here(), millis(1)), QueryEvent::new(statement(), CallSite::here(), millis(7))];
    let ((), _) = recorder.scope(Label::job("_other")).run_sync(|| {
        queries.into_iter().for_each(QueryEvent::record);
    });
    assert_eq!(recorder.snapshot().queries.len(), 2);

    let page = page(&recorder, OPENMETRICS).await;
    openmetrics::check(&page).unwrap_or_else(|error| panic!("{error}\n{page}"));
    let other = r#"{http_request_method="_OTHER",http_route="_other"}"#;
    let other = value(&page, &format!("http_server_request_duration_seconds_count{other}"));
    assert_eq!(other, 3.0);
    let both = page.lines().find(|l| l.starts_with("db_client_operation_duration_seconds_count"));
    assert!(both.is_some_and(|line| line.ends_with(" 2")), "{page}");
}

#[tokio::test]
async fn counters_never_go_down_while_requests_run() {
    let recorder = Recorder::builder().routes(3).build();
    let stop = Arc::new(AtomicBool::new(false));
    let writers = [0, 1].map(|writer| {
        let (recorder, stop) = (recorder.clone(), stop.clone());
        thread::spawn(move || {
            for n in (writer..).take_while(|_| !stop.load(Ordering::Relaxed)) {
                let name = format!("/{}", n % 5);
                recorder.scope(Label::request("GET", &name)).close(Outcome::Ok);
            }
        })
    });
    let mut pages = Vec::new();
    for _ in 0..40 {
        pages.push(page(&recorder, OPENMETRICS).await);
    }
    stop.store(true, Ordering::Relaxed);
    writers.into_iter().for_each(|writer| writer.join().expect("no panic"));
    for two in pages.windows(2) {
        let later = openmetrics::samples(&two[1]).expect("a valid page");
        for (sample, earlier) in openmetrics::samples(&two[0]).expect("a valid page") {
            let is_gauge = ["active", "findings", "uptime"].iter().any(|g| sample.contains(g));
            assert!(is_gauge || later[&sample] >= earlier, "{sample}: {earlier}");
        }
    }
}

fn traced(recorder: &Recorder, trace: u8, elapsed: Duration) {
    let mut scope = recorder.scope(Label::request("GET", "/"));
    scope.trace(TraceId::from_bytes([trace; 16]).expect("not zero"));
    scope.close_at(Outcome::Ok, time::now() + elapsed);
}

#[tokio::test]
async fn each_bucket_has_its_latest_trace_in_openmetrics_only() {
    let recorder = Recorder::builder().build();
    for (trace, millis) in [(1, 6), (2, 7), (3, 30), (4, 60_000)] {
        traced(&recorder, trace, Duration::from_millis(millis));
    }
    let open = page(&recorder, OPENMETRICS).await;
    openmetrics::check(&open).unwrap_or_else(|error| panic!("{error}\n{open}"));
    for (le, trace) in [("0.01", "02"), ("0.05", "03"), ("+Inf", "04")] {
        let bucket = format!("{{http_request_method=\"GET\",http_route=\"/\",le=\"{le}\"}} ");
        let line = open.lines().find(|line| line.contains(&bucket)).expect("a bucket");
        assert!(line.contains(&format!(" # {{trace_id=\"{}\"}} ", trace.repeat(16))), "{line}");
    }
    assert_eq!(open.matches(" # {").count(), 3);
    assert!(!page(&recorder, "text/plain").await.contains(" # {"));
}

/// Counts are exact to 1 %, exemplars to a microsecond: just above a bound they disagree.
#[tokio::test]
async fn a_bucket_that_counts_nothing_has_no_exemplar() {
    let recorder = Recorder::builder().build();
    for _ in 0..100 {
        traced(&recorder, 1, Duration::from_micros(5_002));
    }
    let open = page(&recorder, OPENMETRICS).await;
    openmetrics::check(&open).unwrap_or_else(|error| panic!("{error}\n{open}"));
}

#[tokio::test]
async fn what_is_not_acceptable_not_allowed_or_not_read_is_refused_in_one_sentence() {
    let recorder = everything();
    let json = Request::get("/metrics").header("accept", "application/json").body(());
    let (status, _, text) = ask(&recorder, json.expect("valid")).await;
    assert_eq!(status, StatusCode::NOT_ACCEPTABLE);
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains("text/plain; version=0.0.4"), "{text}");

    let post = Request::builder().method(Method::POST).uri("/metrics").body(()).expect("valid");
    let (status, _, text) = ask(&recorder, post).await;
    assert_eq!(
        (status, &*text),
        (StatusCode::METHOD_NOT_ALLOWED, "the page of metrics is read by GET\n")
    );

    let nobody = Metrics::new(&recorder, Authorize::by(|_| false));
    let Ok(response) = nobody.oneshot(Request::get("/metrics").body(()).expect("valid")).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert_eq!(response.headers()["cache-control"], "no-store");
}
