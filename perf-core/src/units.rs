//! How durations, shares and sizes are written for people.
//!
//! ```
//! use std::time::Duration;
//! use perf_core::units;
//!
//! assert_eq!(units::duration(Duration::from_micros(12_345)), "12.3 ms");
//! assert_eq!(units::percent(0.126), "13 %");
//! assert_eq!(units::bytes(1_536), "1.5 KiB");
//! assert_eq!(units::count(1_234_567), "1\u{a0}234\u{a0}567");
//! ```

use serde::Serializer;

use crate::time::Duration;

/// A duration with the unit that suits it: `850 µs`, `12.3 ms`, `4.56 s`.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match seconds {
        s if s >= 1.0 => format!("{s:.2} s"),
        s if s >= 0.001 => format!("{:.1} ms", s * 1e3),
        s => format!("{:.0} µs", s * 1e6),
    }
}

/// A duration in milliseconds, for a column that says so.
pub fn millis(duration: Duration) -> String {
    format!("{:.2}", duration.as_secs_f64() * 1e3)
}

/// A size with the unit that suits it: `512 B`, `1.5 KiB`, `12.0 MiB`.
pub fn bytes(bytes: u64) -> String {
    let size = bytes as f64;
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{:.1} KiB", size / 1_024.0),
        1_048_576..1_073_741_824 => format!("{:.1} MiB", size / 1_048_576.0),
        _ => format!("{:.1} GiB", size / 1_073_741_824.0),
    }
}

/// A share between 0 and 1 in percent.
pub fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// A number with its digits in groups of three, apart by no-break spaces (SI brochure, 5.4.4).
pub fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::with_capacity(digits.len() * 2);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push('\u{a0}');
        }
        grouped.push(digit);
    }
    grouped
}

/// A duration as a number of milliseconds, or null.
pub(crate) fn serialize_optional_millis<S: Serializer>(
    duration: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match duration {
        Some(duration) => serialize_millis(duration, serializer),
        None => serializer.serialize_none(),
    }
}

/// A duration as a number of milliseconds.
pub(crate) fn serialize_millis<S: Serializer>(
    duration: &Duration,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_nanos() as f64 / 1e6)
}
