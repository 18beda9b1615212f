//! Pictures as inline SVG: no style attribute, no script, colours by class.

mod chart;
mod flame;
mod names;
mod split;

pub(super) use self::chart::{history, latencies, sparkline};
pub(super) use self::flame::flame;
pub(super) use self::names::{cache_name, event_outcome, outcome, outcome_name, part};
pub(super) use self::split::{bar, legend, share, split, swatch};
