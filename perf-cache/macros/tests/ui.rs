//! Mistakes in `#[cached]` are told in words that help.

#[test]
fn mistakes_are_compile_errors_that_say_what_to_write() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
