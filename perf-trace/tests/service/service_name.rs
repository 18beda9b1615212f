//! Risk: the operator's name for the service is overridden, or none arrives.

use std::time::Duration;

use crate::child::in_child;
use crate::collector::{Answer, Collector};

#[test]
fn the_argument_names_the_service() {
    let collector = Collector::start(Answer::Accept);
    in_child!(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url())], export_one_span);
    assert_eq!(collector.service_name().as_deref(), Some("argument"));
}

#[test]
fn the_resource_attributes_win_over_the_argument() {
    let collector = Collector::start(Answer::Accept);
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.url()),
        ("OTEL_RESOURCE_ATTRIBUTES", "service.version=2,service.name=attribute"),
    ];
    in_child!(&variables, export_one_span);
    assert_eq!(collector.service_name().as_deref(), Some("attribute"));
}

#[test]
fn the_service_name_variable_wins_over_the_resource_attributes() {
    let collector = Collector::start(Answer::Accept);
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.url()),
        ("OTEL_RESOURCE_ATTRIBUTES", "service.name=attribute"),
        ("OTEL_SERVICE_NAME", "variable"),
    ];
    in_child!(&variables, export_one_span);
    assert_eq!(collector.service_name().as_deref(), Some("variable"));
}

#[test]
fn empty_names_are_passed_over() {
    let collector = Collector::start(Answer::Accept);
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.url()),
        ("OTEL_RESOURCE_ATTRIBUTES", "service.name="),
        ("OTEL_SERVICE_NAME", ""),
    ];
    in_child!(&variables, export_one_span);
    assert_eq!(collector.service_name().as_deref(), Some("argument"));
}

fn export_one_span() {
    let telemetry = perf_trace::init("argument").unwrap();
    tracing::info_span!("work").in_scope(|| {});
    telemetry.shutdown(Duration::from_secs(5)).unwrap();
}
