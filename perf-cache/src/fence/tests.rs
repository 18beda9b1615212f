use perf_core::sync::Arc;

use super::{Authority, Ledger, Rule, Stamp, StampVerdict, TagId, TagVersion, TagsSince, Version};
use crate::store::World;

const TEA: TagId = TagId(7);

fn at(version: u64) -> TagVersion {
    TagVersion { tag: TEA, version: Version(version) }
}

fn stamped(version: u64) -> Stamp {
    Stamp { tags: vec![at(version)], ..Stamp::default() }
}

#[test]
fn a_version_that_is_told_late_is_not_taken_for_the_present_one() {
    let ledger = Ledger::new(Authority::Server);
    ledger.missed_something();
    ledger.tag_changed(at(10));
    assert_eq!(ledger.check_stamp("green", &stamped(10)), StampVerdict::Unknown(vec![TEA]));
    ledger.learn_tags([at(20)], ledger.epoch());
    assert_eq!(ledger.check_stamp("green", &stamped(10)), StampVerdict::Invalid);
    assert_eq!(ledger.check_stamp("green", &stamped(20)), StampVerdict::Valid);
}

#[test]
fn an_answer_that_was_overtaken_by_a_change_says_nothing() {
    let ledger = Ledger::new(Authority::Server);
    let asked = ledger.epoch();
    ledger.tag_changed(at(20));
    ledger.learn_tags([at(10)], asked);
    assert_eq!(ledger.check_stamp("green", &stamped(10)), StampVerdict::Unknown(vec![TEA]));
}

#[test]
fn an_answer_that_was_overtaken_by_something_missed_says_nothing() {
    let ledger = Ledger::new(Authority::Server);
    let asked = ledger.epoch();
    ledger.missed_something();
    ledger.learn_tags([at(10)], asked);
    assert_eq!(ledger.check_stamp("green", &stamped(10)), StampVerdict::Unknown(vec![TEA]));
}

#[test]
fn a_load_is_struck_by_a_change_that_came_before_something_was_missed() {
    let ledger = Ledger::new(Authority::Server);
    let birth = ledger.birth();
    ledger.tag_changed_here(TEA);
    ledger.missed_something();
    assert!(ledger.has_struck("green", birth.epoch, &[TEA]));
    assert_eq!(ledger.tags_since(birth, &[TEA]), TagsSince::Changed);
    assert!(!ledger.has_struck("green", ledger.epoch(), &[TEA]));
}

#[test]
fn after_a_gap_what_holds_for_all_keys_has_to_be_asked_for() {
    let ledger = Ledger::new(Authority::Server);
    assert_eq!(ledger.lacks_world(), None);
    let before = ledger.epoch();
    ledger.missed_something();
    let asked = ledger.lacks_world().expect("something was missed");
    ledger.learn_world(World::default(), before);
    assert!(ledger.lacks_world().is_some(), "that answer was overtaken");
    let rule = Rule { version: Version(5), pattern: Arc::from("g*") };
    let world = World { last_rule: Version(5), rules: vec![rule], ..World::default() };
    ledger.learn_world(world, asked);
    assert_eq!(ledger.lacks_world(), None);
    assert_eq!(ledger.check_stamp("green", &Stamp::default()), StampVerdict::Invalid);
}
