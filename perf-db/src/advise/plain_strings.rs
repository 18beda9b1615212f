/// The text up to where it can be read in two ways.
///
/// With `standard_conforming_strings` off, which each session sets for itself, `\'` goes on with a
/// string that ends there otherwise: what stands behind may be a value that looks like words.
pub(super) fn read_in_one_way(text: &str) -> &str {
    text.find("\\'").map_or(text, |at| &text[..at])
}

#[cfg(test)]
mod tests {
    use perf_core::Fingerprint;

    use super::read_in_one_way;

    #[test]
    fn no_value_behind_an_escaped_quote_is_taken_for_words() {
        let text = r"update t set a = 'it\'s secret ' where id = 1";
        assert_eq!(Fingerprint::of(read_in_one_way(text)).text(), "update t set a = ?");
        let text = r"select 'a\b' from t where b = E'\\'";
        assert_eq!(read_in_one_way("select 'a'"), "select 'a'");
        assert!(Fingerprint::of(read_in_one_way(text)).text().starts_with("select ? from t"));
    }
}
