use std::io;
use std::ops::RangeInclusive;

use super::node::Node;
use crate::resp;

/// What one node thinks of the cluster: `CLUSTER INFO` and `CLUSTER NODES`.
#[derive(Debug)]
pub(super) struct View {
    pub(super) is_ok: bool,
    members: Vec<Member>,
}

#[derive(Debug, Eq, PartialEq)]
struct Member {
    id: String,
    port: u16,
    epoch: u64,
    is_primary: bool,
    slots: Vec<RangeInclusive<u16>>,
}

/// Who has a slot. Of two claims the one of the higher epoch holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owner {
    pub(super) port: u16,
    pub(super) epoch: u64,
}

impl View {
    pub(super) fn of(node: &Node) -> io::Result<Self> {
        let ask = |what| node.query(&["CLUSTER", what]).and_then(resp::text);
        let is_ok = ask("INFO")?.lines().any(|line| line == "cluster_state:ok");
        Ok(Self { is_ok, members: ask("NODES")?.lines().filter_map(member).collect() })
    }

    pub(super) fn members(&self) -> usize {
        self.members.len()
    }

    pub(super) fn knows(&self, id: &str) -> bool {
        self.members.iter().any(|member| member.id == id)
    }

    /// How many primaries have slots.
    pub(super) fn primaries(&self) -> usize {
        let serves = |member: &&Member| member.is_primary && !member.slots.is_empty();
        self.members.iter().filter(serves).count()
    }

    pub(super) fn owner(&self, slot: u16) -> Option<Owner> {
        let has = |member: &&Member| member.slots.iter().any(|range| range.contains(&slot));
        let owner = self.members.iter().filter(has).max_by_key(|member| member.epoch)?;
        Some(Owner { port: owner.port, epoch: owner.epoch })
    }
}

/// One line: `id ip:port@bus flags primary ping pong epoch link slots…`. A member that is still
/// being met, or without an address, does not count.
fn member(line: &str) -> Option<Member> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (&[id, address, flags, _, _, _, epoch, _], slots) = words.split_first_chunk::<8>()?;
    if flags.split(',').any(|flag| matches!(flag, "handshake" | "noaddr")) {
        return None;
    }
    let port = address.split('@').next()?.rsplit(':').next()?.parse().ok()?;
    let is_primary = flags.split(',').any(|flag| flag == "master");
    let slots = slots.iter().filter_map(|range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        // A slot that is being moved stands in brackets and has its line's range besides.
        Some(first.parse().ok()?..=last.parse().ok()?)
    });
    let (id, epoch, slots) = (id.to_owned(), epoch.parse().ok()?, slots.collect());
    Some(Member { id, port, epoch, is_primary, slots })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_member_with_its_slots_unless_it_is_still_being_met() {
        let line = "07c3 127.0.0.1:3004@4004,host myself,master - 0 1426238317239 4 connected \
                    0-5460 7000 [93-<-292f]";
        let expected = Member {
            id: "07c3".to_owned(),
            port: 3004,
            epoch: 4,
            is_primary: true,
            slots: vec![0..=5460, 7000..=7000],
        };
        assert_eq!(member(line), Some(expected));
        assert_eq!(member(&line.replace("myself,master", "handshake")), None);
        assert_eq!(member("vars currentEpoch 6 lastVoteEpoch 0"), None);
    }
}
