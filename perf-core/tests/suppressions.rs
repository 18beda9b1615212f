//! Risk: a finding is hidden that nobody has looked at, or for longer than was meant.

use std::error::Error;
use std::fs;

use perf_core::finding::suppress::{Date, Outcome, StaleCause, Suppressions};
use perf_core::{Finding, FindingKind};

type TestResult = Result<(), Box<dyn Error>>;

fn entry(key: &str, until: &str) -> String {
    format!("[[suppress]]\nkey = \"{key}\"\nreason = \"because of {key}\"\nuntil = \"{until}\"\n\n")
}

fn unused(names: &[&str]) -> Vec<Finding> {
    names.iter().map(|name| Finding::new(FindingKind::UnusedIndex, name, *name)).collect()
}

/// On 2027-03-01.
fn apply(text: &str, names: &[&str]) -> Result<Outcome, Box<dyn Error>> {
    Ok(Suppressions::parse(text)?.apply(unused(names), "2027-03-01".parse()?))
}

fn kept(outcome: &Outcome) -> Vec<&str> {
    outcome.kept.iter().map(|finding| finding.subject.as_str()).collect()
}

/// The line and the words of what is wrong with a text.
fn refused(text: &str) -> (usize, String) {
    match Suppressions::parse(text) {
        Ok(read) => panic!("{text} is read as {read:?}"),
        Err(error) => {
            let said = error.to_string();
            let line = error.line().unwrap_or_default();
            assert!(said.starts_with(&format!("line {line}: ")), "{said}");
            assert_eq!(said.lines().count(), 1, "{said}");
            (line, said)
        }
    }
}

#[test]
fn a_key_hides_its_finding_and_no_other() -> TestResult {
    let outcome =
        apply(&entry("unused_index:shop.a", "2027-12-31"), &["shop.b", "shop.a", "shop.ab"])?;
    assert_eq!(kept(&outcome), ["shop.b", "shop.ab"]);
    let hidden = &outcome.suppressed[0];
    assert_eq!(hidden.finding.key, "unused_index:shop.a");
    assert_eq!(hidden.reason, "because of unused_index:shop.a");
    assert_eq!(hidden.until.to_string(), "2027-12-31");
    assert!(outcome.stale.is_empty());
    Ok(())
}

#[test]
fn a_beginning_hides_all_that_begin_so() -> TestResult {
    let text = entry("unused_index:shop.*", "2027-12-31");
    let outcome = apply(&text, &["shop.a", "other.a", "shop.", "shopping.a"])?;
    assert_eq!(kept(&outcome), ["other.a", "shopping.a"]);
    // A star anywhere else is a star.
    let text = entry("unused_index:*.a", "2027-12-31");
    let outcome = apply(&text, &["shop.a", "*.a"])?;
    assert_eq!(kept(&outcome), ["shop.a"]);
    Ok(())
}

#[test]
fn an_entry_holds_through_its_last_day_and_is_told_after_it() -> TestResult {
    let today = apply(&entry("unused_index:a", "2027-03-01"), &["a"])?;
    assert!(today.kept.is_empty() && today.stale.is_empty());

    let over = apply(&entry("unused_index:a", "2027-02-28"), &["a"])?;
    assert_eq!(kept(&over), ["a"]);
    assert_eq!(over.stale[0].cause, StaleCause::Expired);
    let said = over.stale[0].to_string();
    assert!(said.starts_with("line 1: `unused_index:a` was hidden until 2027-02-28"), "{said}");
    Ok(())
}

#[test]
fn an_entry_that_matches_nothing_is_told_by_its_line() -> TestResult {
    let text = [
        entry("unused_index:a", "2027-12-31"),
        entry("unused_index:gone", "2027-12-31"),
        entry("bloat:*", "2020-01-01"),
    ];
    let outcome = apply(&text.concat(), &["a"])?;
    let stale: Vec<_> = outcome.stale.iter().map(|it| (it.entry.line, it.cause)).collect();
    assert_eq!(stale, [(6, StaleCause::Unmatched), (11, StaleCause::Unmatched)]);
    assert!(outcome.stale[0].to_string().contains("no finding has the key `unused_index:gone`"));
    Ok(())
}

#[test]
fn the_longest_key_that_still_holds_is_the_reason() -> TestResult {
    let text = [
        entry("unused_index:*", "2027-12-31"),
        entry("unused_index:shop.*", "2027-12-31"),
        entry("unused_index:shop.a", "2027-12-31"),
        entry("unused_index:shop.b", "2026-01-01"),
    ];
    let outcome = apply(&text.concat(), &["shop.a", "shop.b", "other"])?;
    let reasons: Vec<&str> = outcome.suppressed.iter().map(|it| it.reason.as_str()).collect();
    let because = ["unused_index:shop.a", "unused_index:shop.*", "unused_index:*"];
    assert_eq!(reasons, because.map(|key| format!("because of {key}")));
    // The one that has ended is told, though another one hides what it hid.
    assert_eq!(outcome.stale.len(), 1);
    assert_eq!(outcome.stale[0].entry.key, "unused_index:shop.b");
    Ok(())
}

