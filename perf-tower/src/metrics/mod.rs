//! What the recorder knows, for Prometheus and for everything that reads its formats.
//!
//! ```
//! use http_body_util::BodyExt;
//! use perf_core::{Label, Outcome, Recorder};
//! use perf_tower::{Authorize, Metrics};
//! use tower::ServiceExt;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! let recorder = Recorder::builder().build();
//! recorder.scope(Label::request("GET", "/orders/{id}")).close(Outcome::Ok);
//!
//! let metrics = Metrics::new(&recorder, Authorize::bearer("s3cret"));
//! let request = http::Request::get("/metrics").header("authorization", "Bearer s3cret");
//! let page = metrics.oneshot(request.body(()).unwrap()).await.unwrap();
//! let page = page.into_body().collect().await.unwrap().to_bytes();
//! let line = r#"http_server_request_duration_seconds_count{http_request_method="GET",http_route="/orders/{id}"} 1"#;
//! assert!(str::from_utf8(&page).unwrap().lines().any(|it| it == line));
//! # }
//! ```
//!
//! The page is the Prometheus text format 0.0.4, or OpenMetrics 1.0 where `Accept` prefers that; only
//! the latter has exemplars: the latest request with a distributed trace in each bucket. A page is
//! made when it is asked for; nothing grows while nobody asks.
//!
//! # Names
//!
//! Names, units, bounds and labels are OpenTelemetry's where it has them, translated as Prometheus
//! does; what is called `perf_…` is the SDK's own.
//!
//! | family | kind | labels |
//! |---|---|---|
//! | `http_server_request_duration_seconds` | histogram | `http_request_method`, `http_route` |
//! | `http_server_active_requests` | gauge | the same |
//! | `http_server_request_body_size_bytes`, `http_server_response_body_size_bytes` | histogram | the same |
//! | `perf_http_time_to_head_seconds`, `perf_http_stream_duration_seconds` | histogram | the same |
//! | `perf_http_requests_total` | counter | and `outcome` |
//! | `perf_http_responses_total` | counter | and `http_response_status_code` (gRPC: `rpc_grpc_status_code`) |
//! | `perf_http_time_seconds_total` | counter | and `part`: `cpu`, `database`, `cache`, `outgoing`, `scheduler`, `rest` |
//! | `perf_job_duration_seconds` | histogram | `job_name` |
//! | `perf_job_active`, `perf_jobs_total`, `perf_job_time_seconds_total` | gauge, counters | as for requests |
//! | `db_client_operation_duration_seconds` | histogram | `db_query_summary`, `fingerprint`, `call_site` |
//! | `perf_db_rows_total` | counter | the same |
//! | `perf_db_failures_total` | counter | and `error_type`: `error`, `cancelled` |
//! | `db_client_connection_wait_time_seconds` | histogram | `db_client_connection_pool_name` |
//! | `db_client_connection_use_time_seconds` | histogram | `db_client_connection_pool_name` |
//! | `perf_db_connections_used`, `db_client_connection_max` | gauge | the same |
//! | `perf_db_connection_failures_total` | counter | and `error_type` |
//! | `perf_cache_requests_total` | counter | `cache_name`, `cache_tier`, `result` |
//! | `perf_cache_request_duration_seconds` | histogram | `cache_name`, `cache_tier` |
//! | `perf_cache_backplane_lag_seconds`, `perf_cache_other_processes` | gauge | `cache_name` |
//! | `http_client_request_duration_seconds` | histogram | `http_request_method`, `server_address`, `url_template` |
//! | `perf_http_client_failures_total` | counter | and `error_type` |
//! | `perf_findings` | gauge | `kind` |
//! | `perf_dropped_total` | counter | `what` |
//! | `perf_recorder_uptime_seconds`, `perf_build_info` | gauge, info | none, `version` |
//!
//! # Where it differs from OpenTelemetry
//!
//! - The recorder keeps one histogram for each route, so the duration has no label for status or
//!   error; those are counters of their own. The [bridges](#bridges) have them.
//! - Streams are left out of the duration: server-sent events would fill its last bucket.
//! - `url_scheme`, `db_system_name` and `server_port` are not known to the recorder and left out.
//! - `db.client.connection.count` would end in `_count`, which Prometheus keeps for histograms.
//! - There are no `_created` samples: Prometheus stores each as one more series.
//!
//! # Bounds
//!
//! The recorder's bounds are the page's. What does not fit is counted with the name `_other` for
//! route, target, cache or pool, and without a call site for statements, and `perf_dropped_total`
//! tells how often; it is a series of its own, so no counter ever goes down. Since requests and jobs
//! share a bound, jobs beyond it count as requests with the route `_other`. A statement's label is
//! its summary of at most 80 characters, never its text.
//!
//! # Bridges
//!
//! `Facade` (feature `metrics`) and `OtelMeter` (feature `opentelemetry`) hand the same on to the
//! `metrics` facade and to an OpenTelemetry meter, as it happens; findings, losses and rows are on the
//! page only. Give one of them to [`Recorder::observe`](perf_core::Recorder::observe), or both as a
//! pair.

mod accept;
#[cfg(any(feature = "metrics", feature = "opentelemetry"))]
mod bridge;
mod buckets;
mod page;
mod series;
mod service;
mod summary;
mod target;
mod text;

#[cfg(feature = "metrics")]
pub use bridge::Facade;
#[cfg(feature = "opentelemetry")]
pub use bridge::OtelMeter;
pub use buckets::{BODY_BYTES, DB_SECONDS, HTTP_SECONDS};
pub use service::Metrics;
