use std::fmt;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Gauge, Histogram, Meter, UpDownCounter};

use super::instrument::{Description, Instrument, Kind};
use super::{Attributes, Sink, Value, observe};

/// Hands everything on to an OpenTelemetry meter, as it happens, with the names, units, attributes
/// and bounds of its conventions.
///
/// ```
/// use perf_core::Recorder;
/// use perf_tower::metrics::OtelMeter;
///
/// let meter = opentelemetry::global::meter("perf");
/// Recorder::global().observe(OtelMeter::new(&meter)).unwrap();
/// ```
///
/// # Cost
/// A handful of allocations for each measurement, and what the meter does with it; the page of
/// [`Metrics`](super::super::Metrics) costs requests nothing.
pub struct OtelMeter {
    /// By the number of their instrument.
    handles: Vec<Handle>,
}

enum Handle {
    Histogram(Histogram<f64>),
    /// Of seconds.
    Time(Counter<f64>),
    Count(Counter<u64>),
    UpDown(UpDownCounter<i64>),
    Gauge(Gauge<u64>),
}

impl OtelMeter {
    /// A bridge to this meter.
    pub fn new(meter: &Meter) -> Self {
        Self { handles: Instrument::ALL.map(|it| handle(meter, it.description())).into() }
    }
}

fn handle(meter: &Meter, description: Description) -> Handle {
    let Description { name, kind, unit, help } = description;
    match kind {
        Kind::Histogram(bounds) => {
            let histogram = meter.f64_histogram(name).with_unit(unit).with_description(help);
            Handle::Histogram(histogram.with_boundaries(bounds.to_vec()).build())
        }
        Kind::Counter if unit == "s" => {
            Handle::Time(meter.f64_counter(name).with_unit(unit).with_description(help).build())
        }
        Kind::Counter => {
            Handle::Count(meter.u64_counter(name).with_unit(unit).with_description(help).build())
        }
        Kind::UpDown => {
            let counter = meter.i64_up_down_counter(name).with_unit(unit).with_description(help);
            Handle::UpDown(counter.build())
        }
        Kind::Gauge => {
            Handle::Gauge(meter.u64_gauge(name).with_unit(unit).with_description(help).build())
        }
    }
}

impl Sink for OtelMeter {
    fn hand_on(&self, instrument: Instrument, value: f64, attributes: &Attributes) {
        let Some(handle) = self.handles.get(instrument as usize) else { return };
        let attributes: Vec<KeyValue> = attributes
            .iter()
            .map(|(name, value)| match value {
                Value::Text(text) => KeyValue::new(*name, text.clone()),
                Value::Number(number) => KeyValue::new(*name, i64::from(*number)),
            })
            .collect();
        match handle {
            Handle::Histogram(histogram) => histogram.record(value, &attributes),
            Handle::Time(counter) => counter.add(value, &attributes),
            Handle::Count(counter) => counter.add(value as u64, &attributes),
            Handle::UpDown(counter) => counter.add(value as i64, &attributes),
            Handle::Gauge(gauge) => gauge.record(value as u64, &attributes),
        }
    }
}

impl fmt::Debug for OtelMeter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtelMeter").finish_non_exhaustive()
    }
}

observe!(OtelMeter);
