//! A gRPC service of tonic's, as `tonic-build` would write it, and a client for it.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use bytes::{Buf, BufMut, Bytes};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt};
use http::uri::PathAndQuery;
use http_body_util::Full;
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::server::{NamedService, ServerStreamingService, UnaryService};
use tonic::service::Routes;
use tonic::transport::Channel;
use tonic::transport::server::{Server, TcpIncoming};
use tonic::{Code, Request, Response, Status};
use tower::Layer;
use tower::layer::util::Identity;

/// Texts as messages, so that no code needs to be generated.
#[derive(Clone, Default)]
struct Text;

impl Codec for Text {
    type Encode = String;
    type Decode = String;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Text {
    type Item = String;
    type Error = Status;

    fn encode(&mut self, item: String, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(item.as_bytes());
        Ok(())
    }
}

impl Decoder for Text {
    type Item = String;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<String>, Status> {
        let bytes = buffer.copy_to_bytes(buffer.remaining());
        String::from_utf8(bytes.into()).map(Some).map_err(|_| Status::data_loss("no text"))
    }
}

/// Each call names the code with which it wants to end.
fn wanted(code: &str) -> Result<(), Status> {
    match code.parse() {
        Ok(0) => Ok(()),
        Ok(code) => Err(Status::new(Code::from_i32(code), "on purpose")),
        Err(_) => Err(Status::invalid_argument("no number")),
    }
}

struct Get;

impl UnaryService<String> for Get {
    type Response = String;
    type Future = BoxFuture<'static, Result<Response<String>, Status>>;

    fn call(&mut self, request: Request<String>) -> Self::Future {
        Box::pin(async move { wanted(request.get_ref()).map(|()| Response::new("order".into())) })
    }
}

struct List;

impl ServerStreamingService<String> for List {
    type Response = String;
    type ResponseStream = BoxStream<'static, Result<String, Status>>;
    type Future = BoxFuture<'static, Result<Response<Self::ResponseStream>, Status>>;

    fn call(&mut self, request: Request<String>) -> Self::Future {
        let last = wanted(request.get_ref()).map(|()| "last".to_owned());
        let all = stream::iter([Ok("first".to_owned()), last]).boxed();
        Box::pin(async move { Ok(Response::new(all)) })
    }
}

#[derive(Clone)]
pub(crate) struct Shop;

impl NamedService for Shop {
    const NAME: &'static str = "shop.v1.Orders";
}

impl tower::Service<http::Request<Body>> for Shop {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<http::Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(async move {
            let mut grpc = tonic::server::Grpc::new(Text);
            Ok(match request.uri().path() {
                // As an interceptor does, before any method is looked for.
                _ if request.headers().contains_key("stranger") => {
                    Status::unauthenticated("who are you?").into_http()
                }
                "/shop.v1.Orders/Get" => grpc.unary(Get, request).await,
                "/shop.v1.Orders/List" => grpc.server_streaming(List, request).await,
                "/shop.v1.Orders/Silent" => without_status(),
                _ => Status::unimplemented("no such method").into_http(),
            })
        })
    }
}

/// What a server sends that dies in between.
fn without_status() -> http::Response<Body> {
    let message = Full::new(Bytes::from_static(b"\0\0\0\0\x01x"));
    let response = http::Response::builder().header("content-type", "application/grpc");
    response.body(Body::new(message)).expect("valid")
}

/// Serves the shop on a port of its own, with a layer around tonic's router.
pub(crate) async fn serve<L, S, B>(routes: Routes, layer: L) -> SocketAddr
where
    L: Layer<Routes, Service = S> + Clone + Send + 'static,
    S: tower::Service<http::Request<Body>, Response = http::Response<B>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let service = layer.layer(routes);
    let incoming = TcpIncoming::from(listener);
    let server = Server::builder().layer(Identity::new());
    tokio::spawn(server.serve_with_incoming(service, incoming));
    address
}

pub(crate) struct Client(tonic::client::Grpc<Channel>);

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let channel = Channel::from_shared(format!("http://{address}")).expect("an address");
        Self(tonic::client::Grpc::new(channel.connect().await.expect("listening")))
    }

    pub(crate) async fn unary(&mut self, path: &str, message: Request<String>) -> Code {
        self.0.ready().await.expect("connected");
        match self.0.unary(message, path_of(path), Text).await {
            Ok(_) => Code::Ok,
            Err(status) => status.code(),
        }
    }

    pub(crate) async fn streaming(&mut self, path: &str, message: &str) -> Code {
        self.0.ready().await.expect("connected");
        let request = Request::new(message.to_owned());
        let stream = self.0.server_streaming(request, path_of(path), Text).await;
        let mut stream = stream.expect("a head").into_inner();
        loop {
            match stream.message().await {
                Ok(Some(_)) => {}
                Ok(None) => return Code::Ok,
                Err(status) => return status.code(),
            }
        }
    }
}

fn path_of(path: &str) -> PathAndQuery {
    path.parse().expect("a path")
}
