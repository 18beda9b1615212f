//! One command to Redis over a connection of its own, for control.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use crate::Reply;

const TIMEOUT: Duration = Duration::from_secs(5);
const MAX_LINE_BYTES: u64 = 64 * 1024;
const MAX_STRING_BYTES: u64 = 512 * 1024 * 1024;
/// Elements of all arrays of one reply together.
const MAX_ELEMENTS: usize = 100_000;
const MAX_DEPTH: usize = 8;

/// Sends a command whose reply is a status, an integer or a bulk string, and returns the reply.
pub(crate) fn command(port: u16, parts: &[&str]) -> io::Result<String> {
    text(query(port, None, parts)?)
}

/// A reply that is one value, as text.
pub(crate) fn text(reply: Reply) -> io::Result<String> {
    match reply {
        Reply::Integer(number) => Ok(number.to_string()),
        Reply::Bytes(bytes) => String::from_utf8(bytes).map_err(io::Error::other),
        Reply::Nil => Err(io::Error::other("there is no value")),
        Reply::Array(_) => Err(io::Error::other("the reply is an array")),
    }
}

/// Sends a command, after the password where there is one, and returns whatever the reply is.
pub(crate) fn query(port: u16, password: Option<&str>, parts: &[&str]) -> io::Result<Reply> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    converse(stream, password, parts)
}

/// As [`query`], by the server's socket in the file system, which speaks no TLS.
pub(crate) fn query_socket(
    socket: &Path,
    password: Option<&str>,
    parts: &[&str],
) -> io::Result<Reply> {
    let stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    converse(stream, password, parts)
}

fn converse(
    stream: impl Read + Write,
    password: Option<&str>,
    parts: &[&str],
) -> io::Result<Reply> {
    let mut stream = BufReader::new(stream);
    if let Some(password) = password {
        send(stream.get_mut(), &["AUTH", password])?;
        Parser::new(&mut stream).reply(0)?;
    }
    send(stream.get_mut(), parts)?;
    Parser::new(&mut stream).reply(0)
}

fn send(stream: &mut impl Write, parts: &[&str]) -> io::Result<()> {
    let mut request = format!("*{}\r\n", parts.len());
    for part in parts {
        request.push_str(&format!("${}\r\n{part}\r\n", part.len()));
    }
    stream.write_all(request.as_bytes())
}

struct Parser<R> {
    reader: R,
    elements_left: usize,
}

impl<R: BufRead> Parser<R> {
    fn new(reader: R) -> Self {
        Self { reader, elements_left: MAX_ELEMENTS }
    }

    fn reply(&mut self, depth: usize) -> io::Result<Reply> {
        let line = self.line()?;
        let (sort, rest) = line.split_at_checked(1).unwrap_or(("", ""));
        match (sort, rest) {
            ("+", status) => Ok(Reply::Bytes(status.as_bytes().to_vec())),
            (":", number) => number.parse().map(Reply::Integer).map_err(io::Error::other),
            ("$" | "*", "-1") => Ok(Reply::Nil),
            ("$", length) => self.string(length.parse().map_err(io::Error::other)?),
            ("*", length) => self.array(length.parse().map_err(io::Error::other)?, depth),
            _ => Err(io::Error::other(line)),
        }
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.reader.by_ref().take(MAX_LINE_BYTES).read_line(&mut line)?;
        match line.strip_suffix("\r\n") {
            Some(line) => Ok(line.to_owned()),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    fn string(&mut self, length: u64) -> io::Result<Reply> {
        if length > MAX_STRING_BYTES {
            return Err(io::Error::other(format!("a string of {length} bytes is too long")));
        }
        let mut bytes = Vec::new();
        self.reader.by_ref().take(length + 2).read_to_end(&mut bytes)?;
        match bytes.strip_suffix(b"\r\n") {
            Some(string) if string.len() as u64 == length => Ok(Reply::Bytes(string.to_vec())),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    fn array(&mut self, length: usize, depth: usize) -> io::Result<Reply> {
        let left = self.elements_left.checked_sub(length).filter(|_| depth < MAX_DEPTH);
        let Some(left) = left else {
            return Err(io::Error::other("the reply has too many or too deep arrays"));
        };
        self.elements_left = left;
        (0..length).map(|_| self.reply(depth + 1)).collect::<io::Result<_>>().map(Reply::Array)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(bytes: &str) -> io::Result<Reply> {
        Parser::new(bytes.as_bytes()).reply(0)
    }

    #[test]
    fn arrays_of_arrays_are_read_whole() -> io::Result<()> {
        let expected = Reply::Array(vec![
            Reply::Integer(7),
            Reply::Array(vec![Reply::Bytes(b"a\r\nb".to_vec()), Reply::Nil, Reply::Nil]),
        ]);
        assert_eq!(parse("*2\r\n:7\r\n*3\r\n$4\r\na\r\nb\r\n$-1\r\n*-1\r\n")?, expected);
        Ok(())
    }

    #[test]
    fn a_reply_without_end_or_measure_is_refused() {
        let long = format!("+{}", "x".repeat(100_000));
        let deep = "*1\r\n".repeat(100_000);
        let many = format!("*100001\r\n{}", ":1\r\n".repeat(100_001));
        let cut = ["", "*2\r\n:1\r\n", "$5\r\nabc\r\n", "+OK", "$9999999999\r\nx"];
        for bytes in [long.as_str(), deep.as_str(), many.as_str()].into_iter().chain(cut) {
            assert!(parse(bytes).is_err(), "{}", &bytes[..bytes.len().min(20)]);
        }
    }
}
