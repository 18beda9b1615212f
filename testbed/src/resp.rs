//! One command to Redis over a connection of its own, for control.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(5);

/// Sends a command whose reply is a status, an integer or a bulk string, and returns the reply.
pub(crate) fn command(port: u16, parts: &[&str]) -> io::Result<String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    let mut request = format!("*{}\r\n", parts.len());
    for part in parts {
        request.push_str(&format!("${}\r\n{part}\r\n", part.len()));
    }
    stream.write_all(request.as_bytes())?;

    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let line = line.trim_end();
    match (line.get(..1), line.get(1..)) {
        (Some("+" | ":"), Some(reply)) => Ok(reply.to_owned()),
        (Some("$"), Some(length)) => {
            let length = length.parse().map_err(io::Error::other)?;
            let mut reply = String::new();
            reader.take(length).read_to_string(&mut reply)?;
            Ok(reply)
        }
        _ => Err(io::Error::other(line.to_owned())),
    }
}
