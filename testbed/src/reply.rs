/// What Redis replied to a command.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Reply {
    /// There is no such value.
    Nil,
    /// A whole number.
    Integer(i64),
    /// A string or a status.
    Bytes(Vec<u8>),
    /// Several replies: at most 100,000 and 8 levels deep, else the command fails.
    Array(Vec<Reply>),
}

impl Reply {
    /// The number, also where it came as a string.
    pub fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            _ => self.text()?.parse().ok(),
        }
    }

    /// The string, `None` where it is not UTF-8 or the reply is of another sort.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// The elements of an array. Every other reply has none.
    pub fn elements(&self) -> &[Self] {
        match self {
            Self::Array(elements) => elements,
            _ => &[],
        }
    }
}
