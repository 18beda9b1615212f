use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::error::{DbError, Reason};

/// Of the 32 bytes of the tag; RFC 2104, section 5 wants at least half of them.
const TAG_BYTES: usize = 16;

/// More than any cursor or write mark needs.
const MAX_TEXT_BYTES: usize = 4_096;

/// Makes bytes into a text for a URL, a cookie or a header, and knows its own texts again.
///
/// What is sealed can be read by anyone and changed by nobody: the text carries an HMAC-SHA256 tag.
/// `purpose` keeps a text that was made for one thing from being taken for another.
#[derive(Clone)]
pub(crate) struct Seal(Hmac<Sha256>);

impl Seal {
    pub(crate) fn new(secret: &[u8]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("HMAC takes a key of any length"))
    }

    pub(crate) fn random() -> Result<Self, DbError> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret)
            .map_err(|_| Reason::Setting("the system gives no random bytes: set a secret"))?;
        Ok(Self::new(&secret))
    }

    pub(crate) fn seal(&self, purpose: &str, bytes: &[u8]) -> String {
        let mut sealed = self.tag(purpose, bytes).to_vec();
        sealed.extend_from_slice(bytes);
        BASE64_URL_SAFE_NO_PAD.encode(sealed)
    }

    /// The bytes of a text that [`seal`](Self::seal) made with this secret for this purpose.
    pub(crate) fn open(&self, purpose: &str, text: &str) -> Option<Vec<u8>> {
        if text.len() > MAX_TEXT_BYTES {
            return None;
        }
        let sealed = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let (tag, bytes) = sealed.split_at_checked(TAG_BYTES)?;
        let expected = self.keyed(purpose, bytes);
        expected.verify_truncated_left(tag).ok()?;
        Some(bytes.to_vec())
    }

    fn tag(&self, purpose: &str, bytes: &[u8]) -> [u8; TAG_BYTES] {
        let whole = self.keyed(purpose, bytes).finalize().into_bytes();
        std::array::from_fn(|place| whole[place])
    }

    fn keyed(&self, purpose: &str, bytes: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(purpose.as_bytes());
        // No purpose holds a zero byte, so the two cannot run into each other.
        mac.update(&[0]);
        mac.update(bytes);
        mac
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seal").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_text_is_opened_by_the_same_secret_only() {
        let text = Seal::new(b"one").seal("cursor", b"42");
        assert_eq!(Seal::new(b"one").open("cursor", &text).as_deref(), Some(&b"42"[..]));
        assert_eq!(Seal::new(b"two").open("cursor", &text), None);
    }

    #[test]
    fn a_text_for_one_purpose_is_none_for_another() {
        let seal = Seal::new(b"secret");
        assert_eq!(seal.open("mark", &seal.seal("cursor", b"42")), None);
    }

    #[test]
    fn a_text_with_any_byte_changed_or_cut_off_is_refused() {
        let seal = Seal::new(b"secret");
        let text = seal.seal("cursor", b"page after 42");
        for place in 0..text.len() {
            let mut forged = text.clone().into_bytes();
            forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            assert_eq!(seal.open("cursor", &forged), None, "{forged}");
            assert_eq!(seal.open("cursor", &text[..place]), None);
        }
    }

    #[test]
    fn a_text_of_any_length_is_refused_without_being_decoded() {
        let seal = Seal::new(b"secret");
        let long = seal.seal("cursor", &[7; 8_000]);
        assert_eq!(seal.open("cursor", &long), None);
        assert_eq!(seal.open("cursor", ""), None);
        assert_eq!(seal.open("cursor", "no base64!"), None);
    }
}
