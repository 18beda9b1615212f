use perf_core::Recorder;
use tower::Layer;

use super::Perf;

/// Wraps a service so that every request is recorded; see the [module docs](super).
///
/// Add it once: each layer that a request passes opens a scope and counts it, so two of them with
/// one recorder count every request twice, and the work of the handler goes to the inner one.
///
/// # Cost
/// Per request one allocation, three readings of the clock and two histogram records; no lock that
/// requests share (bench `perf_layer`).
#[derive(Clone, Debug)]
pub struct PerfLayer {
    recorder: Recorder,
}

impl PerfLayer {
    /// A layer that records into `recorder`.
    pub fn new(recorder: &Recorder) -> Self {
        Self { recorder: recorder.clone() }
    }
}

impl<S> Layer<S> for PerfLayer {
    type Service = Perf<S>;

    fn layer(&self, inner: S) -> Perf<S> {
        Perf::new(inner, self.recorder.clone())
    }
}
