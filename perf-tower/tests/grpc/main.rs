//! gRPC calls by tonic, over real sockets: their routes, codes and outcomes.

mod shop;

use perf_core::{Outcome, Recorder};
use perf_tower::PerfLayer;
use tonic::service::Routes;
use tonic::{Code, Request};
use tower::layer::util::Identity;

use self::shop::{Client, Shop, serve};

const GET: &str = "/shop.v1.Orders/Get";
const LIST: &str = "/shop.v1.Orders/List";

async fn shop(recorder: &Recorder) -> Client {
    let address = serve(Routes::new(Shop), PerfLayer::new(recorder)).await;
    Client::connect(address).await
}

fn asks(code: impl ToString) -> Request<String> {
    Request::new(code.to_string())
}

fn routes(recorder: &Recorder) -> Vec<(String, u64, u64)> {
    let routes = recorder.snapshot().routes;
    let mut routes: Vec<_> =
        routes.into_iter().map(|route| (route.route, route.requests, route.in_flight)).collect();
    routes.sort();
    routes
}

/// OpenTelemetry, semantic conventions for gRPC: which codes are errors of a server.
fn expected(code: Code) -> Outcome {
    match code {
        Code::Ok => Outcome::Ok,
        Code::Unknown
        | Code::DeadlineExceeded
        | Code::Unimplemented
        | Code::Internal
        | Code::Unavailable
        | Code::DataLoss => Outcome::ServerError,
        _ => Outcome::ClientError,
    }
}

#[tokio::test]
async fn every_code_has_its_outcome_whether_the_head_or_the_trailers_tell_it() {
    for (is_streaming, path) in [(false, GET), (true, LIST)] {
        for number in 0..=16 {
            let recorder = Recorder::builder().build();
            let mut client = shop(&recorder).await;
            let code = match is_streaming {
                true => client.streaming(path, &number.to_string()).await,
                false => client.unary(path, asks(number)).await,
            };
            assert_eq!(i32::from(code), number);
            let route = &recorder.snapshot().routes[0];
            let outcomes: Vec<_> = route.outcomes.keys().copied().collect();
            assert_eq!(outcomes, [expected(code)], "{path} {code:?}");
            let status = if number == 0 { 200 } else { number as u16 };
            assert_eq!(route.statuses.keys().copied().collect::<Vec<_>>(), [status], "{path}");
            assert_eq!((route.requests, route.in_flight), (1, 0));
        }
    }
}

#[tokio::test]
async fn a_call_that_ends_without_a_code_is_unknown_and_an_error_of_the_service() {
    let recorder = Recorder::builder().build();
    let mut client = shop(&recorder).await;
    client.unary("/shop.v1.Orders/Silent", asks(0)).await;
    let route = &recorder.snapshot().routes[0];
    assert_eq!(route.outcomes.get(&Outcome::ServerError), Some(&1));
    assert_eq!(route.statuses.get(&2), Some(&1));
}

#[tokio::test]
async fn an_answer_of_several_messages_is_a_stream() {
    let recorder = Recorder::builder().build();
    let mut client = shop(&recorder).await;
    client.unary(GET, asks(0)).await;
    client.streaming(LIST, "0").await;
    let mut routes = recorder.snapshot().routes;
    routes.sort_by(|a, b| a.route.cmp(&b.route));
    let counts = routes.iter().map(|route| (route.total.count, route.streams.count));
    assert_eq!(counts.collect::<Vec<_>>(), [(1, 0), (0, 1)]);
}

#[tokio::test]
async fn a_method_is_a_route_from_its_first_call_that_went_well() {
    let recorder = Recorder::builder().build();
    let mut client = shop(&recorder).await;
    for code in [5, 0, 5, 13] {
        client.unary(GET, asks(code)).await;
    }
    client.streaming(LIST, "13").await;
    let expected = [
        ("POST /shop.v1.Orders/Get".to_owned(), 3, 0),
        ("POST /shop.v1.Orders/List".to_owned(), 1, 0),
        ("_OTHER _unmatched".to_owned(), 1, 0),
    ];
    assert_eq!(routes(&recorder), expected);
}

#[tokio::test]
async fn methods_that_a_client_makes_up_are_no_routes() {
    let recorder = Recorder::builder().build();
    let mut client = shop(&recorder).await;
    for n in 0..200 {
        let code = client.unary(&format!("/shop.v1.Orders/Junk{n}"), asks(0)).await;
        assert_eq!(code, Code::Unimplemented);
        let code = client.unary(&format!("/junk{n}.Service/Get"), asks(0)).await;
        assert_eq!(code, Code::Unimplemented);
        let mut stranger = asks(0);
        stranger.metadata_mut().insert("stranger", "yes".parse().expect("a value"));
        let code = client.unary(&format!("/shop.v1.Orders/Other{n}"), stranger).await;
        assert_eq!(code, Code::Unauthenticated);
    }
    assert_eq!(routes(&recorder), [("_OTHER _unmatched".to_owned(), 600, 0)]);
}

#[tokio::test]
async fn inside_of_tonics_router_the_template_counts_until_the_method_is_known() {
    let recorder = Recorder::builder().build();
    let layer = PerfLayer::new(&recorder);
    let inside = Routes::new(Shop).into_axum_router().layer(layer.clone());
    let address = serve(Routes::from(inside.clone()), Identity::new()).await;
    let mut client = Client::connect(address).await;
    for code in [5, 0, 5] {
        client.unary(GET, asks(code)).await;
    }
    let known = ("POST /shop.v1.Orders/Get".to_owned(), 2, 0);
    let template = ("POST /shop.v1.Orders/{*rest}".to_owned(), 1, 0);
    assert_eq!(routes(&recorder), [known, template.clone()]);

    let address = serve(Routes::from(inside), layer).await;
    let mut client = Client::connect(address).await;
    for code in [5, 0, 5] {
        client.unary(GET, asks(code)).await;
    }
    let known = ("POST /shop.v1.Orders/Get".to_owned(), 5, 0);
    assert_eq!(routes(&recorder), [known, template], "two layers count a call once");
}
