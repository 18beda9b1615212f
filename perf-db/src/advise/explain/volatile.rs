//! Whether a statement calls what may do more than read.

use tokio_postgres::types::Type;

use super::Refusal;
use super::frame::Frame;
use super::text::Calls;
use crate::error::DbError;

/// What the server calls volatile although it does nothing to anybody.
const HARMLESS: [&str; 10] = [
    "clock_timestamp",
    "currval",
    "gen_random_uuid",
    "lastval",
    "random",
    "random_normal",
    "timeofday",
    "uuid_generate_v4",
    "uuidv4",
    "uuidv7",
];

/// An aggregate is as volatile as what it calls for each row, and says nothing about it itself.
const VOLATILE: &str = own!(
    "select distinct p.proname::text \
        from pg_proc p \
        left join pg_aggregate a on a.aggfnoid = p.oid \
        left join pg_proc s on s.oid in (a.aggtransfn, a.aggfinalfn, a.aggcombinefn) \
        where p.proname::text = any($1) and (p.provolatile = 'v' or s.provolatile = 'v') \
        and not (p.pronamespace = 'pg_catalog'::regnamespace and p.proname::text = any($3)) \
        union \
        select o.oprname::text from pg_operator o join pg_proc p on p.oid = o.oprcode \
        where o.oprname::text = any($2) and p.provolatile = 'v' \
        order by 1 limit 5"
);

/// Adds what the plan calls: through views, policies and functions that were put in line.
///
/// Every text of it is looked at, also those that this version knows nothing of.
pub(super) fn note_plan(calls: &mut Calls, json: &str) {
    let mut rest = json;
    let mut is_name = false;
    while let Some(start) = rest.find('"') {
        let text = &rest[start..];
        let end = end_of_string(text);
        // A name that cannot be read is none that the server has written.
        let text: String = serde_json::from_str(&text[..end]).unwrap_or_default();
        calls.note_text(&text);
        if is_name {
            calls.function(&text);
        }
        is_name = text == "Function Name";
        rest = &rest[start + end..];
    }
}

/// How long the JSON string is that the text begins with.
fn end_of_string(text: &str) -> usize {
    let mut is_escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    });
    end.map_or(text.len(), |end| end + 2)
}

/// Refuses those that may do more than read. Names of all schemas count: one name more than needed
/// is refused, never one fewer.
pub(super) async fn check(frame: &Frame<'_>, calls: &Calls) -> Result<Option<Refusal>, DbError> {
    let functions: Vec<&String> = calls.functions.iter().collect();
    let operators: Vec<&String> = calls.operators.iter().collect();
    let texts = Type::TEXT_ARRAY;
    let rows = frame
        .ask_typed(
            VOLATILE,
            &[
                (&functions, texts.clone()),
                (&operators, texts.clone()),
                (&HARMLESS.as_slice(), texts),
            ],
        )
        .await?;
    let names: Vec<String> = rows.iter().filter_map(|row| row.try_get(0).ok()).collect();
    Ok((!names.is_empty()).then_some(Refusal::Volatile { names }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_of_a_plan_is_looked_at() {
        let mut calls = Calls::default();
        let plan = r#"[{"Plan": {"Node Type": "Function Scan", "Function Name": "Odd name",
            "Output": ["one(a)", "\"Two \\\"\"(b)"], "Sort Key": ["\\", "three(c)"],
            "New Thing": {"Deep": ["four /* not \" */ (d)"]}}}]"#;
        note_plan(&mut calls, plan);
        let functions: Vec<&str> = calls.functions.iter().map(|name| &**name).collect();
        for name in ["Odd name", "one", "three", "four"] {
            assert!(functions.contains(&name), "{name}: {functions:?}");
        }
        // Cut off anywhere it is read to its end.
        for end in (0..plan.len()).filter(|&end| plan.is_char_boundary(end)) {
            note_plan(&mut Calls::default(), &plan[..end]);
        }
    }
}
