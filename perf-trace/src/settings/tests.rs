use super::*;

const ENDPOINT: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");

#[test]
fn an_endpoint_switches_the_export_on() {
    assert!(read([ENDPOINT]).export);
    assert!(read([("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://collector/v1/traces")]).export);
    for endpoint in
        ["http://collector", "http://u:p@collector", "http://[::1]:4318/", "https://a/b"]
    {
        assert!(read([(ENDPOINT.0, endpoint)]).export, "{endpoint}");
    }
    assert!(!read([]).export);
}

#[test]
fn an_empty_variable_is_an_unset_one() {
    let settings = read([
        ("OTEL_EXPORTER_OTLP_ENDPOINT", ""),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", ""),
        ("OTEL_SDK_DISABLED", ""),
        ("RUST_LOG", ""),
    ]);
    assert!(!settings.export);
    assert_eq!(settings.export_timeout, Duration::from_secs(10));
    assert_eq!(settings.warnings, []);
}

#[test]
fn the_operator_can_switch_the_export_off() {
    assert!(!read([ENDPOINT, ("OTEL_SDK_DISABLED", "TRUE")]).export);
    assert!(!read([ENDPOINT, ("OTEL_TRACES_EXPORTER", "None")]).export);
}

#[test]
fn nonsense_is_ignored_with_a_warning_that_names_the_variable_and_hides_the_value() {
    let settings = read([
        ENDPOINT,
        ("OTEL_SDK_DISABLED", "s3cret"),
        ("OTEL_TRACES_EXPORTER", "s3cret"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "s3cret"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "s3cret"),
        ("RUST_LOG", "s3cret=s3cret"),
    ]);
    assert!(settings.export);
    assert_eq!(settings.export_timeout, Duration::from_secs(10));
    assert_eq!(settings.log_directives, "");
    let variables: Vec<_> = settings.warnings.iter().map(|warning| warning.variable).collect();
    assert_eq!(
        variables,
        [
            "OTEL_SDK_DISABLED",
            "OTEL_TRACES_EXPORTER",
            "OTEL_EXPORTER_OTLP_PROTOCOL",
            "OTEL_EXPORTER_OTLP_TIMEOUT",
            "RUST_LOG",
        ]
    );
    assert!(!format!("{settings:?}").contains("s3cret"));
}

#[test]
fn an_endpoint_that_is_no_http_url_is_refused_and_not_replaced() {
    for endpoint in ["collector:4318", "grpc://collector:4317", "http://", "http://a b", "/v1"] {
        let settings = read([("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint), ENDPOINT]);
        assert!(!settings.export, "{endpoint}");
        assert_eq!(settings.warnings.len(), 1, "{endpoint}");
        assert_eq!(settings.warnings[0].variable, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
    }
}

#[test]
fn the_variable_of_the_signal_wins_over_the_general_one() {
    let timeouts =
        [("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "250"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "9000")];
    assert_eq!(read(timeouts).export_timeout, Duration::from_millis(250));
    assert_eq!(read([timeouts[1]]).export_timeout, Duration::from_secs(9));
}

fn read<const N: usize>(variables: [(&str, &str); N]) -> Settings {
    Settings::read(|wanted| {
        let (_, value) = variables.iter().find(|(variable, _)| *variable == wanted)?;
        Some((*value).to_owned())
    })
}
