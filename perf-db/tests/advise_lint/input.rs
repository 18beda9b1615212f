//! Texts that nobody meant to be read.

use std::thread;

use perf_db::advise::Schema;
use perf_db::advise::lint::Linter;

/// What can be put into itself, with what is innermost.
const NESTS: [(&str, &str, &str); 33] = [
    ("(", "1", ")"),
    ("((", "a", ")::int)"),
    ("(select ", "1", ")"),
    ("(", "select 1", ")"),
    ("f(", "1", ")"),
    ("f(x => ", "1", ")"),
    ("a(select ", "1", ")"),
    ("row(", "1", ")"),
    ("(a, ", "1", ")"),
    ("{", "1", "}"),
    ("array[", "1", "]"),
    ("a[", "1", "]"),
    ("a.", "b", ""),
    ("a::", "int", ""),
    ("not ", "a", ""),
    ("a = not ", "b", ""),
    ("- ", "a", ""),
    ("a or ", "b", ""),
    ("a collate b ", "", ""),
    ("interval ", "'1'", ""),
    ("x -> (", "y", ")"),
    ("lambda x: ", "1", ""),
    ("case when ", "1", " then 1 end"),
    ("cast(", "1", " as int)"),
    ("extract(year from ", "a", ")"),
    ("substring(", "a", " from 1)"),
    ("trim(", "a", ")"),
    ("position(", "a", " in b)"),
    ("a in (", "1", ")"),
    ("a and (", "b", ")"),
    ("a between (", "1", ") and 2"),
    ("a = any(", "b", ")"),
    ("exists (select ", "1", ")"),
];

fn lint_all() {
    let schema = Schema::default();
    let linter = Linter::new(&schema);
    for depth in [1, 2, 5, 8, 20, 24, 40, 900, 4_000] {
        for (open, inner, close) in NESTS {
            let nest = format!("{}{inner}{}", open.repeat(depth), close.repeat(depth));
            for sql in [
                format!("select {nest} from t"),
                format!("select 1 from {nest} where a = 1"),
                format!("select 1 from t where {nest}"),
                format!("update t set a = {nest} where {nest}"),
                nest,
            ] {
                linter.lint(&sql);
            }
        }
    }
}

#[test]
fn a_text_of_any_depth_leaves_the_stack_of_a_small_thread_alone() {
    for kilobytes in [192, 1_100, 1_600] {
        let thread = thread::Builder::new().stack_size(kilobytes * 1024).spawn(lint_all).unwrap();
        thread.join().unwrap();
    }
}

#[test]
fn a_megabyte_is_not_read() {
    let schema = Schema::default();
    let linter = Linter::new(&schema);
    for part in ["(", "a or ", "'", "/*", "$1,", "select ", "-", "\\", "\0", "ü", "E'\\", "$x$"] {
        let sql = format!("select * from t where {}", part.repeat((1 << 20) / part.len()));
        assert!(linter.lint(&sql).is_empty());
    }
}
