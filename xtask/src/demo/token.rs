use std::fmt::{self, Debug, Formatter};
use std::fs::File;
use std::io::Read;

use crate::failure::Failure;

/// Where the system keeps its random numbers for secrets.
const SOURCE: &str = "/dev/urandom";
const RANDOM_BYTES: usize = 16;
const SHORTEST: usize = 8;
/// What means something else in the query of an address.
const RESERVED: &[u8] = b"%&#+";

/// The secret that opens the shop's dashboard. Its `Debug` does not show it, nor does any error.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct Token(String);

impl Token {
    /// 32 characters with 128 bits of chance.
    pub(crate) fn random() -> Result<Self, Failure> {
        let mut bytes = [0; RANDOM_BYTES];
        File::open(SOURCE).and_then(|mut source| source.read_exact(&mut bytes)).map_err(
            |error| {
                Failure::because(format!("{SOURCE} gave no token: choose one with --token"), error)
            },
        )?;
        Ok(Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// A token that passes unchanged through a header and through the query of an address.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let passes = |byte: u8| byte.is_ascii_graphic() && !RESERVED.contains(&byte);
        if text.len() >= SHORTEST && text.bytes().all(passes) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Self::refused())
        }
    }

    pub(crate) fn refused() -> Failure {
        Failure::new(format!(
            "--token takes at least {SHORTEST} visible ASCII characters, no space and none of \
             `%`, `&`, `#` and `+`"
        ))
    }

    /// The secret itself.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl Debug for Token {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_token_is_long_passes_the_rules_and_comes_once() -> Result<(), Failure> {
        let (one, other) = (Token::random()?, Token::random()?);
        assert_eq!(one.reveal().len(), 32);
        assert_eq!(Token::parse(one.reveal())?, one);
        assert_ne!(one, other);
        Ok(())
    }

    #[test]
    fn a_token_that_would_change_on_its_way_is_refused_and_never_shown() {
        for text in [
            "",
            "sevench",
            "with space",
            "per%cent",
            "and&and",
            "hash#tag",
            "plus+plus",
            "tab\ttab",
            "snowman☃☃☃",
        ] {
            let said = Token::parse(text).err().map(|it| it.to_string()).unwrap_or_default();
            assert!(said.starts_with("--token takes at least 8 visible ASCII"), "{text}: {said}");
            assert!(text.is_empty() || !said.contains(text), "{said}");
        }
        let token = Token::parse("s3cret/=?~");
        assert!(token.is_ok_and(|token| !format!("{token:?}").contains("s3cret")));
    }
}
