//! The shop reads from replicas, and everyone sees what they have changed themselves.

use testbed::PostgresReplicas;

use crate::service::{Shop, Tried};

const PRODUCT: &str = "/slow/products/7";

/// The price as a visitor with this cookie is told it.
fn price(shop: &Shop, cookie: &str) -> Tried<u64> {
    let request = ureq::get(format!("{}{PRODUCT}", shop.address())).header("cookie", cookie);
    let page: serde_json::Value =
        serde_json::from_str(&request.call()?.body_mut().read_to_string()?)?;
    page["price_cents"].as_u64().ok_or_else(|| "no price".into())
}

#[test]
fn whoever_changes_a_price_sees_it_at_once_though_the_replicas_lag() -> Tried {
    let servers = PostgresReplicas::start(2)?;
    let redis = testbed::redis();
    let replicas = [servers.replica(0).url(), servers.replica(1).url()];
    let shop = Shop::open(&servers.primary().url(), &replicas, &redis.url())?;
    servers.caught_up()?;
    let old = price(&shop, "")?;
    servers.pause_replay(0)?;
    servers.pause_replay(1)?;

    let change = ureq::put(format!("{}/products/7/price/{}", shop.address(), old + 1));
    let answer = change.send_empty()?;
    let cookie = answer.headers().get("set-cookie").ok_or("no cookie")?.to_str()?;
    let cookie = cookie.split(';').next().ok_or("an empty cookie")?;
    assert!(!cookie.contains('/'), "the mark is sealed: {cookie}");
    assert_eq!(price(&shop, cookie)?, old + 1, "who changed it");
    assert_eq!(price(&shop, "")?, old, "who did not");
    assert_eq!(price(&shop, "theme=dark; written=forged")?, old, "who would like to have");

    let report = shop.get("/perf/report.txt")?;
    let servers_of = report.split("Servers of databases").nth(1).ok_or("no servers")?;
    let of = |role: &str| servers_of.lines().filter(|line| line.trim_end().ends_with(role)).count();
    assert_eq!((of("primary"), of("replica")), (1, 2), "{report}");
    Ok(())
}
