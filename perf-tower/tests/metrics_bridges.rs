//! The facade and the meter are handed the same: OpenTelemetry's names, units, bounds, attributes.

use std::collections::BTreeMap;
use std::time::Duration;

use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, Metric, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use perf_core::{
    CacheEvent, CacheOutcome, CacheTier, CallEvent, CallSite, EventOutcome, Fingerprint, HoldEvent,
    Label, Name, Outcome, PoolEvent, QueryEvent, Recorder, Scope,
};
use perf_tower::metrics::{DB_SECONDS, Facade, HTTP_SECONDS, OtelMeter};

/// One request that fails after some work, one that goes on, a stream, a job.
fn work(recorder: &Recorder) -> Scope {
    let millis = Duration::from_millis;
    let mut scope = recorder.scope(Label::request("GET", "/orders/{id}"));
    scope.enter(|| {
        let sql = "select name from orders where id = 'secret'";
        QueryEvent::new(Fingerprint::of_static(sql), CallSite::here(), millis(2)).record();
        PoolEvent::new(&Name::new("main"), millis(3), EventOutcome::Error).size(2, 8).record();
        HoldEvent::new(&Name::new("main"), CallSite::here(), millis(9)).record();
        CacheEvent::new(&Name::new("products"), CacheTier::Local, CacheOutcome::Hit).record();
        let target = Name::new("GET suppliers /price/{id}");
        CallEvent::new(&target, millis(40), EventOutcome::Cancelled).record();
    });
    scope.mark_head();
    scope.status(503);
    scope.add_response_bytes(500);
    scope.close(Outcome::ServerError);
    let mut stream = recorder.scope(Label::request("_OTHER", "_unmatched"));
    stream.mark_stream();
    stream.close(Outcome::Ok);
    recorder.scope(Label::job("nightly")).close(Outcome::Panic);
    recorder.scope(Label::request("GET", "/orders/{id}"))
}

/// What both must hold, as name, attributes and how often or how much.
const EXPECTED: [&str; 11] = [
    "http.server.active_requests http.request.method=GET http.route=/orders/{id} = 1",
    "http.server.request.duration error.type=503 http.request.method=GET \
     http.response.status_code=503 http.route=/orders/{id} = 1",
    "http.server.response.body.size error.type=503 http.request.method=GET \
     http.response.status_code=503 http.route=/orders/{id} = 1",
    "perf.http.stream.duration http.request.method=_OTHER = 1",
    "perf.job.duration error.type=panic job.name=nightly = 1",
    "db.client.connection.wait_time db.client.connection.pool.name=main error.type=_OTHER = 1",
    "db.client.connection.use_time db.client.connection.pool.name=main = 1",
    "db.client.connection.count db.client.connection.pool.name=main \
     db.client.connection.state=used = 2",
    "db.client.connection.max db.client.connection.pool.name=main = 8",
    "perf.cache.requests cache.name=products cache.tier=local result=hit = 1",
    "http.client.request.duration error.type=cancelled http.request.method=GET \
     server.address=suppliers url.template=/price/{id} = 1",
];

fn check(held: &[String]) {
    for expected in EXPECTED {
        assert!(held.iter().any(|held| held == expected), "{expected}\n{held:#?}");
    }
    let query = held.iter().find(|held| held.starts_with("db.client.operation.duration "));
    let query = query.expect("a statement");
    assert!(query.contains(" db.query.summary=select orders fingerprint="), "{query}");
    assert!(query.contains(" call_site=perf-tower/tests/metrics_bridges.rs:"), "{query}");
    let job = "perf.job.active job.name=nightly = 0";
    assert!(held.iter().any(|held| held == job), "{held:#?}");
    assert!(!held.iter().any(|held| held.contains("secret")), "{held:#?}");
}

fn written(name: &str, attributes: BTreeMap<String, String>, value: f64) -> String {
    let attributes: Vec<String> =
        attributes.into_iter().map(|(name, value)| format!(" {name}={value}")).collect();
    format!("{name}{} = {value}", attributes.concat())
}

