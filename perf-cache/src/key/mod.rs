//! Keys written from a template, in which no argument can pose as another's key, tag or pattern.

mod escape;
mod part;

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::ops::Deref;

use self::escape::Escaped;
pub use self::part::{Part, PlainPart};

const INLINE: usize = 120;

/// A key, as [`key!`](crate::key!) writes it. Up to 120 bytes stand on the stack.
///
/// ```
/// let (shop, id) = ("a:1", 7);
/// assert_eq!(&*perf_cache::key!("product:{shop}:{id}"), "product:a%3A1:7");
/// ```
#[derive(Clone)]
pub struct Key {
    inline: [u8; INLINE],
    len: usize,
    spilled: Option<String>,
}

impl Key {
    /// An empty key.
    pub const fn new() -> Self {
        Self { inline: [0; INLINE], len: 0, spilled: None }
    }

    /// Appends text of the template as it is.
    // Inlined where the text is known when compiling, which makes it one store.
    #[inline]
    pub fn literal(&mut self, text: &str) {
        let end = self.len + text.len();
        match self.inline.get_mut(self.len..end) {
            Some(room) if self.spilled.is_none() => {
                room.copy_from_slice(text.as_bytes());
                self.len = end;
            }
            _ => self.spill(text),
        }
    }

    #[cold]
    fn spill(&mut self, text: &str) {
        if self.spilled.is_none() {
            let mut spilled = String::with_capacity((self.len + text.len()) * 2);
            spilled.push_str(self);
            self.spilled = Some(spilled);
        }
        if let Some(spilled) = &mut self.spilled {
            spilled.push_str(text);
        }
    }

    /// Only whole strings are written, so there is always text. The zeros behind it are text too, and are
    /// taken along because sixteen bytes are checked as quickly as one.
    #[inline]
    fn on_stack(&self) -> Option<&str> {
        let end = self.len.next_multiple_of(16).min(INLINE);
        str::from_utf8(self.inline.get(..end)?).ok()?.get(..self.len)
    }

    /// Appends a number.
    fn digits(&mut self, mut number: u64) {
        // As many as the largest has.
        let mut digits = [0; 20];
        let mut first = digits.len();
        loop {
            first -= 1;
            digits[first] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        let digits = &digits[first..];
        let end = self.len + digits.len();
        match self.inline.get_mut(self.len..end) {
            Some(room) if self.spilled.is_none() => {
                room.copy_from_slice(digits);
                self.len = end;
            }
            _ => self.literal(str::from_utf8(digits).unwrap_or_default()),
        }
    }

    /// Appends an argument, escaped. A part whose `Display` reports an error ends where it did.
    pub fn part(&mut self, part: fmt::Arguments<'_>) {
        _ = Escaped(self).write_fmt(part);
    }
}

impl Default for Key {
    fn default() -> Self {
        Self::new()
    }
}

impl Deref for Key {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        match &self.spilled {
            Some(spilled) => spilled,
            None => self.on_stack().unwrap_or(""),
        }
    }
}

impl AsRef<str> for Key {
    fn as_ref(&self) -> &str {
        self
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

/// A part of a key as [`key!`](crate::key!) writes it, for keys that are built by hand.
///
/// ```
/// assert_eq!(perf_cache::escape("50% *"), "50%25%20%2A");
/// ```
pub fn escape(part: &str) -> Cow<'_, str> {
    if !escape::needed(part) {
        return Cow::Borrowed(part);
    }
    let mut key = Key::new();
    key.part(format_args!("{part}"));
    Cow::Owned(key.to_string())
}
