use perf_core::sql::{Token, TokenKind};

use super::query::{folded, is, is_one_of};

/// The columns of an answer, and which of them tell its rows apart.
#[derive(Debug, Default)]
pub(super) struct SelectList {
    /// Whether it is grouped.
    pub(super) is_grouped: bool,
    /// The columns that it is grouped by; `None` where they are not all among its columns, or rows
    /// can be there twice all the same.
    pub(super) key: Option<Vec<String>>,
    /// Whether each column has a name of its own, as a view demands.
    pub(super) has_names: bool,
}

/// Words that end the list or the grouping, outside parentheses.
const AFTER_LIST: [&str; 13] = [
    "except",
    "fetch",
    "for",
    "from",
    "group",
    "having",
    "intersect",
    "limit",
    "offset",
    "order",
    "union",
    "where",
    "window",
];

/// Ways to put rows there more than once, or groups of several kinds.
const NO_KEY: [&str; 10] = [
    "all",
    "cube",
    "except",
    "generate_series",
    "grouping",
    "intersect",
    "jsonb_array_elements",
    "rollup",
    "union",
    "unnest",
];

/// PostgreSQL refuses more (`MaxTupleAttributeNumber`).
const MOST_COLUMNS: usize = 1_664;

/// Of the `select` that gives the answer: the first one outside parentheses.
pub(super) fn read(tokens: &[Token<'_>]) -> Option<SelectList> {
    let outer = outside_parentheses(tokens);
    let select = outer.iter().copied().find(|&at| is(&tokens[at], "select"))?;
    let end_of = |start: usize| {
        let end =
            outer.iter().copied().find(|&at| at > start && is_one_of(&tokens[at], &AFTER_LIST));
        end.unwrap_or(tokens.len())
    };
    let mut list = &tokens[select + 1..end_of(select)];
    while let [first, rest @ ..] = list
        && is_one_of(first, &["all", "distinct"])
    {
        list = rest;
    }
    let items: Vec<&[Token<'_>]> = items(list).take(MOST_COLUMNS + 1).collect();
    if items.len() > MOST_COLUMNS {
        return None;
    }
    let names: Vec<Option<String>> = items.iter().map(|item| name(item)).collect();
    let group = outer.iter().copied().find(|&at| at > select && is(&tokens[at], "group"));
    let group = group.filter(|&at| tokens.get(at + 1).is_some_and(|next| is(next, "by")));
    let key = group.and_then(|at| {
        if tokens[select..].iter().any(|token| is_one_of(token, &NO_KEY)) {
            return None;
        }
        let grouping = self::items(&tokens[at + 2..end_of(at)]).take(MOST_COLUMNS);
        grouping.map(|item| column(item, &items, &names)).collect()
    });
    Some(SelectList { is_grouped: group.is_some(), key, has_names: are_distinct(&names) })
}

/// The places of the tokens that are in no parenthesis.
fn outside_parentheses(tokens: &[Token<'_>]) -> Vec<usize> {
    let mut depth = 0_usize;
    let mut outside = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token.text {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            _ if depth == 0 => outside.push(at),
            _ => {}
        }
    }
    outside
}

/// The parts between commas.
fn items<'t, 'a>(tokens: &'t [Token<'a>]) -> impl Iterator<Item = &'t [Token<'a>]> {
    let mut depth = 0_usize;
    tokens.split(move |token| {
        match token.text {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && token.text == ","
    })
}

/// The column of the answer that this item of the grouping is: by its number, its name or as written.
fn column(
    item: &[Token<'_>],
    columns: &[&[Token<'_>]],
    names: &[Option<String>],
) -> Option<String> {
    if let [number] = item
        && number.kind == TokenKind::Number
    {
        let place: usize = number.text.parse().ok()?;
        return names.get(place.checked_sub(1)?)?.clone();
    }
    let is_same = |column: &&[Token<'_>]| {
        let (expression, _) = without_alias(column);
        expression.len() == item.len()
            && expression.iter().zip(item).all(|(a, b)| a.text.eq_ignore_ascii_case(b.text))
    };
    if let Some(place) = columns.iter().position(is_same) {
        return names[place].clone();
    }
    let [word] = item else { return None };
    let word = folded(word)?;
    names.iter().flatten().find(|name| **name == word).cloned()
}

/// An item of the list and the name that it is given.
fn without_alias<'t, 'a>(item: &'t [Token<'a>]) -> (&'t [Token<'a>], Option<String>) {
    match item {
        [expression @ .., word, alias] if is(word, "as") => (expression, folded(alias)),
        [expression @ .., last] if can_stand_before_alias(expression) && !ends_expression(last) => {
            match folded(last) {
                Some(name) => (expression, Some(name)),
                None => (item, None),
            }
        }
        item => (item, None),
    }
}

/// What ends an expression, so that a word after it is a name.
fn can_stand_before_alias(expression: &[Token<'_>]) -> bool {
    expression.last().is_some_and(|last| match last.kind {
        TokenKind::Symbol => last.text == ")" || last.text == "]",
        TokenKind::Word => !is_one_of(last, &["and", "or", "not", "is", "then", "else", "when"]),
        _ => true,
    })
}

/// Words that are the end of an expression, never a name without `as`.
fn ends_expression(word: &Token<'_>) -> bool {
    is_one_of(word, &["end", "null", "true", "false", "unknown", "zone"])
}

/// As PostgreSQL names a column that is not given a name; `None` where that is `?column?`, or not
/// known here.
fn name(item: &[Token<'_>]) -> Option<String> {
    let (expression, alias) = without_alias(item);
    if alias.is_some() {
        return alias;
    }
    match expression {
        [word] | [_, _, word] | [_, _, _, _, word] if is_column(expression) => folded(word),
        [first, ..] if is(first, "case") => Some("case".to_owned()),
        // A call, to the end of the expression or with `filter` or `over` behind it.
        [function, open, ..] if open.text == "(" && is_one_call(&expression[1..]) => {
            folded(function)
        }
        _ => None,
    }
}

/// `a`, `t.a` or `s.t.a`.
fn is_column(expression: &[Token<'_>]) -> bool {
    expression.iter().enumerate().all(|(place, token)| match place % 2 {
        0 => folded(token).is_some(),
        _ => token.text == ".",
    })
}

fn is_one_call(arguments: &[Token<'_>]) -> bool {
    let mut depth = 0_usize;
    let end = arguments.iter().position(|token| {
        match token.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    });
    let after = end.map_or(&[][..], |end| &arguments[end + 1..]);
    after.first().is_none_or(|token| is_one_of(token, &["filter", "over"]))
}

/// One column may be without a known name, two might have the same.
fn are_distinct(names: &[Option<String>]) -> bool {
    let mut sorted: Vec<&Option<String>> = names.iter().collect();
    sorted.sort();
    sorted.windows(2).all(|pair| pair[0] != pair[1])
}
