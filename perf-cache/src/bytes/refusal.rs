/// Why bytes are not a value. For the reader that is a miss; which one is told to whoever looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("not an envelope")]
    NotOurs,
    #[error("an envelope of another format")]
    OtherFormat,
    #[error("a codec or compression that this program is built without")]
    UnknownCodec,
    #[error("a value of another type, or of this type in another shape")]
    OtherType,
    #[error("an envelope that has changed since it was sealed")]
    Damaged,
    #[error("more bytes than are allowed")]
    TooLarge,
    #[error("bytes that do not decode")]
    Undecodable,
    #[error("the type's `Deserialize` panicked")]
    Panicked,
}

/// Why a value has no envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unsealed {
    #[error("more than {} tags", crate::policy::MAX_TAGS)]
    TooManyTags,
    #[error("more bytes than are allowed")]
    TooLarge,
    #[error("the codec has no form for this value")]
    Unencodable,
    #[error("the type's `Serialize` panicked")]
    Panicked,
}
