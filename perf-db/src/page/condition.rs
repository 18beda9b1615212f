use super::key::{Nulls, Step};
use super::value::KeyValue;

/// A key of the walk, and its value where the walk goes on: a parameter, or NULL.
struct At<'a> {
    step: &'a Step,
    parameter: Option<String>,
}

/// The rows beyond the one with these values, as ranges that do not overlap: each is one stretch of
/// an index in this order, which a condition with `or` for all of them is not.
///
/// The values that are not NULL are the parameters behind the first `known`. The last key is never
/// NULL.
pub(super) fn ranges(
    steps: &[Step],
    values: &[KeyValue],
    known: usize,
    inclusive: bool,
) -> Vec<String> {
    let mut number = known;
    let mut parameter = |value: &KeyValue| {
        value.bytes.is_some().then(|| {
            number += 1;
            format!("${number}")
        })
    };
    let at: Vec<At<'_>> = steps
        .iter()
        .zip(values)
        .map(|(step, value)| At { step, parameter: parameter(value) })
        .collect();
    let (mut ranges, mut equal, mut rest) = (Vec::new(), Vec::new(), &at[..]);
    while let Some(first) = rest.first() {
        let (run, tail) = rest.split_at(run_length(rest));
        let beyond = match first.step.nulls {
            Nulls::Never => vec![beyond(run, inclusive && tail.is_empty())],
            nulls => beyond_nullable(first, nulls == Nulls::Last),
        };
        for condition in beyond {
            let all: Vec<_> = equal.iter().cloned().chain([condition]).collect();
            ranges.push(all.join(" and "));
        }
        equal.extend(run.iter().map(equality));
        rest = tail;
    }
    ranges
}

/// How many keys one comparison of rows can take: those of one direction without NULLs.
fn run_length(rest: &[At<'_>]) -> usize {
    let alike = |at: &&At<'_>| {
        at.step.nulls == Nulls::Never && at.step.descending == rest[0].step.descending
    };
    rest.iter().take_while(alike).count().max(1)
}

fn beyond(run: &[At<'_>], inclusive: bool) -> String {
    let operator = match (run[0].step.descending, inclusive) {
        (false, false) => ">",
        (false, true) => ">=",
        (true, false) => "<",
        (true, true) => "<=",
    };
    let columns: Vec<&str> = run.iter().map(|at| &*at.step.column).collect();
    let values: Vec<&str> =
        run.iter().map(|at| at.parameter.as_deref().unwrap_or("null")).collect();
    match run {
        [_] => format!("{} {operator} {}", columns[0], values[0]),
        _ => format!("({}) {operator} ({})", columns.join(", "), values.join(", ")),
    }
}

fn beyond_nullable(At { step, parameter }: &At<'_>, nulls_last: bool) -> Vec<String> {
    let Step { column, descending, .. } = step;
    let operator = if *descending { "<" } else { ">" };
    match (parameter, nulls_last) {
        (Some(value), true) => {
            vec![format!("{column} {operator} {value}"), format!("{column} is null")]
        }
        (Some(value), false) => vec![format!("{column} {operator} {value}")],
        (None, true) => Vec::new(),
        (None, false) => vec![format!("{column} is not null")],
    }
}

fn equality(At { step, parameter }: &At<'_>) -> String {
    match parameter {
        Some(value) => format!("{} = {value}", step.column),
        None => format!("{} is null", step.column),
    }
}

#[cfg(test)]
mod tests {
    use super::super::key::{Key, asc, desc, steps};
    use super::*;

    fn ranges_of(keys: &[Key], values: &[bool], inclusive: bool) -> Vec<String> {
        let value = |known: &bool| KeyValue { type_oid: 23, bytes: known.then(|| [0; 4].into()) };
        let values: Vec<_> = values.iter().map(value).collect();
        ranges(&steps(keys, false).unwrap(), &values, 1, inclusive)
    }

    #[test]
    fn one_direction_without_nulls_is_one_comparison_of_rows() {
        let keys = [desc("a").not_null(), desc("id").not_null()];
        let found = ranges_of(&keys, &[true, true], false);
        assert_eq!(found, [r#"("a", "id") < ($2, $3)"#]);
        let found = ranges_of(&keys, &[true, true], true);
        assert_eq!(found, [r#"("a", "id") <= ($2, $3)"#]);
    }

    #[test]
    fn mixed_directions_are_a_range_each() {
        let keys = [desc("a").not_null(), asc("b").not_null(), asc("id").not_null()];
        let found = ranges_of(&keys, &[true; 3], false);
        assert_eq!(found, [r#""a" < $2"#, r#""a" = $2 and ("b", "id") > ($3, $4)"#]);
    }

    #[test]
    fn nulls_are_a_range_where_they_come_later() {
        let keys = [asc("a"), asc("id").not_null()];
        let found = ranges_of(&keys, &[true, true], false);
        assert_eq!(found, [r#""a" > $2"#, r#""a" is null"#, r#""a" = $2 and "id" > $3"#]);
        assert_eq!(ranges_of(&keys, &[false, true], false), [r#""a" is null and "id" > $2"#]);
        let keys = [desc("a"), asc("id").not_null()];
        let found = ranges_of(&keys, &[false, true], false);
        assert_eq!(found, [r#""a" is not null"#, r#""a" is null and "id" > $2"#]);
    }
}
