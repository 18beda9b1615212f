//! Which versions the tags of a value had when its load began.

use crate::cache::Inner;
use crate::fence::{Birth, TagId, TagVersion, TagsSince, Verdict, Version};
use crate::guard::Remote;
use crate::keep::Berth;

impl Inner {
    /// Asks for the versions of tags that are not known here, before a load begins. What nobody answers is
    /// asked for again when it has ended.
    pub(crate) async fn ask_for_tags(
        &self,
        remote: &Remote,
        birth: Birth,
        tags: &[TagId],
    ) -> Vec<TagVersion> {
        let TagsSince::Unknown(unknown) = self.ledger.tags_since(birth, tags) else {
            return Vec::new();
        };
        let asked = self.ledger.epoch();
        let Ok(states) = remote.tags(&unknown).await else {
            return Vec::new();
        };
        let versions: Vec<TagVersion> = states.iter().map(|state| state.current).collect();
        self.ledger.learn_tags(versions.iter().copied(), asked);
        versions
    }

    /// Whether a change of these tags since the load began may have gone unheard and would never show: what
    /// is later learned of a tag says nothing about what was kept before. While the store is not used
    /// all that is kept becomes suspect later.
    pub(crate) fn lacks_proof(&self, birth: Birth, tags: &[TagId]) -> bool {
        self.remote.as_ref().is_some_and(Remote::is_usable)
            && !matches!(self.ledger.tags_since(birth, tags), TagsSince::Same(_))
    }

    /// The versions that the tags had when the load began; `None` when one has changed since, or
    /// nobody can tell.
    pub(crate) async fn tag_versions(
        &self,
        remote: &Remote,
        key: &str,
        tags: &[TagId],
        birth: Birth,
        berth: &Berth,
    ) -> Option<Vec<TagVersion>> {
        let before = berth.tags.iter().filter(|tag| tags.contains(&tag.tag));
        let before: Vec<TagVersion> = before.copied().collect();
        let asked_before = |tag: &TagId| before.iter().any(|there| there.tag == *tag);
        let named: Vec<TagId> = tags.iter().filter(|tag| !asked_before(tag)).copied().collect();
        let unknown = match self.ledger.tags_since(birth, &named) {
            TagsSince::Same(versions) => return Some([before, versions].concat()),
            TagsSince::Changed => return None,
            TagsSince::Unknown(tags) => tags,
        };
        let asked = self.ledger.epoch();
        let states = remote.tags(&unknown).await.ok()?;
        if berth.since == Version::default()
            || states.iter().any(|state| state.invalidated > berth.since)
        {
            return None;
        }
        self.ledger.learn_tags(states.iter().map(|state| state.current), asked);
        let is_unchanged = self.ledger.check(key, birth.epoch, tags) != Verdict::Invalid;
        let known = named.iter().filter(|tag| !unknown.contains(tag)).copied();
        let known: Vec<TagId> = known.collect();
        match self.ledger.tags_since(birth, &known) {
            TagsSince::Same(mut versions) if is_unchanged => {
                versions.extend(states.iter().map(|state| state.current));
                Some([before, versions].concat())
            }
            _ => None,
        }
    }
}
