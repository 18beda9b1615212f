//! Requests to other services, by target.

use perf_core::recorder::CallStats;

use super::super::buckets;
use super::super::series::AllSeries;
use super::super::target::Target;
use super::super::text::{Kind, Labels, Metric, Text};
use super::failures;

static DURATION: Metric = Metric {
    name: "http_client_request_duration_seconds",
    kind: Kind::Histogram,
    unit: "seconds",
    help: "From a request to another service to the end of its answer.",
};
static FAILURES: Metric = Metric {
    name: "perf_http_client_failures",
    kind: Kind::Counter,
    unit: "",
    help: "Requests to other services that failed, and those given up before they ended.",
};

pub(super) fn write(text: &mut Text, calls: &[CallStats]) {
    let all = AllSeries::new(calls, |call| {
        let Target { method, address, template } = Target::of(&call.target);
        Labels::default()
            .and("http_request_method", method)
            .and("server_address", address)
            .and("url_template", template)
    });
    text.family(&DURATION, |samples| {
        for call in all.iter() {
            let counts = call.counts(|call| &call.duration.cumulative);
            samples.histogram(call.labels(), &buckets::HTTP, &counts, &[]);
        }
    });
    failures(text, &FAILURES, &all, |call| (call.errors, call.cancelled));
}
