//! Scopes that are no requests: jobs, by name.

use perf_core::recorder::RouteStats;

use super::super::buckets;
use super::super::series::AllSeries;
use super::super::text::{Kind, Labels, Metric, Text};
use super::{is_of_requests, outcomes, parts};

static DURATION: Metric = Metric {
    name: "perf_job_duration_seconds",
    kind: Kind::Histogram,
    unit: "seconds",
    help: "From the opening of a job's scope to its close.",
};
static ACTIVE: Metric =
    Metric { name: "perf_job_active", kind: Kind::Gauge, unit: "", help: "Jobs that run." };
static OUTCOMES: Metric =
    Metric { name: "perf_jobs", kind: Kind::Counter, unit: "", help: "Jobs by how they ended." };
static TIME: Metric = Metric {
    name: "perf_job_time_seconds",
    kind: Kind::Counter,
    unit: "seconds",
    help: "Where the time of jobs went; the parts add up to the whole.",
};

pub(super) fn write(text: &mut Text, routes: &[RouteStats]) {
    // `job` itself is a label of Prometheus's own.
    let labels = |job: &RouteStats| Labels::default().and("job_name", &job.template);
    let all = AllSeries::new(routes.iter().filter(|route| !is_of_requests(route)), labels);
    text.family(&DURATION, |samples| {
        for job in all.iter() {
            let counts = job.counts(|job| &job.total.cumulative);
            samples.histogram(job.labels(), &buckets::HTTP, &counts, &[]);
        }
    });
    text.family(&ACTIVE, |samples| {
        for job in all.iter() {
            samples.number(job.labels(), None, job.sum(|job| job.in_flight));
        }
    });
    text.family(&OUTCOMES, |samples| all.iter().for_each(|job| outcomes(samples, &job)));
    text.family(&TIME, |samples| all.iter().for_each(|job| parts(samples, &job)));
}
