use std::borrow::Cow;

use super::{Form, Unreadable};

/// How large values are made smaller before they go to Redis.
///
/// Each needs the feature of its name; without one there is none. What is *read* may be compressed in
/// any way that this program is built with, and a value in another one is a miss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// [Zstandard](https://datatracker.ietf.org/doc/html/rfc8878) at level 3: the smaller result.
    #[cfg(feature = "zstd")]
    Zstd,
    /// [LZ4](https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md) blocks: the quicker one.
    #[cfg(feature = "lz4")]
    Lz4,
}

const PLAIN: u8 = 0;
const ZSTD: u8 = 1;
const LZ4: u8 = 2;
#[cfg(feature = "zstd")]
const ZSTD_LEVEL: i32 = 3;

/// A payload as it travels.
#[derive(Debug, Default)]
pub(super) struct Packed {
    pub(super) flags: u8,
    pub(super) payload: Vec<u8>,
    /// Of the payload when it is not compressed.
    pub(super) length: usize,
}

pub(super) fn pack(payload: Vec<u8>, form: &Form) -> Packed {
    let length = payload.len();
    let smaller = form
        .compression
        .filter(|(_, above_bytes)| length as u64 > *above_bytes)
        .and_then(|(compression, _)| Some((compression.flag(), compression.compress(&payload)?)))
        .filter(|(_, compressed)| compressed.len() < length);
    match smaller {
        Some((flags, payload)) => Packed { flags, payload, length },
        None => Packed { flags: PLAIN, payload, length },
    }
}

/// The payload that has `length` bytes when it is not compressed, which the caller has compared with
/// what it allows. No more than that many are taken, whatever the compressed bytes say.
pub(super) fn unpack(
    payload: &[u8],
    flags: u8,
    length: usize,
) -> Result<Cow<'_, [u8]>, Unreadable> {
    let plain = match flags {
        PLAIN => Cow::Borrowed(payload),
        #[cfg(feature = "zstd")]
        ZSTD => {
            let mut plain = vec![0; length];
            let taken = zstd::bulk::decompress_to_buffer(payload, &mut plain[..]);
            plain.truncate(taken.map_err(|_| Unreadable::Undecodable)?);
            Cow::Owned(plain)
        }
        #[cfg(feature = "lz4")]
        LZ4 => {
            let mut plain = vec![0; length];
            let taken = lz4_flex::block::decompress_into(payload, &mut plain);
            plain.truncate(taken.map_err(|_| Unreadable::Undecodable)?);
            Cow::Owned(plain)
        }
        #[cfg(not(feature = "zstd"))]
        ZSTD => return Err(Unreadable::UnknownCodec),
        #[cfg(not(feature = "lz4"))]
        LZ4 => return Err(Unreadable::UnknownCodec),
        _ => return Err(Unreadable::OtherFormat),
    };
    if plain.len() == length { Ok(plain) } else { Err(Unreadable::Undecodable) }
}

impl Compression {
    fn flag(self) -> u8 {
        match self {
            #[cfg(feature = "zstd")]
            Self::Zstd => ZSTD,
            #[cfg(feature = "lz4")]
            Self::Lz4 => LZ4,
        }
    }

    /// `None` leaves the payload as it is.
    #[cfg_attr(
        not(any(feature = "zstd", feature = "lz4")),
        expect(unused_variables, reason = "there is nothing to compress with")
    )]
    fn compress(self, payload: &[u8]) -> Option<Vec<u8>> {
        match self {
            #[cfg(feature = "zstd")]
            Self::Zstd => zstd::bulk::compress(payload, ZSTD_LEVEL).ok(),
            #[cfg(feature = "lz4")]
            Self::Lz4 => Some(lz4_flex::block::compress(payload)),
        }
    }
}
