use std::fmt;

use serde::{Serialize, Serializer};

/// The number of a distributed trace, as W3C Trace Context writes it: 16 bytes, 32 digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId([u8; 16]);

impl TraceId {
    /// The trace with these bytes; `None` for all zeros, which stand for no trace.
    pub fn from_bytes(bytes: [u8; 16]) -> Option<Self> {
        (bytes != [0; 16]).then_some(Self(bytes))
    }

    /// The trace that a `traceparent` header names; `None` for anything that W3C Trace Context
    /// (section 3.2) does not allow.
    pub fn from_traceparent(header: &[u8]) -> Option<Self> {
        let [v0, v1, b'-', rest @ ..] = header else { return None };
        let (trace, rest) = rest.split_at_checked(32)?;
        let [b'-', rest @ ..] = rest else { return None };
        let (parent, rest) = rest.split_at_checked(16)?;
        let [b'-', f0, f1, more @ ..] = rest else { return None };
        // A later version may say more after the flags; version 00 may not, and ff is none.
        let ends = more.is_empty() || (more[0] == b'-' && [*v0, *v1] != *b"00");
        if !ends || [*v0, *v1] == *b"ff" || parent.iter().all(|&digit| digit == b'0') {
            return None;
        }
        for &digit in [v0, v1, f0, f1].into_iter().chain(parent) {
            hex(digit)?;
        }
        let mut bytes = [0; 16];
        for (byte, digits) in bytes.iter_mut().zip(trace.chunks_exact(2)) {
            *byte = hex(digits[0])? << 4 | hex(digits[1])?;
        }
        Self::from_bytes(bytes)
    }
}

impl TraceId {
    pub(super) fn halves(self) -> [u64; 2] {
        let both = u128::from_be_bytes(self.0);
        [(both >> 64) as u64, both as u64]
    }

    #[inline]
    pub(super) fn from_halves([high, low]: [u64; 2]) -> Option<Self> {
        Self::from_bytes((u128::from(high) << 64 | u128::from(low)).to_be_bytes())
    }
}

/// Upper case is not allowed there.
fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for TraceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

    fn read(header: &str) -> Option<String> {
        TraceId::from_traceparent(header.as_bytes()).map(|trace| trace.to_string())
    }

    #[test]
    fn a_traceparent_names_its_trace() {
        assert_eq!(read(&format!("00-{TRACE}-b7ad6b7169203331-01")).as_deref(), Some(TRACE));
        assert_eq!(read(&format!("cc-{TRACE}-b7ad6b7169203331-01-more")).as_deref(), Some(TRACE));
    }

    #[test]
    fn anything_else_names_none() {
        let zeros = "0".repeat(32);
        for header in [
            String::new(),
            "00".into(),
            format!("00-{TRACE}"),
            format!("00-{TRACE}-b7ad6b7169203331"),
            format!("00-{TRACE}-b7ad6b7169203331-01-more"),
            format!("cc-{TRACE}-b7ad6b7169203331-01more"),
            format!("ff-{TRACE}-b7ad6b7169203331-01"),
            format!("00-{zeros}-b7ad6b7169203331-01"),
            format!("00-{TRACE}-0000000000000000-01"),
            format!("00-{}-b7ad6b7169203331-01", TRACE.to_uppercase()),
            format!("0x-{TRACE}-b7ad6b7169203331-01"),
            format!("00-{TRACE}-b7ad6b716920333g-01"),
        ] {
            assert_eq!(read(&header), None, "{header}");
        }
    }
}
