//! Nobody sees anything before the authorizer has let them in (guarantee G9).

use crate::service::{Service, TOKEN};

const PATHS: [&str; 15] = [
    "/perf",
    "/perf/findings",
    "/perf/queries",
    "/perf/overhead",
    "/perf/profiles",
    "/perf/top",
    "/perf/live?view=/perf",
    "/perf/assets/live.js",
    "/perf/wall.json",
    "/perf/report.txt",
    "/perf/report.json",
    "/perf/profile?seconds=1",
    "/perf/top.json",
    "/perf/profiles.json",
    "/metrics",
];

#[test]
fn without_a_token_every_path_is_refused_with_a_sentence_and_nothing_else() {
    let service = Service::start();
    service.visit(1);
    for path in PATHS {
        for headers in [
            vec![],
            vec![("authorization", "Bearer forged")],
            vec![("cookie", "perf_token=forged")],
        ] {
            let answer = service.get(path, &headers);
            assert_eq!(answer.head.status, 403, "{path}");
            assert!(
                answer.body.len() < 200 && answer.body.ends_with('\n'),
                "{path}: {}",
                answer.body
            );
            assert!(!answer.body.contains("orders"), "{path}");
        }
    }
}

#[test]
fn a_token_in_the_address_becomes_a_cookie_and_leaves_the_address() {
    let service = Service::start();
    let answer = service.get(&format!("/perf/queries?sort=time&token={TOKEN}"), &[]);
    assert_eq!(answer.head.status, 303);
    assert_eq!(answer.header("location"), "/perf/queries?sort=time");
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with(&format!("perf_token={TOKEN}; ")), "{cookie}");
    for flag in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="] {
        assert!(cookie.contains(flag), "{cookie}");
    }
    let cookies = format!("theme=dark; perf_token={TOKEN}");
    assert_eq!(service.get("/perf/queries", &[("cookie", &cookies)]).head.status, 200);
}

#[test]
fn a_wrong_or_hostile_token_in_the_address_sets_no_cookie() {
    let service = Service::start();
    for token in
        ["wrong", "", "s3cret-token;x", "s3cret-token%0d%0aset-cookie:x=y", "%", "s3cret%2Dtoken"]
    {
        let answer = service.get(&format!("/perf?token={token}"), &[]);
        assert_eq!(answer.head.status, 403, "{token}");
        assert_eq!(answer.header("set-cookie"), "", "{token}");
    }
}

#[test]
fn pages_let_in_nothing_from_elsewhere_and_are_not_kept() {
    let service = Service::start();
    for path in [
        "/perf",
        "/perf/assets/style.css",
        "/perf/wall.json",
        "/perf/nothing",
        "/perf/live?view=nowhere",
    ] {
        let answer = service.page(path);
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{path}: {policy}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    }
}

#[test]
fn a_cookie_that_another_site_of_the_domain_planted_shuts_nobody_out() {
    let service = Service::start();
    let (planted, own) = ("perf_token=planted", format!("perf_token={TOKEN}"));
    let both = format!("{planted}; {own}");
    for cookies in [vec![("cookie", &*both)], vec![("cookie", planted), ("cookie", &own)]] {
        assert_eq!(service.get("/perf", &cookies).head.status, 200, "{cookies:?}");
    }
    let others = [("cookie", "perf_token=planted; perf_token="), ("cookie", "perf_token")];
    assert_eq!(service.get("/perf", &others).head.status, 403);
}
