//! What pages say of CPU profiles without the feature `profile`.

use maud::Markup;

use super::View;
use super::table::empty;
use crate::dashboard::source::Source;

pub(super) fn all(source: &Source<'_>) -> Markup {
    empty(source.profiles.why_none)
}

pub(super) fn one(_: &Source<'_>, _: &str) -> Option<View> {
    None
}

pub(super) fn top(_: &Source<'_>) -> Option<View> {
    None
}
