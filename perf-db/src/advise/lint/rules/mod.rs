//! One file a rule.

mod count_all;
mod deep_offset;
mod found;
mod function_on_column;
mod function_rewrite;
mod implicit_conversion;
mod join_without_condition;
mod leading_wildcard;
mod missing_limit;
mod not_in_nullable;
mod or_across_columns;
mod order_by_random;
mod select_star;
mod write_without_where;

use perf_core::FindingKind;

pub(crate) use self::found::Found;
pub(crate) use self::missing_limit::MANY_ROWS;
use super::block::Reading;

/// A rule adds what it finds in a statement.
pub(crate) type Rule = fn(&Reading<'_>, &mut Vec<Found>);

pub(crate) const ALL: [Rule; 12] = [
    count_all::check,
    deep_offset::check,
    function_on_column::check,
    implicit_conversion::check,
    join_without_condition::check,
    leading_wildcard::check,
    missing_limit::check,
    not_in_nullable::check,
    or_across_columns::check,
    order_by_random::check,
    select_star::check,
    write_without_where::check,
];

/// Fewer rows are read as quickly from end to end as by an index.
const FEW_ROWS: f64 = 1_000.0;

/// Whether the time of the statement is about what is lost. Of columns that nobody needs the text
/// does not say what they cost, and a `not in` of null is wrong rather than slow.
pub(crate) fn is_of_time(kind: FindingKind) -> bool {
    !matches!(kind, FindingKind::SelectStar | FindingKind::NotInNullable)
}
