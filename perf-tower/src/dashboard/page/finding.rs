use maud::{Markup, html};
use perf_core::Finding;
use perf_core::recorder::Kept;
use perf_core::sync::Arc;

use super::table::{ROWS, copy, empty, place, rest};
use super::{View, route};
use crate::dashboard::address::Address;
use crate::dashboard::source::Source;

/// Kept requests shown as examples of a finding.
const EXAMPLES: usize = 10;

pub(super) fn all(source: &Source<'_>) -> View {
    let findings = &source.snapshot.findings;
    let main = html! {
        h1 { "Findings, dearest first" }
        @if findings.is_empty() {
            (empty("Nothing is wrong, as far as the traffic up to now can tell. Send more of it."))
        } @else {
            ol.findings {
                @for finding in findings.iter().take(ROWS) { li { (brief(finding, source)) } }
            }
            (rest(findings.len()))
        }
    };
    View::new("Findings", main)
}

/// A finding in a few lines, with a link to all of it.
pub(super) fn brief(finding: &Finding, source: &Source<'_>) -> Markup {
    html! {
        article.finding.(finding.severity.as_str()) {
            p.title {
                span.severity { (finding.severity.as_str()) } " "
                a href=(source.link(Address::Finding(finding.id()))) {
                    (finding.kind.as_str()) ": " span.subject { (finding.subject) }
                }
            }
            p.cost { "costs " (finding.impact) }
            @for call_site in &finding.call_sites { p { (place(*call_site)) } }
            p { (finding.remedy.advice) }
        }
    }
}

/// A finding with all that is known: what was seen, what to do, and requests that show it.
pub(super) fn one(source: &Source<'_>, id: &str) -> Option<View> {
    let finding = source.finding(id)?;
    let main = html! {
        p.up { a href=(source.link(Address::Findings)) { "Findings" } }
        h1 { (finding.kind.as_str()) }
        article.finding.(finding.severity.as_str()) {
            p { span.severity { (finding.severity.as_str()) } " " span.subject { (finding.subject) } }
            p.cost { "costs " (finding.impact) }
            dl.evidence {
                @for evidence in &finding.evidence {
                    div { dt { (evidence.label) } dd { (evidence.value) } }
                }
            }
        }
        section aria-labelledby="where" {
            h2 id="where" { "Where" }
            @if finding.call_sites.is_empty() { p.quiet { "No place in the source is known." } }
            @for call_site in &finding.call_sites { p { (place(*call_site)) } }
        }
        section aria-labelledby="do" {
            h2 id="do" { "What to do" }
            p { (finding.remedy.advice) }
            @if let Some(code) = &finding.remedy.code {
                pre.code { (code) }
                p { (copy(code, "Copy the remedy")) }
            }
        }
        section aria-labelledby="examples" {
            h2 id="examples" { "Requests that show it" }
            (route::kept(&examples(finding, source), source))
        }
        p.quiet { "Key " code { (finding.key) } " " (copy(&finding.key, "Copy the key")) }
    };
    Some(View::new(format!("{}: {}", finding.kind.as_str(), finding.subject), main))
}

/// Kept requests with a statement or a call from one of the finding's places, slowest first.
fn examples(finding: &Finding, source: &Source<'_>) -> Vec<Arc<Kept>> {
    let shows = |kept: &Arc<Kept>| {
        let Some(work) = &kept.work else { return false };
        let queries = work.query_groups().iter().map(|group| group.call_site());
        let calls = work.name_groups().iter().map(|group| group.call_site());
        let is_subject = kept.route == finding.subject;
        match finding.call_sites.is_empty() {
            true => is_subject,
            false => queries.chain(calls).any(|place| finding.call_sites.contains(&place)),
        }
    };
    let routes = source.snapshot.routes.iter();
    let mut kept: Vec<_> =
        routes.flat_map(|route| source.recorder.kept_of(&route.id)).filter(shows).collect();
    // Those of the route that the finding is about come first.
    kept.sort_by_key(|kept| (kept.route != finding.subject, std::cmp::Reverse(kept.elapsed)));
    kept.truncate(EXAMPLES);
    kept
}
