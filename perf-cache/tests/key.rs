//! Keys from templates: no argument poses as another's key or as a pattern.

use perf_cache::{escape, key};
use proptest::prelude::*;

proptest! {
    #[test]
    fn distinct_arguments_give_distinct_keys(
        one in "[a%:*{} \u{e9}]{0,4}", two in "[a%:*{} \u{e9}]{0,4}",
        three in "[a%:*{} \u{e9}]{0,4}", four in "[a%:*{} \u{e9}]{0,4}",
    ) {
        let (left, right) = (key!("p:{one}:{two}"), key!("p:{three}:{four}"));
        prop_assert_eq!(*left == *right, (&one, &two) == (&three, &four));
    }

    #[test]
    fn a_text_split_in_two_places_gives_two_keys(text in "[a:%]{2,6}") {
        let splits: Vec<_> = text.match_indices(':').map(|(at, _)| text.split_at(at)).collect();
        for (index, (one, two)) in splits.iter().enumerate() {
            let two = two.trim_start_matches(':');
            for (three, four) in splits.iter().skip(index + 1) {
                let four = four.trim_start_matches(':');
                let (left, right) = (key!("{one}:{two}"), key!("{three}:{four}"));
                prop_assert_ne!(&*left, &*right);
            }
        }
    }

    #[test]
    fn no_argument_can_be_a_pattern(part in any::<String>()) {
        let key = key!("{part}");
        let syntax = |char: char| {
            r"*?[]\:{}".contains(char) || char.is_whitespace() || char.is_control()
        };
        prop_assert!(!key.contains(syntax), "{key}");
        prop_assert_eq!(&*key, &*escape(&part));
    }
}

#[test]
fn empty_and_very_long_parts_work() {
    let (empty, long, number) = ("", "é:".repeat(32 * 1024), 7_u64);
    assert_eq!(&*key!("p:{empty}:{number:03}"), "p::007");
    assert_eq!(key!("p:{long}").len(), 2 + 5 * 32 * 1024);
    for len in 118..123 {
        let text = "x".repeat(len);
        assert_eq!(*key!("{text}:{number}"), format!("{text}:7"));
    }
}
