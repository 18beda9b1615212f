//! Sixty-four bits that stand for some bytes: the same in every build and on every machine, because
//! they are written to Redis. Against accidents, not against attackers.

const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0100_0000_01b3;

pub(crate) fn of(bytes: &[u8]) -> u64 {
    then(OFFSET, bytes)
}

/// The fingerprint of something that began with what `hash` stands for.
pub(crate) fn then(hash: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let words = words.iter().map(|word| u64::from_le_bytes(*word));
    let rest = rest.iter().map(|byte| u64::from(*byte));
    // Each step is reversible, so two texts of one length that differ in one word never meet.
    words.chain(rest).fold(hash ^ bytes.len() as u64, |hash, word| {
        (hash ^ word).wrapping_mul(PRIME).rotate_left(29)
    })
}

#[cfg(test)]
mod tests {
    use super::{of, then};

    #[test]
    fn it_is_the_same_in_every_build_and_depends_on_every_byte() {
        assert_eq!(of(b""), super::OFFSET);
        assert_eq!(of(b"a fingerprint"), PINNED);
        let bytes = [7; 19];
        for place in 0..bytes.len() {
            let mut other = bytes;
            other[place] = 8;
            assert_ne!(of(&other), of(&bytes));
            assert_ne!(of(&bytes[..place]), of(&bytes));
        }
    }

    #[test]
    fn it_depends_on_what_came_before_and_on_where_that_ended() {
        assert_ne!(then(of(b"tea"), b"cup"), then(of(b"sea"), b"cup"));
        assert_ne!(then(of(b"tea"), b"cup"), then(of(b"teac"), b"up"));
    }

    const PINNED: u64 = 6_678_490_304_288_130_017;
}
