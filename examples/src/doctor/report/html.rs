use std::io::{self, Write};

use maud::{DOCTYPE, Markup, html};
use perf_core::Finding;
use perf_db::advise::PlannedStatement;

use super::{Report, code_lines};

const STYLE: &str = include_str!("style.css");

/// One page that needs nothing else.
pub(super) fn write(report: &Report, to: &mut impl Write) -> io::Result<()> {
    writeln!(to, "{}", page(report).into_string())
}

fn page(report: &Report) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (report.server) }
                style { (maud::PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (report.server) }
                    @if !report.missing.is_empty() {
                        h2 { "Not looked at" }
                        ul {
                            @for missing in &report.missing {
                                li {
                                    (missing.what) ": " (missing.why)
                                    @if let Some(remedy) = &missing.remedy { ": " code { (remedy) } }
                                }
                            }
                        }
                    }
                    @if !report.notes().is_empty() {
                        h2 { "perf.toml" }
                        ul { @for note in report.notes() { li { (note) } } }
                    }
                    h2 { "Findings, dearest first" }
                    @if report.findings.is_empty() { p { "No findings." } }
                    @for (number, each) in (1..).zip(&report.findings) { (finding(number, each)) }
                    @if !report.rejected.is_empty() {
                        h2 { "Indexes that were looked at and are not proposed" }
                        ul { @for rejected in &report.rejected { li { (rejected) } } }
                    }
                    @if !report.plans.is_empty() { h2 { "Plans" } }
                    @for (number, planned) in report.plans.iter().enumerate() {
                        (plan(planned, number == 0))
                    }
                }
            }
        }
    }
}

fn plan(planned: &PlannedStatement, is_first: bool) -> Markup {
    let picture = match is_first {
        true => planned.picture(),
        false => planned.picture().without_style(),
    };
    html! {
        h3 { code { (planned.statement.text()) } }
        (maud::PreEscaped(picture.to_string()))
    }
}

fn finding(number: usize, finding: &Finding) -> Markup {
    html! {
        article.(finding.severity.as_str()) id=(finding.id()) {
            h3 {
                (number) ". "
                span.severity { (finding.severity.as_str()) } " "
                (finding.kind.as_str()) ": " code { (finding.subject) }
            }
            @if !finding.impact.per_minute.is_zero() { p { "costs " (finding.impact) } }
            @if !finding.call_sites.is_empty() {
                p { "at " @for site in &finding.call_sites { code { (site) } " " } }
            }
            dl {
                @for evidence in &finding.evidence {
                    dt { (evidence.label) }
                    dd { (evidence.value) }
                }
            }
            p.advice { (finding.remedy.advice) }
            @if let Some(code) = &finding.remedy.code { pre { code { (code_lines(code)) } } }
            p.key { "key: " code { (finding.key) } }
        }
    }
}
