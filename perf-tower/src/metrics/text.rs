//! The two text formats: families, samples, labels, exemplars.

use std::fmt::{self, Display, Write};

use perf_core::metric::Cumulative;
use perf_core::recorder::Exemplar;

use super::accept::Format;
use super::buckets::Buckets;

/// One family of samples.
pub(super) struct Metric {
    /// Without the suffix that its kind adds.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// The unit in which the name ends; empty for a plain number.
    pub(super) unit: &'static str,
    pub(super) help: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
    /// Labels that say something, with the value 1.
    Info,
}

impl Kind {
    fn suffix(self) -> &'static str {
        match self {
            Self::Counter => "_total",
            Self::Info => "_info",
            Self::Gauge | Self::Histogram => "",
        }
    }
}

/// The page while it is written.
pub(super) struct Text {
    page: String,
    format: Format,
}

impl Text {
    pub(super) fn new(format: Format, capacity: usize) -> Self {
        Self { page: String::with_capacity(capacity), format }
    }

    /// Writes one family; one without samples is left out.
    pub(super) fn family(
        &mut self,
        metric: &'static Metric,
        samples: impl FnOnce(&mut Samples<'_>),
    ) {
        samples(&mut Samples { text: self, metric, is_begun: false });
    }

    pub(super) fn end(mut self) -> String {
        if self.format == Format::OpenMetrics {
            self.page.push_str("# EOF\n");
        }
        self.page
    }

    /// The older format names a family by its samples, the newer one without their suffix, and only
    /// that one knows units and the kind `info`.
    fn begin(&mut self, metric: &Metric) {
        let &Metric { name, kind, unit, help } = metric;
        let is_open = self.format == Format::OpenMetrics;
        let suffix = if is_open { "" } else { kind.suffix() };
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Histogram => "histogram",
            Kind::Info if is_open => "info",
            Kind::Gauge | Kind::Info => "gauge",
        };
        self.add(format_args!("# HELP {name}{suffix} {help}\n# TYPE {name}{suffix} {kind}\n"));
        if is_open && !unit.is_empty() {
            self.add(format_args!("# UNIT {name} {unit}\n"));
        }
    }

    fn add(&mut self, text: fmt::Arguments<'_>) {
        write(&mut self.page, text);
    }
}

/// The samples of one family.
pub(super) struct Samples<'a> {
    text: &'a mut Text,
    metric: &'static Metric,
    is_begun: bool,
}

