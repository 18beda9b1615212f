//! The instruments of the bridges: names, units, bounds.

use super::super::{BODY_BYTES, DB_SECONDS, HTTP_SECONDS};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Instrument {
    RequestDuration,
    Active,
    RequestBody,
    ResponseBody,
    TimeToHead,
    StreamDuration,
    Time,
    JobDuration,
    JobActive,
    JobTime,
    QueryDuration,
    PoolWait,
    PoolUse,
    PoolUsed,
    PoolMax,
    CacheRequests,
    CallDuration,
}

pub(super) enum Kind {
    /// With the bounds to advise.
    #[cfg_attr(
        not(feature = "opentelemetry"),
        expect(dead_code, reason = "the facade has no way to advise bounds")
    )]
    Histogram(&'static [f64]),
    Counter,
    UpDown,
    Gauge,
}

pub(super) struct Description {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// In OpenTelemetry's way of writing.
    pub(super) unit: &'static str,
    pub(super) help: &'static str,
}

impl Instrument {
    /// In the order of their numbers.
    pub(super) const ALL: [Self; 17] = [
        Self::RequestDuration,
        Self::Active,
        Self::RequestBody,
        Self::ResponseBody,
        Self::TimeToHead,
        Self::StreamDuration,
        Self::Time,
        Self::JobDuration,
        Self::JobActive,
        Self::JobTime,
        Self::QueryDuration,
        Self::PoolWait,
        Self::PoolUse,
        Self::PoolUsed,
        Self::PoolMax,
        Self::CacheRequests,
        Self::CallDuration,
    ];

    pub(super) fn description(self) -> Description {
        use Kind::{Counter, Gauge, Histogram, UpDown};
        let (name, kind, unit, help) = match self {
            Self::RequestDuration => (
                "http.server.request.duration",
                Histogram(&HTTP_SECONDS),
                "s",
                "From the request to the end of the answer, without streams.",
            ),
            Self::Active => (
                "http.server.active_requests",
                UpDown,
                "{request}",
                "Requests whose answer has not ended.",
            ),
            Self::RequestBody => (
                "http.server.request.body.size",
                Histogram(&BODY_BYTES),
                "By",
                "The bodies of requests that had one.",
            ),
            Self::ResponseBody => (
                "http.server.response.body.size",
                Histogram(&BODY_BYTES),
                "By",
                "The bodies of answers that had one, as far as they were sent.",
            ),
            Self::TimeToHead => (
                "perf.http.time_to_head",
                Histogram(&HTTP_SECONDS),
                "s",
                "From the request to the head of the answer.",
            ),
            Self::StreamDuration => (
                "perf.http.stream.duration",
                Histogram(&HTTP_SECONDS),
                "s",
                "The lives of answers that have no end of their own.",
            ),
            Self::Time => ("perf.http.time", Counter, "s", "Where the time of requests went."),
            Self::JobDuration => (
                "perf.job.duration",
                Histogram(&HTTP_SECONDS),
                "s",
                "From the opening of a job's scope to its close.",
            ),
            Self::JobActive => ("perf.job.active", UpDown, "{job}", "Jobs that run."),
            Self::JobTime => ("perf.job.time", Counter, "s", "Where the time of jobs went."),
            Self::QueryDuration => (
                "db.client.operation.duration",
                Histogram(&DB_SECONDS),
                "s",
                "From the moment a statement had a connection to its last row.",
            ),
            Self::PoolWait => (
                "db.client.connection.wait_time",
                Histogram(&DB_SECONDS),
                "s",
                "How long callers waited for a connection of the pool.",
            ),
            Self::PoolUse => (
                "db.client.connection.use_time",
                Histogram(&DB_SECONDS),
                "s",
                "How long callers held the connections that they have given back.",
            ),
            Self::PoolUsed => (
                "db.client.connection.count",
                Gauge,
                "{connection}",
                "Connections in use at the last checkout.",
            ),
            Self::PoolMax => (
                "db.client.connection.max",
                Gauge,
                "{connection}",
                "Connections that the pool may hold.",
            ),
            Self::CacheRequests => (
                "perf.cache.requests",
                Counter,
                "{request}",
                "Look-ups by tier and by what the tier answered.",
            ),
            Self::CallDuration => (
                "http.client.request.duration",
                Histogram(&HTTP_SECONDS),
                "s",
                "From a request to another service to the end of its answer.",
            ),
        };
        Description { name, kind, unit, help }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_instrument_stands_at_its_number() {
        for (number, instrument) in Instrument::ALL.into_iter().enumerate() {
            assert_eq!(instrument as usize, number);
        }
    }
}
