use super::value::KeyValue;
use crate::error::{DbError, Reason};
use crate::seal::Seal;

/// What the seal of a cursor is for.
const PURPOSE: &str = "cursor";

/// The first byte; another one is for another layout.
const VERSION: u8 = 1;

/// As many fit into a sealed text.
const MAX_BYTES: usize = 3_000;

/// A place in an ordered answer: at the row with these keys, which may be gone by now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) side: Side,
    pub(super) values: Vec<KeyValue>,
}

/// Which rows the page has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    After,
    /// The row itself too: what comes next after a page that was found empty on the way back.
    From,
    Before,
    /// The row itself too: what comes before a page that was found empty.
    UpTo,
}

impl Side {
    const ALL: [Self; 4] = [Self::After, Self::From, Self::Before, Self::UpTo];

    pub(super) fn is_backward(self) -> bool {
        matches!(self, Self::Before | Self::UpTo)
    }

    pub(super) fn is_inclusive(self) -> bool {
        matches!(self, Self::From | Self::UpTo)
    }

    /// All rows that are not on this side.
    pub(super) fn other(self) -> Self {
        match self {
            Self::After => Self::UpTo,
            Self::From => Self::Before,
            Self::Before => Self::From,
            Self::UpTo => Self::After,
        }
    }
}

impl Cursor {
    /// As a text for clients; `keyset` says which query it belongs to.
    pub(super) fn seal(&self, seal: &Seal, keyset: [u8; 8]) -> Result<String, DbError> {
        let mut bytes = vec![VERSION, self.side as u8];
        bytes.extend(keyset);
        for KeyValue { type_oid, bytes: value } in &self.values {
            bytes.extend(type_oid.to_be_bytes());
            // As in PostgreSQL's own protocol: a length of -1 is NULL.
            let length = value.as_ref().map_or(Ok(-1), |value| i32::try_from(value.len()));
            bytes.extend(length.map_err(|_| Reason::LongKey)?.to_be_bytes());
            bytes.extend(value.as_deref().unwrap_or_default());
        }
        if bytes.len() > MAX_BYTES {
            return Err(Reason::LongKey.into());
        }
        Ok(seal.seal(PURPOSE, &bytes))
    }

    /// The cursor of such a text, which anyone may have made up.
    pub(super) fn open(
        seal: &Seal,
        text: &str,
        keyset: [u8; 8],
        keys: usize,
    ) -> Result<Self, DbError> {
        let bytes = seal.open(PURPOSE, text).ok_or(Reason::Cursor)?;
        let mut unread = Unread(&bytes);
        if unread.take() != Some([VERSION]) {
            return Err(Reason::ForeignCursor.into());
        }
        let side = unread.take().map(|[side]| side);
        if unread.take() != Some(keyset) {
            return Err(Reason::ForeignCursor.into());
        }
        let side = side.and_then(|side| Side::ALL.get(usize::from(side)).copied());
        let values = (0..keys).map(|_| unread.value()).collect::<Option<Vec<_>>>();
        match (side, values, unread.0) {
            (Some(side), Some(values), []) => Ok(Self { side, values }),
            _ => Err(Reason::ForeignCursor.into()),
        }
    }
}

/// What is left of a cursor's bytes.
struct Unread<'a>(&'a [u8]);

impl Unread<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn value(&mut self) -> Option<KeyValue> {
        let type_oid = u32::from_be_bytes(self.take()?);
        let Ok(length) = usize::try_from(i32::from_be_bytes(self.take()?)) else {
            return Some(KeyValue { type_oid, bytes: None });
        };
        let (value, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(KeyValue { type_oid, bytes: Some(value.into()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYSET: [u8; 8] = [7; 8];

    fn cursor(side: Side) -> Cursor {
        let value = |bytes: Option<&[u8]>| KeyValue { type_oid: 25, bytes: bytes.map(Into::into) };
        Cursor { side, values: vec![value(Some(b"lamp")), value(None), value(Some(b""))] }
    }

    #[test]
    fn a_cursor_comes_back_as_it_was() {
        let seal = Seal::new(b"secret");
        for side in Side::ALL {
            let text = cursor(side).seal(&seal, KEYSET).unwrap();
            assert_eq!(Cursor::open(&seal, &text, KEYSET, 3).unwrap(), cursor(side));
        }
    }

    #[test]
    fn a_cursor_of_another_query_is_told_from_a_forged_one() {
        let seal = Seal::new(b"secret");
        let text = cursor(Side::After).seal(&seal, KEYSET).unwrap();
        let foreign = Cursor::open(&seal, &text, [8; 8], 3).unwrap_err().to_string();
        assert!(foreign.contains("another query"), "{foreign}");
        for keys in [2, 4] {
            assert!(Cursor::open(&seal, &text, KEYSET, keys).is_err());
        }
        let forged = Cursor::open(&Seal::new(b"other"), &text, KEYSET, 3).unwrap_err().to_string();
        assert!(forged.contains("secret"), "{forged}");
    }

    #[test]
    fn a_key_that_no_cursor_holds_is_refused_when_it_is_made() {
        let seal = Seal::new(b"secret");
        let long = |bytes| {
            let value = KeyValue { type_oid: 25, bytes: Some(vec![b'x'; bytes].into()) };
            Cursor { side: Side::After, values: vec![value] }.seal(&seal, KEYSET)
        };
        let text = long(MAX_BYTES - 18).unwrap();
        assert!(Cursor::open(&seal, &text, KEYSET, 1).is_ok());
        assert!(long(MAX_BYTES).unwrap_err().to_string().contains("shorter column"));
    }
}
