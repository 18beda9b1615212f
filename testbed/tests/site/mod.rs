//! A site of a few pages on 127.0.0.1, that remembers what it was asked.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

pub(crate) struct Site {
    address: String,
    requests: Receiver<String>,
}

impl Site {
    /// Serves these bodies at these paths, as HTML, and 404 elsewhere, until the process ends.
    pub(crate) fn of(pages: &[(&'static str, &'static str)]) -> std::io::Result<Self> {
        let pages: HashMap<_, _> = pages.iter().copied().collect();
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = format!("http://{}", listener.local_addr()?);
        let (sender, requests) = channel();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (pages, sender) = (pages.clone(), sender.clone());
                // Chromium opens connections ahead of need, which must not stand in the way.
                thread::spawn(move || answer(stream, &pages).map(|head| sender.send(head)));
            }
        });
        Ok(Self { address, requests })
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// `127.0.0.1:PORT`.
    pub(crate) fn host(&self) -> &str {
        self.address.trim_start_matches("http://")
    }

    /// The heads of the requests since the last call, in small letters.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.try_iter().collect()
    }
}

fn answer(
    stream: TcpStream,
    pages: &HashMap<&'static str, &'static str>,
) -> std::io::Result<String> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head)? > 0 {}
    let path = head.split(' ').nth(1).unwrap_or_default();
    let (status, body) = match pages.get(path) {
        Some(body) => ("200 OK", *body),
        None => ("404 Not Found", "nothing here"),
    };
    let length = body.len();
    write!(
        reader.get_mut(),
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )?;
    Ok(head.to_lowercase())
}
