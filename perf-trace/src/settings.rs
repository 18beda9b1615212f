//! What the operator said in the environment, by the rules of the OpenTelemetry specification:
//! empty means unset, and a value that makes no sense is ignored with a warning.

use std::env;
use std::time::Duration;

use http::Uri;
use opentelemetry_otlp::{
    OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL,
    OTEL_EXPORTER_OTLP_PROTOCOL_HTTP_PROTOBUF, OTEL_EXPORTER_OTLP_TIMEOUT,
    OTEL_EXPORTER_OTLP_TIMEOUT_DEFAULT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL, OTEL_EXPORTER_OTLP_TRACES_TIMEOUT,
};

use crate::layers;

/// The variables that this crate reads itself; the OpenTelemetry SDK reads the rest.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Whether spans leave the process.
    pub(crate) export: bool,
    /// The longest that one request to the collector may take.
    pub(crate) export_timeout: Duration,
    /// The directives of `RUST_LOG`, known to parse. Empty when there are none.
    pub(crate) log_directives: String,
    /// What was ignored.
    pub(crate) warnings: Vec<Warning>,
}

/// One ignored variable. The value is left out on purpose: it may hold a secret.
#[derive(Debug, PartialEq)]
pub(crate) struct Warning {
    pub(crate) variable: &'static str,
    pub(crate) fault: &'static str,
}

impl Settings {
    pub(crate) fn from_env() -> Self {
        Self::read(|variable| env::var(variable).ok())
    }

    fn read(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let mut reader = Reader { lookup, warnings: Vec::new() };
        Self {
            export: reader.export(),
            export_timeout: reader.export_timeout(),
            log_directives: reader.log_directives(),
            warnings: reader.warnings,
        }
    }
}

struct Reader<L> {
    lookup: L,
    warnings: Vec<Warning>,
}

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    fn export(&mut self) -> bool {
        !self.sdk_disabled() && !self.traces_switched_off() && self.endpoint_is_usable()
    }

    fn sdk_disabled(&mut self) -> bool {
        match self.value(SDK_DISABLED).map(|value| value.to_ascii_lowercase()).as_deref() {
            Some("true") => true,
            None | Some("false") => false,
            Some(_) => self.ignore(SDK_DISABLED, "is neither true nor false", false),
        }
    }

    fn traces_switched_off(&mut self) -> bool {
        match self.value(TRACES_EXPORTER).map(|value| value.to_ascii_lowercase()).as_deref() {
            Some("none") => true,
            None | Some("otlp") => false,
            Some(_) => self.ignore(TRACES_EXPORTER, "is neither otlp nor none", false),
        }
    }

    fn endpoint_is_usable(&mut self) -> bool {
        let variables = [OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_EXPORTER_OTLP_ENDPOINT];
        let Some((variable, endpoint)) = self.first_of(variables) else {
            return false;
        };
        if !is_http_url(&endpoint) {
            let fault = "is no URL of the form http://host:port or https://host:port; no span \
                         will be exported";
            return self.ignore(variable, fault, false);
        }
        let protocols = [OTEL_EXPORTER_OTLP_TRACES_PROTOCOL, OTEL_EXPORTER_OTLP_PROTOCOL];
        if let Some((variable, protocol)) = self.first_of(protocols)
            && !protocol.eq_ignore_ascii_case(OTEL_EXPORTER_OTLP_PROTOCOL_HTTP_PROTOBUF)
        {
            self.ignore(variable, "is not http/protobuf, which is used all the same", ());
        }
        true
    }

    fn export_timeout(&mut self) -> Duration {
        for variable in [OTEL_EXPORTER_OTLP_TRACES_TIMEOUT, OTEL_EXPORTER_OTLP_TIMEOUT] {
            let Some(value) = self.value(variable) else {
                continue;
            };
            match value.parse() {
                Ok(milliseconds) if milliseconds > 0 => return Duration::from_millis(milliseconds),
                _ => self.ignore(variable, "is no positive number of milliseconds", ()),
            }
        }
        OTEL_EXPORTER_OTLP_TIMEOUT_DEFAULT
    }

    fn log_directives(&mut self) -> String {
        match self.value(RUST_LOG) {
            Some(directives) if layers::log_directives_parse(&directives) => directives,
            Some(_) => self.ignore(RUST_LOG, "does not parse; info is used", String::new()),
            None => String::new(),
        }
    }

    fn first_of(&self, variables: [&'static str; 2]) -> Option<(&'static str, String)> {
        variables.into_iter().find_map(|variable| Some((variable, self.value(variable)?)))
    }

    fn value(&self, variable: &str) -> Option<String> {
        (self.lookup)(variable).filter(|value| !value.is_empty())
    }

    fn ignore<T>(&mut self, variable: &'static str, fault: &'static str, instead: T) -> T {
        self.warnings.push(Warning { variable, fault });
        instead
    }
}

fn is_http_url(endpoint: &str) -> bool {
    let Ok(uri) = endpoint.parse::<Uri>() else {
        return false;
    };
    let (Some("http" | "https"), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return false;
    };
    // `Uri` lets a port pass that is no number, and then shows none.
    let (host, written) = (authority.host(), authority.as_str());
    let without_user = written.rsplit_once('@').map_or(written, |(_, address)| address);
    !host.is_empty() && (authority.port_u16().is_some() || without_user == host)
}

const RUST_LOG: &str = "RUST_LOG";
const SDK_DISABLED: &str = "OTEL_SDK_DISABLED";
const TRACES_EXPORTER: &str = "OTEL_TRACES_EXPORTER";

#[cfg(test)]
mod tests;
