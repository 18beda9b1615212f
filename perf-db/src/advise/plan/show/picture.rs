use std::fmt;

use perf_core::finding::Severity;
use perf_core::units;

use super::{Flags, words};
use crate::advise::plan::{NodeId, Plan};

/// More rows than this nobody reads, and a browser takes long over.
const MOST_ROWS: usize = 1_000;

const DEEPEST: usize = 40;

/// Colours are told apart by light and dark, and what they say stands beside them as a word.
const STYLE: &str = "<style>\
.perf-plan{margin:1em 0;color-scheme:light dark;color:#1c1e21;background:#fff;\
font:14px/1.4 system-ui,sans-serif;--bar:#5b7fb5;--warning:#b35900;--critical:#b3261e;--line:#d5d8dc}\
.perf-plan figcaption{padding:.3em .5em;font-weight:600}\
.perf-plan table{border-collapse:collapse;width:100%}\
.perf-plan th,.perf-plan td{padding:.2em .5em;text-align:right;vertical-align:top;font-weight:400;\
border-top:1px solid var(--line);white-space:nowrap}\
.perf-plan .rows{white-space:normal;min-width:9em}\
.perf-plan .share span{display:inline-block;min-width:3em}\
.perf-plan .node{text-align:left;white-space:normal;min-width:12em;overflow-wrap:anywhere}\
.perf-plan .node>div{display:flex}.perf-plan .node>div>div{min-width:9em}\
.perf-plan .in{white-space:pre;font-family:monospace}\
.perf-plan dl{margin:.1em 0 .2em 1em;font:12px/1.4 monospace;overflow-wrap:anywhere}\
.perf-plan dt,.perf-plan dd{display:inline;margin:0}\
.perf-plan dt::after{content:': '}\
.perf-plan svg{vertical-align:middle;margin-right:.4em}.perf-plan rect{fill:var(--bar)}\
.perf-plan .warning rect{fill:var(--warning)}.perf-plan .warning strong{color:var(--warning)}\
.perf-plan .critical rect{fill:var(--critical)}.perf-plan .critical strong{color:var(--critical)}\
.perf-plan .level{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}\
@media (prefers-color-scheme:dark){.perf-plan{color:#e3e5e8;background:#1b1d20;--bar:#7fa3d9;\
--warning:#ffb266;--critical:#ff8a80;--line:#3a3d42}}\
</style>\n";

/// A [`Plan`] as a piece of HTML: a table with a row a node, its share drawn as a bar.
///
/// It needs no script and nothing from elsewhere, follows the reader's light or dark colours, and
/// reads well aloud: what the depth and the colours say is there as words too.
#[derive(Clone, Debug)]
pub struct Picture<'a> {
    plan: &'a Plan,
    flags: Flags,
    style: &'static str,
}

impl Plan {
    /// The plan as a piece of HTML, for a page.
    pub fn picture(&self) -> Picture<'_> {
        Picture { plan: self, flags: Flags::default(), style: STYLE }
    }
}

impl Picture<'_> {
    /// Marks a node. The gravest mark stays.
    #[must_use]
    pub fn flag(mut self, id: NodeId, severity: Severity) -> Self {
        self.flags.raise(id, severity);
        self
    }

    /// For all but the first plan of a page, whose style they share.
    #[must_use]
    pub fn without_style(mut self) -> Self {
        self.style = "";
        self
    }

    fn row(&self, f: &mut fmt::Formatter<'_>, id: NodeId, depth: usize) -> fmt::Result {
        let plan = self.plan;
        let share = plan.share(id);
        let flag = self.flags.of(id).map(Severity::as_str);
        match flag {
            Some(flag) => write!(f, "<tr class=\"{flag}\">")?,
            None => write!(f, "<tr>")?,
        }
        write!(
            f,
            "<td>{}</td><td class=\"share\"><svg width=\"80\" height=\"10\" aria-hidden=\"true\"><rect \
             width=\"{:.1}\" height=\"10\"/></svg><span>{}</span></td><td class=\"rows\">{}</td>",
            Escaped(&words::own(plan, id)),
            share * 80.0,
            units::percent(share),
            Escaped(&words::rows(plan, id)),
        )?;
        write!(
            f,
            "<th scope=\"row\" class=\"node\"><div><span class=\"level\">level {} </span><span \
             class=\"in\" aria-hidden=\"true\">{:indent$}</span><div>{}",
            depth + 1,
            "",
            Escaped(&words::name(plan, id)),
            indent = 2 * depth.min(DEEPEST),
        )?;
        if let Some(flag) = flag {
            write!(f, " <strong>{flag}</strong>")?;
        }
        let details = words::details(plan.node(id));
        if !details.is_empty() {
            f.write_str("<dl>")?;
            for (label, value) in details {
                write!(f, "<div><dt>{label}</dt> <dd>{}</dd></div>", Escaped(&value))?;
            }
            f.write_str("</dl>")?;
        }
        f.write_str("</div></div></th></tr>\n")
    }
}

impl fmt::Display for Picture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plan = self.plan;
        write!(
            f,
            "{}<figure class=\"perf-plan\"><figcaption>Plan: {}</figcaption>\n\
             <table><thead><tr><th scope=\"col\">{}</th><th scope=\"col\">share</th>\
             <th scope=\"col\">rows</th><th scope=\"col\" class=\"node\">node</th></tr></thead>\n\
             <tbody>\n",
            self.style,
            words::head(plan),
            words::measure(plan),
        )?;
        for (id, depth) in plan.depths().into_iter().take(MOST_ROWS) {
            self.row(f, id, depth)?;
        }
        let left_out = plan.nodes().len().saturating_sub(MOST_ROWS);
        if left_out > 0 {
            let count = units::count(left_out as u64);
            writeln!(f, "<tr><td colspan=\"4\">and {count} more nodes</td></tr>")?;
        }
        f.write_str("</tbody></table></figure>\n")
    }
}

/// Text that stands for itself in HTML.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
            let entity = match rest.as_bytes()[at] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                _ => "&#39;",
            };
            write!(f, "{}{entity}", &rest[..at])?;
            rest = &rest[at + 1..];
        }
        f.write_str(rest)
    }
}
