//! Requests that came in, by method and route.

use std::collections::BTreeMap;

use perf_core::recorder::{Exemplar, RouteStats};

use super::super::buckets;
use super::super::series::AllSeries;
use super::super::text::{Kind, Labels, Metric, Text};
use super::{UNMATCHED, is_of_requests, outcomes, parts};

static DURATION: Metric = Metric {
    name: "http_server_request_duration_seconds",
    kind: Kind::Histogram,
    unit: "seconds",
    help: "From the request to the end of the answer, without streams.",
};
static HEAD: Metric = Metric {
    name: "perf_http_time_to_head_seconds",
    kind: Kind::Histogram,
    unit: "seconds",
    help: "From the request to the head of the answer.",
};
static STREAMS: Metric = Metric {
    name: "perf_http_stream_duration_seconds",
    kind: Kind::Histogram,
    unit: "seconds",
    help: "The lives of answers that have no end of their own.",
};
static ACTIVE: Metric = Metric {
    name: "http_server_active_requests",
    kind: Kind::Gauge,
    unit: "",
    help: "Requests whose answer has not ended.",
};
static OUTCOMES: Metric = Metric {
    name: "perf_http_requests",
    kind: Kind::Counter,
    unit: "",
    help: "Requests by how they ended, streams too.",
};
static STATUSES: Metric = Metric {
    name: "perf_http_responses",
    kind: Kind::Counter,
    unit: "",
    help: "Answers by status: 200 and the first 32 others of a route.",
};
static TIME: Metric = Metric {
    name: "perf_http_time_seconds",
    kind: Kind::Counter,
    unit: "seconds",
    help: "Where the time of requests went; the parts add up to the whole.",
};
static REQUEST_BODY: Metric = Metric {
    name: "http_server_request_body_size_bytes",
    kind: Kind::Histogram,
    unit: "bytes",
    help: "The bodies of requests that had one.",
};
static RESPONSE_BODY: Metric = Metric {
    name: "http_server_response_body_size_bytes",
    kind: Kind::Histogram,
    unit: "bytes",
    help: "The bodies of answers that had one, as far as they were sent.",
};

pub(super) fn write(text: &mut Text, routes: &[RouteStats]) {
    let requests = routes.iter().filter(|route| is_of_requests(route));
    let all = AllSeries::new(requests, labels);
    text.family(&DURATION, |samples| {
        for route in all.iter() {
            let counts = route.counts(|route| &route.total.cumulative);
            let exemplars: Vec<Exemplar> =
                route.all().flat_map(|route| route.exemplars.iter().copied()).collect();
            samples.histogram(route.labels(), &buckets::HTTP, &counts, &exemplars);
        }
    });
    text.family(&HEAD, |samples| {
        for route in all.iter() {
            let counts = route.counts(|route| &route.head.cumulative);
            samples.histogram(route.labels(), &buckets::HTTP, &counts, &[]);
        }
    });
    text.family(&STREAMS, |samples| {
        for route in all.iter() {
            let counts = route.counts(|route| &route.streams.cumulative);
            if counts.count > 0 {
                samples.histogram(route.labels(), &buckets::HTTP, &counts, &[]);
            }
        }
    });
    text.family(&ACTIVE, |samples| {
        for route in all.iter() {
            samples.number(route.labels(), None, route.sum(|route| route.in_flight));
        }
    });
    text.family(&OUTCOMES, |samples| all.iter().for_each(|route| outcomes(samples, &route)));
    text.family(&STATUSES, |samples| {
        for route in all.iter() {
            let mut statuses: BTreeMap<u16, u64> = BTreeMap::new();
            for (&status, count) in route.all().flat_map(|route| &route.statuses) {
                *statuses.entry(status).or_default() += count;
            }
            for (status, count) in statuses {
                // Codes of gRPC are small.
                let label = match status {
                    100.. => "http_response_status_code",
                    _ => "rpc_grpc_status_code",
                };
                samples.number(route.labels(), Some((label, &status.to_string())), count);
            }
        }
    });
    text.family(&TIME, |samples| all.iter().for_each(|route| parts(samples, &route)));
    text.family(&REQUEST_BODY, |samples| {
        for route in all.iter() {
            let counts = route.counts(|route| &route.request_body.cumulative);
            if counts.count > 0 {
                samples.histogram(route.labels(), &buckets::SIZES, &counts, &[]);
            }
        }
    });
    text.family(&RESPONSE_BODY, |samples| {
        for route in all.iter() {
            let counts = route.counts(|route| &route.response_body.cumulative);
            if counts.count > 0 {
                samples.histogram(route.labels(), &buckets::SIZES, &counts, &[]);
            }
        }
    });
}

/// What no template matched has no `http_route`, as OpenTelemetry wants it. Requests beyond the
/// recorder's bound have the route `_other` and OpenTelemetry's name for a method that is not told.
fn labels(route: &RouteStats) -> Labels {
    let labels = Labels::default().and("http_request_method", route.method.unwrap_or("_OTHER"));
    match &*route.template {
        UNMATCHED => labels,
        template => labels.and("http_route", template),
    }
}
