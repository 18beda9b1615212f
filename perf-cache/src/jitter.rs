use perf_core::time::Duration;

/// Between half of a pause and all of it: processes that lost the same Redis do not come back at once.
pub(crate) fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(0.5 + fastrand::f64() / 2.0)
}
