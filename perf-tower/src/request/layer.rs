use perf_core::Recorder;
use tower::Layer;

use super::Perf;

/// Wraps a service so that every request is recorded; see the [module docs](super).
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
