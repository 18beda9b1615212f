use std::io;

use crate::bytes::Unsealed;

/// Bytes that are being written, up to a limit: a value that has no end must not take all memory.
pub(super) struct Limited {
    bytes: Vec<u8>,
    limit: usize,
    is_over: bool,
}

impl Limited {
    pub(super) fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), limit, is_over: false }
    }

    pub(super) fn finish(self, is_written: bool) -> Result<Vec<u8>, Unsealed> {
        if self.is_over {
            return Err(Unsealed::TooLarge);
        }
        if is_written { Ok(self.bytes) } else { Err(Unsealed::Unencodable) }
    }
}

impl io::Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.limit - self.bytes.len() {
            self.is_over = true;
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
