mod codecs;
mod envelopes;
mod hostile;
mod shapes;

use super::forged::{around, envelope};
use super::{Codec, Compression, Form};

const CAP: u64 = 1024 * 1024;

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
