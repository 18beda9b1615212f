use super::token::{Token, TokenKind, tokens};
use super::{bare, place};

/// A column, by the alias of its table in the plan; without one where the plan has one table only.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Reference {
    pub(crate) alias: Option<String>,
    pub(crate) column: String,
}

/// One side of a comparison, or what rows are sorted by.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand {
    Column(Reference),
    /// A column that is read as another type: `(o.status)::text`.
    Cast {
        column: Reference,
        expression: Expression,
    },
    /// Something made of columns.
    Expression(Expression),
    /// Several columns compared as one.
    Row(Vec<Reference>),
    /// Made of no column: a value, a parameter, the answer of a subquery. Of a pattern that is
    /// known, whether it begins with a wildcard; the value itself is not kept.
    Value {
        begins_with_wildcard: Option<bool>,
    },
}

/// What an index on an expression would hold.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Expression {
    /// In the words of the server, without the alias; `None` where it has a value in it, which an
    /// index must not be made for.
    pub(crate) text: Option<String>,
    pub(crate) references: Vec<Reference>,
}

impl Operand {
    pub(super) const UNKNOWN: Self = Self::Value { begins_with_wildcard: None };

    pub(super) fn of(words: &[Token<'_>]) -> Self {
        let words = bare(words);
        if let Some(column) = column(words) {
            return Self::Column(column);
        }
        if let [row, inner @ ..] = words
            && row.is_word("ROW")
        {
            let columns = super::split(bare(inner), |token| token.is_mark(","));
            let columns: Option<Vec<Reference>> =
                columns.into_iter().map(|words| column(bare(words))).collect();
            return columns.map_or(Self::UNKNOWN, Self::Row);
        }
        let expression = Expression::of(words);
        if expression.references.is_empty() {
            let literal = words.first().filter(|token| token.kind == TokenKind::Literal);
            let begins_with_wildcard =
                literal.map(|token| token.text.starts_with("'%") || token.text.starts_with("'_"));
            return Self::Value { begins_with_wildcard };
        }
        let cast = place(words, |token| token.is_operator("::"));
        match cast.and_then(|at| column(bare(&words[..at]))) {
            Some(column) => Self::Cast { column, expression },
            None => Self::Expression(expression),
        }
    }

    /// The columns that it is made of.
    pub(crate) fn references(&self) -> &[Reference] {
        match self {
            Self::Column(column) => std::slice::from_ref(column),
            Self::Row(columns) => columns,
            Self::Cast { expression, .. } | Self::Expression(expression) => &expression.references,
            Self::Value { .. } => &[],
        }
    }
}

impl Expression {
    fn of(words: &[Token<'_>]) -> Self {
        let has_values = words.iter().any(|token| {
            matches!(token.kind, TokenKind::Literal | TokenKind::Parameter)
                || token.is_word("SubPlan")
                || token.is_word("InitPlan")
                || token.is_word("COLLATE")
        });
        let text = (!has_values).then(|| without_alias(words));
        Self { text, references: references_in(words) }
    }
}

/// All columns that a text of the plan names.
pub(crate) fn references(text: &str) -> Vec<Reference> {
    references_in(&tokens(text))
}

fn column(words: &[Token<'_>]) -> Option<Reference> {
    match words {
        [alias, dot, column] if dot.is_mark(".") => {
            Some(Reference { alias: Some(alias.name()?), column: column.name()? })
        }
        [column] if is_name(column) => Some(Reference { alias: None, column: column.name()? }),
        _ => None,
    }
}

fn references_in(words: &[Token<'_>]) -> Vec<Reference> {
    let mut found: Vec<Reference> = Vec::new();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let is_cast = at > 0 && words[at - 1].is_operator("::");
        let is_of = |place: usize, mark| words.get(place).is_some_and(|token| token.is_mark(mark));
        let (reference, length) = match word.name().filter(|_| !is_cast) {
            Some(_) if is_of(at + 1, ".") && !is_of(at + 3, "(") => {
                (words.get(at..at + 3).and_then(column), 3)
            }
            Some(_) if is_of(at + 1, ".") => (None, 3),
            Some(_) if is_of(at + 1, "(") => (None, 1),
            Some(name) if is_name(word) => (Some(Reference { alias: None, column: name }), 1),
            _ => (None, 1),
        };
        if let Some(reference) = reference.filter(|reference| !found.contains(reference)) {
            found.push(reference);
        }
        at += length;
    }
    found
}

/// Whether it may be the name of a column: words of SQL are in capitals, and a name in capitals in
/// quotes.
fn is_name(word: &Token<'_>) -> bool {
    match word.kind {
        TokenKind::Quoted => true,
        TokenKind::Word => !word.text.starts_with(|c: char| c.is_ascii_uppercase()),
        _ => false,
    }
}

fn without_alias(words: &[Token<'_>]) -> String {
    let mut text = String::new();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let is_alias = words.get(at + 1).is_some_and(|token| token.is_mark("."))
            && !words.get(at + 3).is_some_and(|token| token.is_mark("("));
        if is_alias {
            at += 2;
            continue;
        }
        let sticks = word.is_mark("(")
            || word.is_mark(")")
            || word.is_mark(",")
            || word.is_mark(".")
            || word.is_mark("[")
            || word.is_mark("]")
            || word.is_operator("::");
        let stuck = text.is_empty() || text.ends_with(['(', '.', '[', ':']);
        if !(sticks || stuck) {
            text.push(' ');
        }
        text.push_str(word.text);
        at += 1;
    }
    text
}
