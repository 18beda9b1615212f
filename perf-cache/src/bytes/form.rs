use super::{Codec, Compression};

/// How values are written. What is read may have been written in any form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) codec: Codec,
    /// Payloads of more bytes than this are compressed, and kept so when that made them smaller.
    pub(crate) compression: Option<(Compression, u64)>,
    /// The largest payload, before compression. Readers refuse to decompress more than their cap, so
    /// without this a value that compresses well would be written and never read.
    pub(crate) max_payload_bytes: u64,
}

impl Default for Form {
    fn default() -> Self {
        Self { codec: Codec::default(), compression: None, max_payload_bytes: 8 * 1024 * 1024 }
    }
}