impl Samples<'_> {
    /// One number. `labels` come from [`Labels`]; the one that is added must not be among them.
    pub(super) fn number(
        &mut self,
        labels: &str,
        added: Option<(&str, &str)>,
        value: impl Display,
    ) {
        let suffix = self.metric.kind.suffix();
        self.line(suffix, labels, added);
        self.text.add(format_args!(" {value}\n"));
    }

    /// The buckets, the sum and the count of a histogram. The newer format gets exemplars too, for
    /// buckets with anything in them.
    pub(super) fn histogram<const N: usize>(
        &mut self,
        labels: &str,
        buckets: &Buckets<N>,
        counts: &Cumulative<N>,
        exemplars: &[Exemplar],
    ) {
        let exemplars =
            if self.text.format == Format::OpenMetrics { exemplars } else { Default::default() };
        let steps = buckets
            .steps
            .iter()
            .map(|&(place, le)| (le, counts.at_most[place], u128::from(buckets.bounds[place])));
        let (mut below, mut counted_below) = (None, 0);
        for (le, counted, bound) in steps.chain([("+Inf", counts.count, u128::MAX)]) {
            self.line("_bucket", labels, Some(("le", le)));
            self.text.add(format_args!(" {counted}"));
            if !exemplars.is_empty() && counted > counted_below {
                let within = |exemplar: &&Exemplar| {
                    let micros = exemplar.elapsed.as_micros();
                    below.is_none_or(|below| micros > below) && micros <= bound
                };
                let latest =
                    exemplars.iter().filter(within).max_by_key(|exemplar| exemplar.closed_unix_ms);
                if let Some(exemplar) = latest {
                    self.exemplar(exemplar);
                }
            }
            self.text.page.push('\n');
            (below, counted_below) = (Some(bound), counted);
        }
        self.line("_sum", labels, None);
        self.text.add(format_args!(" {}\n", Decimal { value: counts.sum, scale: buckets.scale }));
        self.line("_count", labels, None);
        self.text.add(format_args!(" {}\n", counts.count));
    }

    fn exemplar(&mut self, exemplar: &Exemplar) {
        let &Exemplar { trace, elapsed, closed_unix_ms, .. } = exemplar;
        let (at, millis) = (closed_unix_ms / 1_000, closed_unix_ms % 1_000);
        let seconds = elapsed.as_secs_f64();
        self.text.add(format_args!(" # {{trace_id=\"{trace}\"}} {seconds} {at}.{millis:03}"));
    }

    fn line(&mut self, suffix: &str, labels: &str, added: Option<(&str, &str)>) {
        if !std::mem::replace(&mut self.is_begun, true) {
            self.text.begin(self.metric);
        }
        let page = &mut self.text.page;
        page.push_str(self.metric.name);
        page.push_str(suffix);
        if labels.is_empty() && added.is_none() {
            return;
        }
        page.push('{');
        page.push_str(labels);
        if let Some((name, value)) = added {
            if !labels.is_empty() {
                page.push(',');
            }
            page.push_str(name);
            page.push_str("=\"");
            page.push_str(value);
            page.push('"');
        }
        page.push('}');
    }
}

/// Labels as they stand between the braces.
#[derive(Default)]
pub(super) struct Labels {
    text: String,
}

impl Labels {
    /// One more label. An empty one is left out: to Prometheus both are the same.
    pub(super) fn and(mut self, name: &str, value: impl Display) -> Self {
        let begin = self.text.len();
        if begin > 0 {
            self.text.push(',');
        }
        self.text.push_str(name);
        self.text.push_str("=\"");
        let empty = self.text.len();
        write(&mut Escaped(&mut self.text), format_args!("{value}"));
        if self.text.len() == empty {
            self.text.truncate(begin);
        } else {
            self.text.push('"');
        }
        self
    }

    pub(super) fn end(self) -> String {
        self.text
    }
}

/// Takes text and writes it as a label's value.
struct Escaped<'a>(&'a mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            match character {
                '\\' => self.0.push_str(r"\\"),
                '"' => self.0.push_str("\\\""),
                '\n' => self.0.push_str(r"\n"),
                other => self.0.push(other),
            }
        }
        Ok(())
    }
}

/// A whole number of parts, in wholes: exact, so that a sum never seems to go down.
pub(super) struct Decimal {
    pub(super) value: u64,
    /// How many parts make a whole: a power of ten.
    pub(super) scale: u64,
}

impl Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let &Self { value, scale } = self;
        let digits = scale.ilog10() as usize;
        match value % scale {
            0 => write!(f, "{}", value / scale),
            part => write!(f, "{}.{part:0digits$}", value / scale),
        }
    }
}

/// A string takes everything.
fn write(into: &mut impl Write, text: fmt::Arguments<'_>) {
    _ = into.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_end_a_label_or_a_line_is_escaped_and_an_empty_label_is_left_out() {
        let labels = Labels::default().and("a", "x\\\"\ny").and("b", "").and("c", "é{}\r");
        assert_eq!(labels.end(), "a=\"x\\\\\\\"\\ny\",c=\"é{}\r\"");
    }

    #[test]
    fn decimals_are_exact() {
        let text = |value, scale| Decimal { value, scale }.to_string();
        assert_eq!(text(1_500_000, 1_000_000), "1.500000");
        assert_eq!(text(7, 1_000_000), "0.000007");
        assert_eq!(text(u64::MAX, 1), "18446744073709551615");
        assert_eq!(text(u64::MAX, 1_000_000_000), "18446744073.709551615");
    }
}
