//! Texts that are said to be SQL.
#![no_main]

use perf_db::advise::Schema;
use perf_db::advise::lint::{Linter, lint};
use perf_core::sql::Dialect;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let schema = Schema::default();
    for found in lint(text, &schema, Some(&[20, 1700])) {
        assert!(found.remedy.code.is_none(), "nothing is known of the schema");
    }
    let mysql = Linter::new(&schema).dialect(Dialect::MySql);
    for found in mysql.lint(text) {
        assert!(!found.key.is_empty() && !found.remedy.advice.is_empty());
    }
});