#[test]
fn the_facade_gets_everything() {
    let debugging = DebuggingRecorder::new();
    let snapshotter = debugging.snapshotter();
    metrics::with_local_recorder(&debugging, || {
        let recorder = Recorder::builder().build();
        recorder.observe(Facade::new()).expect("the first");
        std::mem::forget(work(&recorder));
    });
    let mut held = Vec::new();
    for (key, unit, help, value) in snapshotter.snapshot().into_vec() {
        let name = key.key().name().to_owned();
        assert!(help.is_some() && unit.is_some(), "{name}");
        let labels = key.key().labels().map(|label| (label.key().into(), label.value().into()));
        let value = match value {
            DebugValue::Counter(count) => count as f64,
            DebugValue::Gauge(value) => value.into_inner(),
            DebugValue::Histogram(values) => values.len() as f64,
        };
        held.push(written(&name, labels.collect(), value));
    }
    check(&held);
}

#[test]
fn the_meter_gets_everything_with_units_and_bounds() {
    let exporter = InMemoryMetricExporter::default();
    let reader = PeriodicReader::builder(exporter.clone()).build();
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    let recorder = Recorder::builder().build();
    recorder.observe(OtelMeter::new(&provider.meter("perf"))).expect("the first");
    std::mem::forget(work(&recorder));
    provider.force_flush().expect("an exporter in memory");

    let finished = exporter.get_finished_metrics().expect("an exporter in memory");
    let scopes = finished.iter().flat_map(|resource| resource.scope_metrics());
    let all: Vec<&Metric> = scopes.flat_map(|scope| scope.metrics()).collect();
    let held: Vec<String> = all.iter().flat_map(|metric| points(metric)).collect();
    check(&held);

    let metric = |name: &str| *all.iter().find(|metric| metric.name() == name).expect("present");
    assert_eq!(metric("http.server.request.duration").unit(), "s");
    assert_eq!(metric("http.server.response.body.size").unit(), "By");
    assert_eq!(bounds(metric("http.server.request.duration")), HTTP_SECONDS);
    assert_eq!(bounds(metric("http.client.request.duration")), HTTP_SECONDS);
    assert_eq!(bounds(metric("db.client.operation.duration")), DB_SECONDS);
}

fn points(metric: &Metric) -> Vec<String> {
    let name = metric.name();
    let one = |attributes: Vec<&KeyValue>, value: f64| {
        let attributes = attributes.iter().map(|a| (a.key.to_string(), a.value.to_string()));
        written(name, attributes.collect(), value)
    };
    match metric.data() {
        AggregatedMetrics::F64(MetricData::Histogram(histogram)) => histogram
            .data_points()
            .map(|point| one(point.attributes().collect(), point.count() as f64))
            .collect(),
        AggregatedMetrics::F64(MetricData::Sum(sum)) => {
            sum.data_points().map(|p| one(p.attributes().collect(), p.value())).collect()
        }
        AggregatedMetrics::U64(MetricData::Sum(sum)) => {
            sum.data_points().map(|p| one(p.attributes().collect(), p.value() as f64)).collect()
        }
        AggregatedMetrics::U64(MetricData::Gauge(gauge)) => {
            gauge.data_points().map(|p| one(p.attributes().collect(), p.value() as f64)).collect()
        }
        AggregatedMetrics::I64(MetricData::Sum(sum)) => {
            sum.data_points().map(|p| one(p.attributes().collect(), p.value() as f64)).collect()
        }
        other => panic!("{name} is {other:?}"),
    }
}

fn bounds(metric: &Metric) -> Vec<f64> {
    let AggregatedMetrics::F64(MetricData::Histogram(histogram)) = metric.data() else {
        panic!("{} is no histogram", metric.name());
    };
    histogram.data_points().next().map_or_else(Vec::new, |point| point.bounds().collect())
}
