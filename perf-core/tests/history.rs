//! What a route did in the last minutes: rates are those of a step, also of the first one.

use std::time::Duration;

use perf_core::recorder::Point;
use perf_core::time::{self, Instant};
use perf_core::{Label, Outcome, Recorder};

struct Service {
    recorder: Recorder,
    began: Instant,
}

impl Service {
    fn start() -> Self {
        let recorder = Recorder::builder().build();
        Self { recorder, began: time::now() }
    }

    /// A scope that closes so long after the start.
    fn closes(&self, job: &str, outcome: Outcome, millis: u64) {
        let at = self.began + Duration::from_millis(millis);
        self.recorder.scope(Label::job(job)).close_at(outcome, at);
    }

    fn history(&self, job: &str) -> Vec<Point> {
        let routes = self.recorder.snapshot().routes;
        let route = routes.iter().find(|route| route.route == job).expect("it has closed");
        self.recorder.history(&route.id)
    }
}

#[track_caller]
fn is_about(rate: f64, expected: f64) {
    assert!((rate - expected).abs() <= expected * 0.01, "{rate}, not {expected}");
}

#[test]
fn the_first_scopes_are_no_step_of_their_own() {
    let service = Service::start();
    (0..100).for_each(|n| service.closes("job", Outcome::Ok, n));
    assert!(service.history("job").is_empty());
    service.closes("job", Outcome::Ok, 5_100);
    let history = service.history("job");
    assert_eq!(history.len(), 1);
    is_about(history[0].per_second, 101.0 / 5.1);
}

#[test]
fn a_point_tells_rates_errors_and_the_mean_of_its_step() {
    let service = Service::start();
    (0..10).for_each(|_| service.closes("job", Outcome::Ok, 1_000));
    service.closes("job", Outcome::ServerError, 5_100);
    (0..4).for_each(|_| service.closes("job", Outcome::Panic, 6_000));
    service.closes("job", Outcome::ClientError, 15_100);
    let history = service.history("job");
    assert_eq!(history.len(), 2);
    is_about(history[0].per_second, 11.0 / 5.1);
    is_about(history[0].errors_per_second, 1.0 / 5.1);
    is_about(history[0].mean.as_secs_f64(), (10.0 + 5.1) / 11.0);
    is_about(history[1].per_second, 0.5);
    is_about(history[1].errors_per_second, 0.4);
    let json = serde_json::to_value(history[1]).expect("plain data");
    is_about(json["at_ms"].as_f64().expect("a number"), 15_100.0);
}

#[test]
fn a_route_that_is_new_has_the_rate_of_the_step_in_which_it_came() {
    let service = Service::start();
    service.closes("old", Outcome::Ok, 3_600_000);
    service.closes("new", Outcome::Ok, 3_604_000);
    service.closes("old", Outcome::Ok, 3_605_100);
    let (old, new) = (service.history("old"), service.history("new"));
    assert_eq!((old.len(), new.len()), (2, 1));
    is_about(old[1].per_second, 1.0 / 5.1);
    is_about(new[0].per_second, 1.0 / 5.1);
}

#[test]
fn a_route_that_is_idle_has_points_of_zero() {
    let service = Service::start();
    service.closes("idle", Outcome::Ok, 1_000);
    (1..=3).for_each(|n| service.closes("busy", Outcome::Ok, n * 5_100));
    let history = service.history("idle");
    assert_eq!(history.len(), 3);
    assert_eq!((history[2].per_second, history[2].mean), (0.0, Duration::ZERO));
}

#[test]
fn a_route_that_nobody_knows_has_no_history() {
    assert!(Service::start().recorder.history("0000000000000000").is_empty());
}
