//! Patterns mean what Redis means by them.

use std::cell::Cell;

use perf_cache::Pattern;
use proptest::collection::vec;
use proptest::prop_assume;
use proptest::sample::select;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

const CASES: u32 = 4_000;

/// Whatever has a meaning somewhere in a pattern, three letters, and what is more than a byte or less
/// than a letter.
const ALPHABET: [&str; 13] =
    ["a", "b", "*", "?", "[", "]", "^", "-", "\\", "c", "\u{e9}", "\n", "\0"];

/// What seldom comes by chance.
const PIECES: [&str; 16] = [
    "a", "b", "*", "?", "[ab]", "[^a]", "[a-b]", "[b-a]", "\\*", "[\\]", "[^", "[a-", "[]", "**",
    "[\u{e9}]", "[\\a-b]",
];

fn text(parts: &'static [&'static str], most: usize) -> impl Strategy<Value = String> {
    vec(select(parts), 0..most).prop_map(|parts| parts.concat())
}

#[test]
fn a_pattern_stands_for_the_keys_for_which_it_stands_in_redis() {
    let redis = testbed::Redis::start().expect("redis-server is installed");
    let client = redis::Client::open(redis.url()).expect("a good URL");
    let mut connection = client.get_connection().expect("Redis answers");
    // Keys in Redis have a prefix; there is no empty one.
    let mut ask_redis = |pattern: &str, key: &str| {
        let (found,): (Vec<String>,) = redis::pipe()
            .cmd("FLUSHDB")
            .ignore()
            .cmd("SET")
            .arg(format!("p:{key}"))
            .arg("")
            .ignore()
            .cmd("KEYS")
            .arg(format!("p:{pattern}"))
            .query(&mut connection)
            .expect("Redis answers");
        !found.is_empty()
    };

    let known = [
        ("", ""),
        ("*", ""),
        ("**", ""),
        ("*a*", "bab"),
        ("[", "["),
        ("[a", "a"),
        ("[^", "a"),
        ("[]", "]"),
        ("[]a]", "]a]"),
        ("[^]", "^"),
        ("[a-]", "]"),
        ("[a-", "a"),
        ("[a-", "-"),
        ("[z-a]", "m"),
        ("[\\]]", "]"),
        ("[\\", "\\"),
        ("\\", "\\"),
        ("a\\", "a\\"),
        ("\\a", "a"),
        ("*?", "a"),
        ("?*", ""),
        ("[*", "*"),
        ("*[^a]b", "aab"),
        ("*\\*", "a*"),
    ];
    for (pattern, key) in known {
        assert_eq!(Pattern::new(pattern).matches(key), ask_redis(pattern, key), "{pattern} {key}");
    }

    let asked = std::cell::RefCell::new(ask_redis);
    let matching = Cell::new(0_u32);
    let config = Config { failure_persistence: None, ..Config::default() };
    let config = Config { cases: config.cases.max(CASES), ..config };
    for parts in [&ALPHABET[..], &PIECES[..]] {
        let cases = (text(parts, 8), text(&ALPHABET, 6));
        let outcome = TestRunner::new(config.clone()).run(&cases, |(pattern, key)| {
            // Such a range is another one where the compiler of Redis has signed characters.
            prop_assume!(pattern.is_ascii() || !pattern.contains('-'));
            let expected = asked.borrow_mut()(&pattern, &key);
            matching.set(matching.get() + u32::from(expected));
            let found = Pattern::new(pattern).matches(&key);
            if found == expected { Ok(()) } else { Err(TestCaseError::fail(format!("{expected}"))) }
        });
        if let Err(failure) = outcome {
            panic!("Redis thinks otherwise: {failure}");
        }
    }
    assert!(matching.get() > CASES / 10, "too few of them match: {}", matching.get());
}
