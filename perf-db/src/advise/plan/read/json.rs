use std::borrow::Cow;

use super::PlanError;

/// Reads JSON from front to back, one member at a time.
///
/// It keeps no stack: what is open is known to its caller, so that no depth is too great for it. A
/// list or an object that nobody goes into is passed over in one go and handed out as text.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
}

/// What stands behind a key.
#[derive(Debug)]
pub(super) enum Value<'a> {
    Text(Cow<'a, str>),
    Number(&'a str),
    Bool(bool),
    Null,
    /// A list or an object.
    Composite(&'a str),
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The next byte that is not blank, which stays where it is.
    pub(super) fn peek(&mut self) -> Result<u8, PlanError> {
        let bytes = self.text.as_bytes();
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = bytes.get(self.at) {
            self.at += 1;
        }
        bytes.get(self.at).copied().ok_or(PlanError::Truncated)
    }

    /// Whether the text is at its end but for blanks.
    pub(super) fn is_done(&mut self) -> bool {
        self.peek().is_err()
    }

    /// Goes past this byte.
    pub(super) fn pass(&mut self, byte: u8) -> Result<(), PlanError> {
        match self.peek()? {
            found if found == byte => {
                self.at += 1;
                Ok(())
            }
            _ => Err(self.broken()),
        }
    }

    /// Goes past this byte if it is the next.
    pub(super) fn passes(&mut self, byte: u8) -> Result<bool, PlanError> {
        let is_next = self.peek()? == byte;
        self.at += usize::from(is_next);
        Ok(is_next)
    }

    /// The key of the next member of the object that is open, and `None` behind its last.
    pub(super) fn key(&mut self) -> Result<Option<Cow<'a, str>>, PlanError> {
        if self.passes(b'}')? {
            return Ok(None);
        }
        self.passes(b',')?;
        let key = self.string()?;
        self.pass(b':')?;
        Ok(Some(key))
    }

    /// The value at this place.
    pub(super) fn value(&mut self) -> Result<Value<'a>, PlanError> {
        Ok(match self.peek()? {
            b'"' => Value::Text(self.string()?),
            b'{' | b'[' => Value::Composite(self.composite()?),
            b't' => self.word("true", Value::Bool(true))?,
            b'f' => self.word("false", Value::Bool(false))?,
            b'n' => self.word("null", Value::Null)?,
            b'-' | b'0'..=b'9' => Value::Number(self.number()),
            _ => return Err(self.broken()),
        })
    }

    fn string(&mut self) -> Result<Cow<'a, str>, PlanError> {
        let (quoted, has_escapes) = self.quoted()?;
        match has_escapes {
            false => Ok(Cow::Borrowed(&quoted[1..quoted.len() - 1])),
            true => serde_json::from_str(quoted).map(Cow::Owned).map_err(|_| self.broken()),
        }
    }

    /// A string with its quotes and escapes, and whether it has any.
    fn quoted(&mut self) -> Result<(&'a str, bool), PlanError> {
        self.pass(b'"')?;
        let start = self.at - 1;
        let bytes = self.text.as_bytes();
        let mut has_escapes = false;
        loop {
            match bytes.get(self.at).ok_or(PlanError::Truncated)? {
                b'"' => break,
                b'\\' => {
                    has_escapes = true;
                    self.at += 2;
                }
                _ => self.at += 1,
            }
        }
        self.at += 1;
        let quoted = self.text.get(start..self.at).ok_or(PlanError::Truncated)?;
        Ok((quoted, has_escapes))
    }

    fn number(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        let length = rest.bytes().take_while(is_part).count();
        self.at += length;
        &rest[..length]
    }

    fn word(&mut self, word: &str, value: Value<'a>) -> Result<Value<'a>, PlanError> {
        let rest = &self.text.as_bytes()[self.at..];
        if rest.starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(value);
        }
        match word.as_bytes().starts_with(rest) {
            true => Err(PlanError::Truncated),
            false => Err(self.broken()),
        }
    }

    /// A list or an object, as text. Only its brackets are counted.
    fn composite(&mut self) -> Result<&'a str, PlanError> {
        let start = self.at;
        let mut open = 0_usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.quoted()?;
                    continue;
                }
                b'{' | b'[' => open += 1,
                b'}' | b']' => open -= 1,
                _ => (),
            }
            self.at += 1;
            if open == 0 {
                // A character of several bytes outside of a string may be cut here.
                return self.text.get(start..self.at).ok_or_else(|| self.broken());
            }
        }
    }

    fn broken(&self) -> PlanError {
        PlanError::Broken { at: self.at }
    }
}
