use maud::{Markup, html};
use perf_core::scope::{Split, Step};
use perf_core::time::Duration;
use perf_core::units::{duration, percent};

use super::names::part;

/// A bar whose parts are as long as their shares of the time.
pub(in crate::dashboard) fn split(split: &Split) -> Markup {
    let whole = split.whole();
    let shares = split.parts().map(|(name, part)| (name, share(part, whole)));
    let shown = shares.iter().filter(|(_, share)| *share >= 0.005);
    let label: Vec<String> =
        shown.clone().map(|(name, share)| format!("{name} {}", percent(*share))).collect();
    let mut from = 0.0;
    let places = shares.map(|(name, share)| {
        let start = from;
        from += share;
        (name, start, share)
    });
    html! {
        svg.split role="img" aria-label=(label.join(", ")) {
            @for (name, start, share) in places {
                @if share > 0.0 {
                    rect.(name) x=(percents(start)) width=(percents(share)) height="100%" {
                        title { (name) " " (percent(share)) }
                    }
                }
            }
        }
    }
}

/// When a step was, within the time of its request.
pub(in crate::dashboard) fn bar(step: &Step<'_>, whole: Duration) -> Markup {
    let start = share(step.start, whole).min(1.0);
    let width = share(step.duration, whole).clamp(0.002, 1.0 - start + 0.002);
    html! {
        svg.timebar aria-hidden="true" {
            rect.(part(&step.kind)) x=(percents(start)) width=(percents(width)) height="100%" {
                title { "from " (duration(step.start)) " for " (duration(step.duration)) }
            }
        }
    }
}

/// What the colours of the bars mean.
pub(in crate::dashboard) fn legend() -> Markup {
    html! {
        ul.legend aria-label="Parts of the time" {
            @for (part, _) in Split::default().parts() {
                li { (swatch(part)) " " (part) }
            }
        }
    }
}

/// A little square in the colour of a part.
pub(in crate::dashboard) fn swatch(part: &str) -> Markup {
    html! {
        svg.swatch aria-hidden="true" { rect.(part) width="100%" height="100%" {} }
    }
}

pub(in crate::dashboard) fn share(part: Duration, whole: Duration) -> f64 {
    if whole.is_zero() { 0.0 } else { part.as_secs_f64() / whole.as_secs_f64() }
}

fn percents(share: f64) -> String {
    format!("{:.2}%", share * 100.0)
}
