use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::switch::{Link, Switch, Verdict};

const PIECE_BYTES: usize = 16 * 1024;
/// What one direction of one connection holds at most: 1 MiB. The sender waits for the rest.
const MAX_PIECES: usize = 64;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Direction {
    Commands,
    Replies,
}

/// Carries one direction of a connection until its end, on a thread of its own.
pub(super) fn spawn(switch: &Arc<Switch>, link: &Arc<Link>, direction: Direction) {
    let (switch, link) = (Arc::clone(switch), Arc::clone(link));
    thread::spawn(move || {
        // A broken half breaks the other one too.
        if carry(&switch, &link, direction).is_err() {
            switch.close(&link);
        }
    });
}

fn carry(switch: &Switch, link: &Link, direction: Direction) -> io::Result<()> {
    let (from, to) = match direction {
        Direction::Commands => (&link.client, &link.upstream),
        Direction::Replies => (&link.upstream, &link.client),
    };
    let mut pieces: VecDeque<(Instant, Vec<u8>)> = VecDeque::new();
    loop {
        // An empty piece is the end of the stream. It is the last one and must wait its turn.
        let ended = pieces.back().is_some_and(|(_, piece)| piece.is_empty());
        let next = pieces.front().map(|(due, _)| due.saturating_duration_since(Instant::now()));
        let is_due = next.is_some_and(|wait| wait.is_zero());
        if !is_due && !ended && pieces.len() < MAX_PIECES {
            if let Some(piece) = read(from, next)? {
                let latency = match direction {
                    Direction::Commands => Duration::ZERO,
                    Direction::Replies => switch.latency(),
                };
                pieces.push_back((Instant::now() + latency, piece));
            }
        } else if let Some((due, piece)) = pieces.pop_front() {
            match switch.decide(link, direction, due) {
                Verdict::Closed => return Ok(()),
                Verdict::Deliver if piece.is_empty() => return to.shutdown(Shutdown::Write),
                Verdict::Deliver => write(to, &piece)?,
                Verdict::Discard if piece.is_empty() => return Ok(()),
                Verdict::Discard => {}
            }
        }
    }
}

/// What came within `wait`, or from now on where there is no limit.
fn read(mut from: &TcpStream, wait: Option<Duration>) -> io::Result<Option<Vec<u8>>> {
    let mut piece = vec![0; PIECE_BYTES];
    from.set_read_timeout(wait)?;
    match from.read(&mut piece) {
        Ok(length) => {
            piece.truncate(length);
            Ok(Some(piece))
        }
        Err(error) => match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => Ok(None),
            _ => Err(error),
        },
    }
}

fn write(mut to: &TcpStream, piece: &[u8]) -> io::Result<()> {
    to.write_all(piece)
}
