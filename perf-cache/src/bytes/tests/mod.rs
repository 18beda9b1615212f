mod codecs;
mod envelopes;
mod hostile;
mod shapes;

use perf_core::time::Duration;

use super::{Codec, Compression, Envelope, Form};
use crate::fence::{Stamp, TagId, TagVersion, Version};

const CAP: u64 = 1024 * 1024;

fn envelope(tags: usize) -> Envelope {
    let tag = |number| TagVersion { tag: TagId(number), version: Version(u64::MAX - number) };
    Envelope {
        id: 1,
        created_unix_ms: 2,
        fresh_until_unix_ms: 3,
        stale_until_unix_ms: u64::MAX,
        load_cost: Duration::from_micros(5),
        stamp: Stamp {
            all: Version(6),
            rules: Version(7),
            tags: (0..tags as u64).map(|number| tag(8 + number)).collect(),
        },
    }
}

/// All forms that this build knows.
fn forms() -> Vec<Form> {
    let codecs = [
        Codec::MessagePack,
        #[cfg(feature = "json")]
        Codec::Json,
        #[cfg(feature = "postcard")]
        Codec::Postcard,
    ];
    let compressions: &[Option<(Compression, u64)>] = &[
        None,
        #[cfg(feature = "zstd")]
        Some((Compression::Zstd, 0)),
        #[cfg(feature = "lz4")]
        Some((Compression::Lz4, 0)),
    ];
    let form = |codec| {
        let form = move |compression| Form { codec, compression, ..Form::default() };
        compressions.iter().copied().map(form)
    };
    codecs.into_iter().flat_map(form).collect()
}

/// An envelope around a payload that no value of `V` need have.
fn around<V: crate::CacheValue>(codec: u8, flags: u8, length: u64, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let coding = super::head::Coding { codec, flags, schema: super::schema::<V>() };
    super::head::write(&envelope(1), coding, &mut bytes);
    bytes.extend(length.to_le_bytes());
    bytes.extend_from_slice(payload);
    super::head::close(&mut bytes);
    bytes
}
