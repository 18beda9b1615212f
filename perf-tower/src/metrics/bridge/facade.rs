use metrics::{Key, KeyName, Label, Level, Metadata, SharedString, Unit, with_recorder};

use super::instrument::{Description, Instrument, Kind};
use super::{Attributes, Sink, Value, observe};

/// Hands everything on to the recorder of the [`metrics`](::metrics) facade, as it happens.
///
/// Names and labels are OpenTelemetry's, units seconds and bytes. Sums of seconds are gauges that only
/// grow, since a counter of the facade counts in whole numbers. The facade knows no bounds: give
/// [`HTTP_SECONDS`](super::super::HTTP_SECONDS), [`DB_SECONDS`](super::super::DB_SECONDS) and
/// [`BODY_BYTES`](super::super::BODY_BYTES) to the exporter.
///
/// ```
/// use perf_core::Recorder;
/// use perf_tower::metrics::Facade;
///
/// // After the exporter was installed.
/// Recorder::global().observe(Facade::new()).unwrap();
/// ```
///
/// # Cost
/// A key with a handful of allocations for each measurement, and what the exporter does with it;
/// the page of [`Metrics`](super::super::Metrics) costs requests nothing.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Facade;

const METADATA: Metadata<'static> = Metadata::new("perf_tower", Level::INFO, Some(module_path!()));

impl Facade {
    /// A bridge to the facade's recorder, to which it describes its names; install that one first.
    #[expect(clippy::new_without_default, reason = "it has the effect of describing")]
    pub fn new() -> Self {
        for instrument in Instrument::ALL {
            let Description { name, kind, unit, help } = instrument.description();
            let name = KeyName::from_const_str(name);
            let unit = match unit {
                "s" => Unit::Seconds,
                "By" => Unit::Bytes,
                _ => Unit::Count,
            };
            let help = SharedString::from(help);
            with_recorder(|recorder| match kind {
                Kind::Histogram(_) => recorder.describe_histogram(name, Some(unit), help),
                Kind::UpDown | Kind::Gauge => recorder.describe_gauge(name, Some(unit), help),
                Kind::Counter if unit == Unit::Seconds => {
                    recorder.describe_gauge(name, Some(unit), help);
                }
                Kind::Counter => recorder.describe_counter(name, Some(unit), help),
            });
        }
        Self
    }
}

impl Sink for Facade {
    fn hand_on(&self, instrument: Instrument, value: f64, attributes: &Attributes) {
        let Description { name, kind, unit, .. } = instrument.description();
        let labels: Vec<Label> = attributes
            .iter()
            .map(|(name, value)| match value {
                Value::Text(text) => Label::new(*name, text.clone()),
                Value::Number(number) => Label::new(*name, number.to_string()),
            })
            .collect();
        let key = Key::from_parts(name, labels);
        with_recorder(|recorder| match kind {
            Kind::Histogram(_) => recorder.register_histogram(&key, &METADATA).record(value),
            Kind::Gauge => recorder.register_gauge(&key, &METADATA).set(value),
            Kind::UpDown => recorder.register_gauge(&key, &METADATA).increment(value),
            Kind::Counter if unit == "s" => {
                recorder.register_gauge(&key, &METADATA).increment(value);
            }
            Kind::Counter => recorder.register_counter(&key, &METADATA).increment(value as u64),
        });
    }
}

observe!(Facade);
