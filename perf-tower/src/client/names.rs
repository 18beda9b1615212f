use std::hash::{BuildHasher, RandomState};

use perf_core::Name;
use perf_core::sync::OnceLock;

use super::target::Target;

const SLOTS: usize = 256;

/// A name is sought in this many slots: enough that few of a service's targets find no place.
const PROBES: usize = 8;

/// Names that were asked for, so that a target is written out once and not for each request.
///
/// Slots are filled once and read without a lock. A name that finds no slot is made anew each time;
/// how many may be counted is for the recorder to say.
pub(super) struct Names {
    slots: Box<[OnceLock<Name>]>,
    // Hosts may come from outside: nobody shall choose which names share their slots.
    hasher: RandomState,
}

impl Default for Names {
    fn default() -> Self {
        let slots = (0..SLOTS).map(|_| OnceLock::new()).collect();
        Self { slots, hasher: RandomState::new() }
    }
}

impl Names {
    pub(super) fn name(&self, target: &Target<'_>) -> Name {
        let hash = self.hasher.hash_one(target) as usize;
        (0..PROBES)
            .map(|step| &self.slots[hash.wrapping_add(step) % SLOTS])
            .map(|slot| slot.get_or_init(|| target.name()))
            .find(|name| target.is(name.as_str()))
            .cloned()
            .unwrap_or_else(|| target.name())
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method, Uri};

    use super::*;

    #[test]
    fn a_target_is_written_out_once_and_more_targets_than_slots_still_have_their_names() {
        let (names, headers) = (Names::default(), HeaderMap::new());
        for n in 0..1_000 {
            let uri: Uri = format!("http://host-{n}.internal/").parse().expect("a URI");
            let target = Target::new(&Method::GET, &uri, &headers, None);
            assert_eq!(names.name(&target).as_str(), format!("GET host-{n}.internal"));
            if n == 0 {
                let text = |name: Name| name.as_str().as_ptr();
                assert_eq!(text(names.name(&target)), text(names.name(&target)));
            }
        }
        assert!(names.slots.iter().filter(|slot| slot.get().is_some()).count() <= SLOTS);
    }
}
