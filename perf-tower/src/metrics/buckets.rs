//! The bounds of the histograms on the page, among those that a snapshot has counts for.

use perf_core::metric::{LATENCY_BOUNDS_MICROS, SIZE_BOUNDS_BYTES};

/// Seconds: the bounds that OpenTelemetry advises for `http.server.request.duration` and
/// `http.client.request.duration`.
pub const HTTP_SECONDS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// Seconds: the bounds that OpenTelemetry advises for `db.client.operation.duration`.
pub const DB_SECONDS: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

/// Bytes: the bounds for the sizes of bodies, for which OpenTelemetry advises none.
pub const BODY_BYTES: [f64; 9] =
    [256.0, 1024.0, 4096.0, 16384.0, 65536.0, 262144.0, 1048576.0, 4194304.0, 16777216.0];

/// Some of the bounds of a histogram: the place of each, and how it is written.
pub(super) struct Buckets<const N: usize> {
    pub(super) steps: &'static [(usize, &'static str)],
    pub(super) bounds: &'static [u64; N],
    /// How many of the bounds' unit make one of the page's.
    pub(super) scale: u64,
}

const MICROS: u64 = 1_000_000;

pub(super) const HTTP: Buckets<15> = Buckets {
    steps: &[
        (1, "0.005"),
        (2, "0.01"),
        (3, "0.025"),
        (4, "0.05"),
        (5, "0.075"),
        (6, "0.1"),
        (7, "0.25"),
        (8, "0.5"),
        (9, "0.75"),
        (10, "1.0"),
        (11, "2.5"),
        (12, "5.0"),
        (13, "7.5"),
        (14, "10.0"),
    ],
    bounds: &LATENCY_BOUNDS_MICROS,
    scale: MICROS,
};

pub(super) const DATABASE: Buckets<15> = Buckets {
    steps: &[
        (0, "0.001"),
        (1, "0.005"),
        (2, "0.01"),
        (4, "0.05"),
        (6, "0.1"),
        (8, "0.5"),
        (10, "1.0"),
        (12, "5.0"),
        (14, "10.0"),
    ],
    bounds: &LATENCY_BOUNDS_MICROS,
    scale: MICROS,
};

pub(super) const SIZES: Buckets<9> = Buckets {
    steps: &[
        (0, "256.0"),
        (1, "1024.0"),
        (2, "4096.0"),
        (3, "16384.0"),
        (4, "65536.0"),
        (5, "262144.0"),
        (6, "1048576.0"),
        (7, "4194304.0"),
        (8, "16777216.0"),
    ],
    bounds: &SIZE_BOUNDS_BYTES,
    scale: 1,
};

#[cfg(test)]
mod tests {
    use super::*;

    fn agrees<const N: usize>(buckets: &Buckets<N>, bounds: &[f64]) {
        let written: Vec<f64> = buckets.steps.iter().map(|(_, le)| le.parse().unwrap()).collect();
        assert_eq!(written, bounds);
        for (&(place, _), bound) in buckets.steps.iter().zip(bounds) {
            assert_eq!(buckets.bounds[place] as f64, bound * buckets.scale as f64);
        }
    }

    #[test]
    fn what_is_written_is_what_is_counted_and_what_the_bridges_advise() {
        agrees(&HTTP, &HTTP_SECONDS);
        agrees(&DATABASE, &DB_SECONDS);
        agrees(&SIZES, &BODY_BYTES);
    }
}
