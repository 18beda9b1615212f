use super::operand::Operand;
use super::token::tokens;

/// One key of a sort.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SortKey {
    pub(crate) operand: Operand,
    pub(crate) is_descending: bool,
    pub(crate) nulls_first: bool,
}

/// As the plan says it: `o.placed DESC NULLS LAST`.
pub(crate) fn sort_key(text: &str) -> SortKey {
    let words = tokens(text);
    let mut words = words.as_slice();
    let mut nulls = None;
    if let [key @ .., nulls_word, first] = words
        && nulls_word.is_word("NULLS")
    {
        (words, nulls) = (key, Some(first.is_word("FIRST")));
    }
    let mut is_descending = false;
    if let [key @ .., direction] = words
        && (direction.is_word("DESC") || direction.is_word("ASC"))
    {
        (words, is_descending) = (key, direction.is_word("DESC"));
    }
    let nulls_first = nulls.unwrap_or(is_descending);
    SortKey { operand: Operand::of(words), is_descending, nulls_first }
}
