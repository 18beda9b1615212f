use std::fmt;

use super::Key;

/// Writes into a key what must not be read as syntax as `%` and two hexadecimal digits a byte.
pub(super) struct Escaped<'a>(pub(super) &'a mut Key);

impl fmt::Write for Escaped<'_> {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.text(part);
        Ok(())
    }
}

impl Escaped<'_> {
    pub(super) fn text(&mut self, part: &str) {
        // Numbers and most ids: a scan of bytes costs less than one of characters.
        if part.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            self.0.literal(part);
            return;
        }
        let mut rest = part;
        while let Some((at, special)) = rest.char_indices().find(|(_, char)| is_special(*char)) {
            let (plain, from) = rest.split_at(at);
            self.0.literal(plain);
            let (special, after) = from.split_at(special.len_utf8());
            for byte in special.bytes() {
                let digit =
                    |half: u8| char::from(if half < 10 { b'0' + half } else { b'A' + half - 10 });
                let mut digits = [0; 12];
                self.0.literal("%");
                self.0.literal(digit(byte >> 4).encode_utf8(&mut digits));
                self.0.literal(digit(byte & 15).encode_utf8(&mut digits));
            }
            rest = after;
        }
        self.0.literal(rest);
    }
}

pub(super) fn needed(part: &str) -> bool {
    part.contains(is_special)
}

fn is_special(char: char) -> bool {
    matches!(char, '%' | ':' | '*' | '?' | '[' | ']' | '\\' | '{' | '}')
        || char.is_whitespace()
        || char.is_control()
}
