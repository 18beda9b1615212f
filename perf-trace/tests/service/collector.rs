//! An OTLP collector that speaks just enough HTTP/1.1, and can misbehave.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;

/// An address at which nobody listens.
pub(crate) const NOBODY: &str = "http://127.0.0.1:1";

/// What the collector does with a request, after it has read and kept it.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Answer {
    /// Takes the spans.
    Accept,
    /// Answers 401 and shows the request's headers, as error pages do.
    Refuse,
    /// Keeps the connection open and never answers.
    Silence,
}

pub(crate) struct Collector {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
}

#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) head: String,
    body: Vec<u8>,
}

impl Collector {
    pub(crate) fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                thread::spawn(move || serve(&stream, answer, &kept));
            }
        });
        Self { address, requests }
    }

    /// The value for `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    pub(crate) fn spans(&self) -> Vec<Span> {
        let resources = self.exports().into_iter().flat_map(|export| export.resource_spans);
        let scopes = resources.flat_map(|resource| resource.scope_spans);
        scopes.flat_map(|scope| scope.spans).collect()
    }

    /// The spans' names, sorted.
    pub(crate) fn span_names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.spans().into_iter().map(|span| span.name).collect();
        names.sort();
        names
    }

    pub(crate) fn service_name(&self) -> Option<String> {
        let resource =
            self.exports().into_iter().flat_map(|export| export.resource_spans).next()?;
        let attributes = resource.resource?.attributes;
        let name = attributes.into_iter().find(|attribute| attribute.key == "service.name")?;
        match name.value?.value? {
            Value::StringValue(name) => Some(name),
            _ => None,
        }
    }

    fn exports(&self) -> Vec<ExportTraceServiceRequest> {
        let requests = self.requests();
        requests.iter().map(|request| Message::decode(&request.body[..]).unwrap()).collect()
    }
}

fn serve(stream: &TcpStream, answer: Answer, kept: &Mutex<Vec<Request>>) {
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    while let Some(request) = read_request(&mut reader) {
        let head = request.head.clone();
        kept.lock().unwrap().push(request);
        let (status, page) = match answer {
            Answer::Accept => ("200 OK", String::new()),
            Answer::Refuse => ("401 Unauthorized", head),
            Answer::Silence => loop {
                thread::park();
            },
        };
        let length = page.len();
        write!(writer, "HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{page}").unwrap();
    }
}

/// `None` when the client has closed the connection.
fn read_request(reader: &mut impl BufRead) -> Option<Request> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let lengths = head.lines().filter_map(|line| line.split_once(": "));
    let (_, length) =
        lengths.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"))?;
    let mut body = vec![0; length.parse().unwrap()];
    reader.read_exact(&mut body).ok()?;
    Some(Request { head, body })
}
