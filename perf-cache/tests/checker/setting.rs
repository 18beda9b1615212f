use std::time::Duration;

use perf_cache::testing::{Defect, Faults};

/// What a history is made of.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) steps: usize,
    pub(crate) faults: Faults,
    /// Whether nodes are cut off and the store restarts.
    pub(crate) has_outages: bool,
    pub(crate) defect: Option<Defect>,
    /// Plays on moka alone, on one node.
    pub(crate) is_moka: bool,
}

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

impl Setting {
    pub(crate) fn calm() -> Self {
        let faults = Faults::default().latency(ms(3));
        Self { steps: 100, faults, has_outages: false, defect: None, is_moka: false }
    }

    pub(crate) fn lossy() -> Self {
        let faults = Faults::default()
            .latency(ms(3))
            .notices_lost(0.3)
            .notices_delayed(0.2, ms(3_000))
            .notices_repeated(0.2);
        Self { faults, ..Self::calm() }
    }

    pub(crate) fn outages() -> Self {
        let faults = Faults::default().latency(ms(3)).zombies(0.5, ms(4_000)).answers_lost(0.01);
        Self { faults, has_outages: true, ..Self::calm() }
    }

    pub(crate) fn everything() -> Self {
        Self { faults: Faults::mixed(), has_outages: true, ..Self::calm() }
    }

    pub(crate) fn moka() -> Self {
        Self { is_moka: true, ..Self::calm() }
    }

    pub(crate) fn planted(self, defect: Defect) -> Self {
        Self { defect: Some(defect), ..self }
    }
}
