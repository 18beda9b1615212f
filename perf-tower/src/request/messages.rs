use bytes::Buf;

/// Bytes in front of each message: a flag, and the length of what follows.
const PREFIX: u8 = 5;

/// Counts the messages of a gRPC answer, up to 255, as its bytes go by.
#[derive(Default)]
pub(super) struct Messages {
    begun: u8,
    /// Bytes of the current prefix that have come.
    prefix: u8,
    length: u32,
    /// Bytes of the current message still to come.
    left: u32,
}

impl Messages {
    /// Takes in a piece of the body; tells how many messages have begun.
    pub(super) fn came(&mut self, data: &impl Buf) -> u8 {
        let mut bytes = data.chunk();
        while !bytes.is_empty() {
            if self.left > 0 {
                let skipped = bytes.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
                self.left -= skipped as u32;
                bytes = &bytes[skipped..];
            } else {
                self.came_of_prefix(bytes[0]);
                bytes = &bytes[1..];
            }
        }
        // Where further chunks hold more than the message, its end is lost: better none than a wrong
        // one.
        let unseen = u32::try_from(data.remaining() - data.chunk().len());
        self.left =
            unseen.ok().and_then(|unseen| self.left.checked_sub(unseen)).unwrap_or(u32::MAX);
        self.begun
    }

    fn came_of_prefix(&mut self, byte: u8) {
        self.length = match self.prefix {
            0 => 0,
            _ => self.length << 8 | u32::from(byte),
        };
        self.prefix += 1;
        if self.prefix == PREFIX {
            self.prefix = 0;
            self.begun = self.begun.saturating_add(1);
            self.left = self.length;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(length: u32) -> Vec<u8> {
        let mut message = vec![0];
        message.extend(length.to_be_bytes());
        message.extend(vec![0xff; length as usize]);
        message
    }

    #[test]
    fn messages_are_counted_however_they_are_cut() {
        let all = [message(0), message(1), message(300), message(70_000), message(0)].concat();
        for size in [1, 2, 3, 5, 7, 64, 1_000, all.len()] {
            let mut messages = Messages::default();
            let begun = all.chunks(size).map(|piece| messages.came(&piece)).last();
            assert_eq!(begun, Some(5), "in pieces of {size} bytes");
        }
    }

    #[test]
    fn chunks_behind_the_first_are_never_taken_for_a_prefix() {
        let (first, second) = (message(10), message(20));
        let mut messages = Messages::default();
        assert_eq!(messages.came(&first[..7].chain(&first[7..])), 1);
        assert_eq!(messages.came(&&second[..]), 2);
        assert_eq!(messages.came(&first[..7].chain(&first[7..]).chain(&second[..])), 3);
        assert_eq!(messages.came(&&second[..]), 3);
    }
}
