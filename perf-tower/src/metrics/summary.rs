//! What a statement does and to what, short enough for a label.

/// Characters of a summary at most.
const LONGEST: usize = 80;

/// `select orders` for a statement without its values; the idea of OpenTelemetry's
/// `db.query.summary`, with the first table only. A guess: the statement is not parsed.
pub(super) fn summary(statement: &str) -> String {
    let mut words = statement
        .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | ';'))
        .filter(|word| !word.is_empty());
    let operation = words.next().unwrap_or_default();
    let is = |word: &str, known: &[&str]| known.iter().any(|k| word.eq_ignore_ascii_case(k));
    // `update` stands before its table, and in `for update` before nothing.
    let mut is_next = is(operation, &["update"]);
    let table = words.find(|word| {
        if is(word, &["from", "into", "join", "table"]) {
            is_next = true;
            return false;
        }
        is_next &= !is(word, &["select"]);
        is_next && !is(word, &["only", "if", "not", "exists", "lateral"])
    });
    let table = table.map(|table| table.replace('"', "")).unwrap_or_default();
    let summary = if table.is_empty() { operation.into() } else { format!("{operation} {table}") };
    match summary.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &summary[..end]),
        None => summary,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operation_and_the_first_table_are_left() {
        for (statement, expected) in [
            ("select name from products where id = $1", "select products"),
            ("select count(*)from(select ? from orders) x", "select orders"),
            ("insert into order_lines (id, name) values ($1, $2)", "insert order_lines"),
            ("update \"Users\" set name = $1", "update Users"),
            ("delete from only sessions", "delete sessions"),
            ("with a as (select ? from shop.orders) select * from a", "with shop.orders"),
            ("select ?", "select"),
            ("begin", "begin"),
            ("_other", "_other"),
            ("", ""),
        ] {
            assert_eq!(summary(statement), expected, "{statement}");
        }
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        let summary = summary(&format!("select a from {}", "é".repeat(1_000)));
        assert_eq!(summary.chars().count(), LONGEST + 1);
        assert!(summary.ends_with('…'));
    }
}
