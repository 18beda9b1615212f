//! Which of the two formats a scraper asks for (RFC 9110 section 12.5.1).

use http::HeaderMap;
use http::header::ACCEPT;

/// The formats of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// The Prometheus text format, version 0.0.4.
    Prometheus,
    /// OpenMetrics 1.0, which can carry exemplars.
    OpenMetrics,
}

impl Format {
    /// The one that is served where both are as welcome comes first.
    pub(super) const ALL: [Self; 2] = [Self::Prometheus, Self::OpenMetrics];

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }

    /// The format with the highest weight; among equals the one that was named more exactly.
    /// `None` when neither is welcome.
    pub(super) fn accepted_by(headers: &HeaderMap) -> Option<Self> {
        let headers: Vec<_> =
            headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
        let ranges: Vec<_> = headers
            .iter()
            .flat_map(|header| header.split(','))
            .filter(|range| !range.trim().is_empty())
            .collect();
        if ranges.is_empty() {
            return Some(Self::Prometheus);
        }
        let ranges: Vec<Range<'_>> = ranges.into_iter().filter_map(Range::parsed).collect();
        let mut best = None;
        for format in Self::ALL {
            let matches = ranges.iter().filter_map(|range| Some((range.exactness(format)?, range)));
            let Some((exactness, range)) = matches.max_by_key(|&(exactness, _)| exactness) else {
                continue;
            };
            let wish = (range.weight, exactness);
            if range.weight > 0 && best.is_none_or(|(best, _)| wish > best) {
                best = Some((wish, format));
            }
        }
        best.map(|(_, format)| format)
    }

    fn media_type(self) -> (&'static str, &'static str) {
        match self {
            Self::Prometheus => ("text", "plain"),
            Self::OpenMetrics => ("application", "openmetrics-text"),
        }
    }

    fn version(self) -> &'static str {
        match self {
            Self::Prometheus => "0.0.4",
            Self::OpenMetrics => "1.0.0",
        }
    }
}

/// One element of `Accept`.
struct Range<'a> {
    kind: &'a str,
    subtype: &'a str,
    version: Option<&'a str>,
    /// In thousandths.
    weight: u16,
}

impl<'a> Range<'a> {
    /// `None` for what is no media range: it asks for nothing that there is.
    fn parsed(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let (mut version, mut weight) = (None, 1_000);
        for part in parts {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let value = value.trim().trim_matches('"');
            match name.trim() {
                name if name.eq_ignore_ascii_case("q") => weight = thousandths(value)?,
                name if name.eq_ignore_ascii_case("version") => version = Some(value),
                _ => {}
            }
        }
        Some(Self { kind, subtype, version, weight })
    }

    /// How exactly the range names this format; `None` when it means another one.
    fn exactness(&self, format: Format) -> Option<u8> {
        let (kind, subtype) = format.media_type();
        let is = |given: &str, own: &str| given.eq_ignore_ascii_case(own);
        match (self.kind, self.subtype, self.version) {
            ("*", "*", _) => Some(0),
            (given, "*", _) if is(given, kind) => Some(1),
            (given, sub, None) if is(given, kind) && is(sub, subtype) => Some(2),
            (given, sub, Some(version)) if is(given, kind) && is(sub, subtype) => {
                (version == format.version()).then_some(3)
            }
            _ => None,
        }
    }
}

/// A weight: 0 to 1 with at most three digits after the point (RFC 9110 section 12.4.2).
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, digits) = weight.split_once('.').unwrap_or((weight, ""));
    if digits.len() > 3 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let part: u16 = format!("{digits:0<3}").parse().ok()?;
    match (whole, part) {
        ("0", part) => Some(part),
        ("1", 0) => Some(1_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::Format::{OpenMetrics, Prometheus};
    use super::*;

    fn accepted(values: &[&[u8]]) -> Option<Format> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(ACCEPT, HeaderValue::from_bytes(value).expect("a header's value"));
        }
        Format::accepted_by(&headers)
    }

    #[test]
    fn the_most_welcome_format_is_served() {
        let prometheus_3 = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
            application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;q=0.4,\
            text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        let protobuf = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily";
        let table = [
            ("", Some(Prometheus)),
            ("*/*", Some(Prometheus)),
            (browser, Some(Prometheus)),
            (prometheus_3, Some(OpenMetrics)),
            ("text/plain", Some(Prometheus)),
            ("Text/PLAIN ; Version=0.0.4", Some(Prometheus)),
            ("application/openmetrics-text", Some(OpenMetrics)),
            ("application/openmetrics-text; version=\"1.0.0\"; charset=utf-8", Some(OpenMetrics)),
            ("application/*", Some(OpenMetrics)),
            ("text/*", Some(Prometheus)),
            ("application/openmetrics-text, text/plain", Some(Prometheus)),
            ("application/openmetrics-text, */*", Some(OpenMetrics)),
            ("application/openmetrics-text;q=0.1, text/plain;q=0.2", Some(Prometheus)),
            ("application/openmetrics-text;q=0.2, text/plain;q=0.1", Some(OpenMetrics)),
            ("text/plain;q=0, */*", Some(OpenMetrics)),
            ("text/plain;q=0.000, application/json", None),
            ("*/*;q=0", None),
            ("application/json", None),
            (protobuf, None),
            ("text/plain;version=1.0.0", None),
            ("application/openmetrics-text;version=0.0.1", None),
            ("text", None),
            ("text/plain;q=2", None),
            ("text/plain;q=-1", None),
            ("text/plain;q=0.5555", None),
            ("text/plain;q=", None),
            (";;;,text/plain;q=nan", None),
        ];
        for (accept, format) in table {
            assert_eq!(accepted(&[accept.as_bytes()]), format, "{accept}");
        }
    }

    #[test]
    fn several_headers_are_one_list_and_one_that_is_no_text_asks_for_nothing() {
        assert_eq!(accepted(&[]), Some(Prometheus));
        let two: [&[u8]; 2] = [b"text/plain;q=0.1", b"application/openmetrics-text"];
        assert_eq!(accepted(&two), Some(OpenMetrics));
        assert_eq!(accepted(&[b"text/plain", b"\xff"]), Some(Prometheus));
    }
}
