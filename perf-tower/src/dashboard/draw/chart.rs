use maud::{Markup, html};
use perf_core::metric::Latency;
use perf_core::recorder::Point;
use perf_core::time::Duration;
use perf_core::units::{count, duration};

/// The requests of the last minutes in the height of a line of text.
pub(in crate::dashboard) fn sparkline(points: &[Point]) -> Markup {
    line(points, "spark", 120.0, 24.0)
}

/// The requests of the last minutes, large.
pub(in crate::dashboard) fn history(points: &[Point]) -> Markup {
    line(points, "history", 480.0, 120.0)
}

/// Requests per second, with those that failed below in another colour.
fn line(points: &[Point], class: &str, width: f64, height: f64) -> Markup {
    let most = points.iter().map(|point| point.per_second).fold(0.0, f64::max);
    let (first, last) = match points {
        [first, .., last] if most > 0.0 => (first.at, last.at),
        _ => return html! { span.quiet { "not yet" } },
    };
    let span = (last - first).as_secs_f64();
    let path = |of: fn(&Point) -> f64| {
        let place = |point: &Point| {
            let x = (point.at - first).as_secs_f64() / span * width;
            let y = height - 1.0 - of(point) / most * (height - 2.0);
            format!("{x:.1},{y:.1}")
        };
        points.iter().map(place).collect::<Vec<_>>().join(" ")
    };
    let has_errors = points.iter().any(|point| point.errors_per_second > 0.0);
    let label = format!(
        "{:.1} requests per second now, at most {most:.1} in {}",
        points.last().map_or(0.0, |point| point.per_second),
        duration(last - first)
    );
    html! {
        svg.(class) role="img" aria-label=(label) viewBox=(format!("0 0 {width} {height}"))
            preserveAspectRatio="none" {
            title { (label) }
            polyline points=(path(|point| point.per_second)) {}
            @if has_errors { polyline.failed points=(path(|point| point.errors_per_second)) {} }
        }
    }
}

const BARS: f64 = 480.0;
const HEIGHT: f64 = 120.0;

/// How many took how long: a bar for each doubling, with the percentiles in words.
pub(in crate::dashboard) fn latencies(latency: &Latency) -> Markup {
    let bars = latency.doublings();
    let most = bars.iter().map(|&(_, number)| number).max().unwrap_or(0);
    if most == 0 {
        return html! { p.quiet { "None yet." } };
    }
    let width = BARS / bars.len() as f64;
    let label = format!(
        "half took at most {}, 95 in 100 at most {}, the longest {}",
        duration(latency.p50),
        duration(latency.p95),
        duration(latency.max)
    );
    html! {
        svg.bars role="img" aria-label=(label) viewBox=(format!("0 0 {BARS} {}", HEIGHT + 18.0)) {
            @for (place, &(up_to, number)) in bars.iter().enumerate() {
                @let tall = (number as f64 / most as f64).sqrt() * HEIGHT;
                @let x = place as f64 * width;
                rect x=(format!("{x:.1}")) y=(format!("{:.1}", HEIGHT - tall))
                    width=(format!("{:.1}", width - 2.0)) height=(format!("{tall:.1}")) {
                    title { (count(number)) " up to " (duration(up_to)) }
                }
                @if place % labels(bars.len()) == 0 {
                    text x=(format!("{x:.1}")) y=(HEIGHT + 14.0) { (brief(up_to)) }
                }
            }
        }
    }
}

/// One label for so many bars, that they do not touch.
fn labels(bars: usize) -> usize {
    bars.div_ceil(7)
}

/// Without decimals: `131 µs`, `2 ms`, `1 s`.
fn brief(time: Duration) -> String {
    match time.as_micros() {
        micros if micros < 1_000 => format!("{micros} µs"),
        micros if micros < 1_000_000 => format!("{} ms", micros / 1_000),
        micros => format!("{} s", micros / 1_000_000),
    }
}
