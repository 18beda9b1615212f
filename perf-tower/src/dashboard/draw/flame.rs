use maud::{Markup, html};

/// A place for a flame graph, which a script draws from the tree at `link`.
pub(in crate::dashboard) fn flame(link: &str, unit: &str) -> Markup {
    html! {
        div data-kept {
            p {
                label {
                    "Search " input type="search" placeholder="function" autocomplete="off" spellcheck="false";
                }
                span.quiet { " Click or Enter zooms, Escape shows all, the arrows move." }
            }
            p.flame-detail role="status" {}
            div.flame role="group" aria-label="Flame graph" data-tree=(link) data-unit=(unit) {
                noscript { "The flame graph needs JavaScript; the tables have the same figures." }
            }
        }
    }
}
