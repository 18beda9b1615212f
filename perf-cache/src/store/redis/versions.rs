//! What was invalidated, and when, by the server's clock.

use futures_util::future::try_join_all;
use perf_core::sync::Arc;
use perf_core::time::Duration;
use redis::cmd;

use super::{RedisStore, failure, milliseconds, wire};
use crate::fence::{Rule, TagId, TagVersion, Version};
use crate::store::{StoreError, TagState, Ticket, World};

/// One script call for more would keep others waiting.
const TAGS_AT_ONCE: usize = 64;
/// Every read checks all rules; one more, and the cache as a whole is invalidated instead.
pub(super) const MAX_RULES: u32 = 256;

impl RedisStore {
    pub(super) async fn tag_states(
        &self,
        tags: &[TagId],
        keep: Duration,
    ) -> Result<Vec<TagState>, StoreError> {
        // Tags lie in different slots, and a script runs in one.
        let at_once = if self.link.target().is_cluster() { 1 } else { TAGS_AT_ONCE };
        let calls = tags.chunks(at_once).map(|tags| self.some_tags(tags, keep));
        Ok(try_join_all(calls).await?.concat())
    }

    async fn some_tags(&self, tags: &[TagId], keep: Duration) -> Result<Vec<TagState>, StoreError> {
        let names: Vec<_> = tags.iter().map(|tag| self.names.tag(*tag)).collect();
        let names: Vec<_> = names.iter().map(String::as_bytes).collect();
        // With a reserve, or each load with a tag would write its expiry anew.
        let reserve = keep.saturating_add(keep / 4);
        let (keep, reserve) = (milliseconds(keep), milliseconds(reserve));
        let args: [&[u8]; 2] = [keep.as_bytes(), reserve.as_bytes()];
        let held: Vec<Vec<u8>> = self.run(&self.scripts.tags, &names, &args).await?;
        if held.len() != tags.len() {
            return Err(failure::unexpected("for tags"));
        }
        tags.iter().zip(&held).map(|(tag, held)| state(*tag, held)).collect()
    }

    pub(super) async fn new_tag_version(
        &self,
        tag: TagId,
        keep: Duration,
        ticket: Ticket,
    ) -> Result<Version, StoreError> {
        let name = self.names.tag(tag);
        let keep = milliseconds(keep);
        let args: [&[u8]; 3] =
            [keep.as_bytes(), self.names.channel().as_bytes(), &wire::tag_head(ticket, tag)];
        let digits: Vec<u8> =
            self.run(&self.scripts.invalidate_tag, &[name.as_bytes()], &args).await?;
        version(&digits)
    }

    pub(super) async fn new_version_of_all(&self, ticket: Ticket) -> Result<Version, StoreError> {
        let world = [self.names.world().as_bytes()];
        let args: [&[u8]; 2] = [self.names.channel().as_bytes(), &wire::all_head(ticket)];
        let digits: Vec<u8> = self.run(&self.scripts.invalidate_all, &world, &args).await?;
        version(&digits)
    }

    pub(super) async fn new_rule(
        &self,
        pattern: &str,
        ticket: Ticket,
    ) -> Result<Version, StoreError> {
        let world = [self.names.world().as_bytes()];
        let most = MAX_RULES.to_string();
        let args: [&[u8]; 5] = [
            self.names.channel().as_bytes(),
            &wire::rule_head(ticket),
            &wire::all_head(ticket),
            pattern.as_bytes(),
            most.as_bytes(),
        ];
        let digits: Vec<u8> = self.run(&self.scripts.invalidate_matching, &world, &args).await?;
        version(&digits)
    }

    pub(super) async fn retire_rule(&self, rule: Version) -> Result<(), StoreError> {
        let mut retire = cmd("HDEL");
        retire.arg(self.names.world()).arg(format!("rule:{}", rule.0));
        Ok(self.link.query(&retire).await?)
    }

    pub(super) async fn world_now(&self) -> Result<World, StoreError> {
        let world = [self.names.world().as_bytes()];
        let answer: Vec<Vec<u8>> = self.run(&self.scripts.world, &world, &[]).await?;
        let [now, all, last_rule, rest @ ..] = answer.as_slice() else {
            return Err(failure::unexpected("for the world"));
        };
        let mut rules: Vec<Rule> = rest.chunks_exact(2).filter_map(rule).collect();
        rules.sort_unstable_by_key(|rule| rule.version);
        Ok(World { now: version(now)?, all: version(all)?, last_rule: version(last_rule)?, rules })
    }
}

/// A pattern that is not UTF-8 matches no key of ours.
fn rule(pair: &[Vec<u8>]) -> Option<Rule> {
    let [digits, pattern] = pair else {
        return None;
    };
    let pattern = Arc::from(str::from_utf8(pattern).ok()?);
    Some(Rule { version: wire::version(digits)?, pattern })
}

fn state(tag: TagId, held: &[u8]) -> Result<TagState, StoreError> {
    let (kind, digits) = held.split_first().ok_or_else(|| failure::unexpected("for tags"))?;
    let version = version(digits)?;
    let invalidated = if *kind == b'i' { version } else { Version::default() };
    Ok(TagState { current: TagVersion { tag, version }, invalidated })
}

fn version(digits: &[u8]) -> Result<Version, StoreError> {
    wire::version(digits).ok_or_else(|| failure::unexpected("with a version"))
}