#[test]
fn what_is_missing_unknown_or_malformed_is_named_with_its_line() {
    let lines = |lines: &[&str]| lines.join("\n");
    let (key, reason) = ("key = 'bloat:a'", "reason = 'r'");
    let cases = [
        (lines(&["", "[[suppress]]", key, "until = '2027-03-01'"]), 2, "has no `reason`"),
        (lines(&["[[suppress]]", key, reason]), 1, "has no `until`"),
        (lines(&["[[suppress]]", reason, "until = '2027-03-01'"]), 1, "has no `key`"),
        (lines(&["[[suppress]]"]), 1, "has no `key`"),
        (lines(&["[[suppress]]", key, reason, "until = '2027-02-30'"]), 4, "`until` is the last"),
        (lines(&["[[suppress]]", key, reason, "until = 'soon'"]), 4, "`until` is the last"),
        (lines(&["[[suppress]]", key, reason, "until = 20270301"]), 4, "`until` is the last"),
        (lines(&["[[suppress]]", key, reason, "until = 2027-03-01T07:00:00Z"]), 4, "`until` is"),
        (lines(&["[[suppress]]", key, reason, "", "untill = '2027-03-01'"]), 5, "field `untill`"),
        (lines(&["[[suppress]]", key, "reason = ' '", "until = '2027-03-01'"]), 3, "says why"),
        (lines(&["[[suppress]]", key, "reason = 7", "until = '2027-03-01'"]), 3, "says why"),
        (lines(&["[[suppress]]", "key = '*'", reason, "until = '2027-03-01'"]), 2, "`key` is the"),
        (lines(&["[[suppress]]", "key = 'bloat:'", reason, "until = '2027-03-01'"]), 2, "`key`"),
        (lines(&["# ours", "[suppress]", key]), 2, "two brackets"),
        (lines(&["", "supress = 1"]), 2, "unknown field `supress`"),
        (lines(&["suppress = [", "7]"]), 2, "a table with"),
        (lines(&["", "", "[[suppress]", key]), 3, "no TOML"),
        (lines(&["[[suppress]]", "key = 'a", "b'"]), 2, "no TOML"),
        (lines(&["[[suppress]]", key, key]), 3, "no TOML"),
    ];
    for (text, line, words) in cases {
        let (told, said) = refused(&text);
        assert_eq!(told, line, "{said} in {text}");
        assert!(said.contains(words), "{said} in {text}");
    }
}

#[test]
fn the_same_key_twice_is_refused_with_both_lines() {
    let text = [entry("bloat:a", "2027-03-01"), entry("bloat:b", "2027-03-01")].concat();
    let (line, said) = refused(&(text + &entry("bloat:a", "2028-03-01")));
    assert_eq!(line, 11);
    assert!(said.contains("`bloat:a`") && said.contains("line 1"), "{said}");
}

#[test]
fn a_date_may_be_one_of_toml_and_an_empty_file_hides_nothing() -> TestResult {
    let text = "suppress = [{ key = 'unused_index:a', reason = 'r', until = 2027-03-01 }]";
    assert!(apply(text, &["a"])?.kept.is_empty());
    for text in ["", "# nothing yet\n", "suppress = []"] {
        let outcome = apply(text, &["a"])?;
        assert_eq!((outcome.kept.len(), outcome.suppressed.len(), outcome.stale.len()), (1, 0, 0));
    }
    Ok(())
}

/// Twice as many entries take twice as long: minutes here if each looked through the text anew.
#[test]
fn a_file_as_large_as_can_be_is_read() -> TestResult {
    let text: String = (0..10_000).map(|n| entry(&format!("bloat:{n}"), "2027-12-31")).collect();
    assert!(text.len() < 1 << 20);
    let outcome = apply(&text, &["a"])?;
    assert_eq!((outcome.kept.len(), outcome.stale.len()), (1, 10_000));
    assert_eq!(outcome.stale[9_999].entry.line, 5 * 9_999 + 1);
    Ok(())
}

#[test]
fn a_file_is_named_in_what_is_wrong_with_it() -> TestResult {
    let folder = std::env::temp_dir().join(format!("perf-suppressions-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let file = folder.join("perf.toml");
    let said = |outcome: Result<Suppressions, _>| -> String {
        outcome.map_or_else(
            |error: perf_core::finding::suppress::SuppressError| error.to_string(),
            |read| format!("{read:?}"),
        )
    };

    let absent = said(Suppressions::read(&file));
    assert!(absent.contains("perf.toml: the file cannot be read"), "{absent}");
    fs::write(&file, entry("bloat:a", "2027-03-01"))?;
    assert_eq!(Suppressions::read(&file)?.entries()[0].key, "bloat:a");
    fs::write(&file, entry("bloat:a", "never"))?;
    let malformed = said(Suppressions::read(&file));
    assert!(malformed.contains("perf.toml line 4: `until`"), "{malformed}");
    fs::write(&file, "#".repeat((1 << 20) + 1))?;
    let large = said(Suppressions::read(&file));
    assert!(large.contains("perf.toml: the file is larger than 1 MiB"), "{large}");
    #[cfg(unix)]
    assert!(said(Suppressions::read("/dev/zero")).contains("larger than 1 MiB"), "it has no end");
    fs::write(&file, [0xff, 0xfe])?;
    let binary = said(Suppressions::read(&file));
    assert!(binary.contains("perf.toml: the file cannot be read"), "{binary}");
    fs::remove_dir_all(&folder)?;
    Ok(())
}

#[test]
fn today_is_what_the_clock_says() {
    use perf_core::time::{Duration, testing};

    let days = |days: u64| Duration::from_secs(days * 24 * 3_600);
    let _following = testing::follow(move || days(59));
    assert_eq!(Some(Date::today()), Date::new(2026, 3, 1));
}
