//! The shop as its visitors and its owner see it.

use std::thread::sleep;
use std::time::Duration;

use testbed::Browser;

use crate::service::{Shop, TOKEN, Tried};

/// Where the shop's loop sends its statement: the line after the one with the text.
fn line_of_loop() -> Tried<usize> {
    let source = include_str!("../../src/shop/orders.rs");
    let line = source.lines().position(|line| line.contains("db.query(lines, &[&order.id])"));
    Ok(line.ok_or("the loop is gone")? + 1)
}

#[test]
fn a_click_on_the_n_plus_one_leads_to_a_request_with_its_place_and_the_finding_to_its_remedy()
-> Tried {
    let (database, redis) = (testbed::database(), testbed::redis());
    let shop = Shop::open(database.url(), &[], &redis.url())?;
    for user in 1..=10 {
        shop.get(&format!("/slow/orders?user={user}"))?;
        shop.get(&format!("/orders?user={user}"))?;
        shop.get(&format!("/slow/quote/{user}"))?;
        shop.get(&format!("/products/{user}"))?;
    }
    let browser = Browser::start()?;
    browser.open(&format!("{}/perf/findings?token={TOKEN}", shop.address()))?;
    browser.until(".findings li")?;
    let number = browser.script(
        "return [...document.querySelectorAll('.findings li')].findIndex((li) => li.textContent.includes('n_plus_one:')) + 1",
    )?;
    browser.click(&format!(".findings li:nth-child({number}) .title a"))?;
    browser.until("#examples")?;
    let place = format!("examples/src/shop/orders.rs:{}", line_of_loop()?);
    assert!(browser.text("main")?.contains(&place), "{}", browser.text("main")?);
    assert!(browser.text("pre.code")?.contains("where order_id = any($1)"));
    browser.click("tbody th a")?;
    browser.until("#waterfall")?;
    assert!(browser.text(".up")?.contains("GET /slow/orders"));
    assert!(browser.count(".waterfall tbody tr")? > 5);
    assert!(browser.text(".waterfall")?.contains(&place));

    for (path, what) in [
        ("/perf", "GET /slow/quote/{id}"),
        ("/perf/queries", "select product_id"),
        ("/perf/caches", "shop"),
        ("/perf/pools", "in use"),
        ("/perf/calls", "GET suppliers.internal /price/{id}"),
        ("/perf/overhead", "ns"),
    ] {
        browser.open(&format!("{}{path}", shop.address()))?;
        let main = browser.text("main")?;
        assert!(main.contains(what), "{path} without {what}: {main}");
    }
    assert_eq!(browser.console_errors()?, Vec::<String>::new());
    Ok(())
}

#[test]
fn a_flame_graph_of_one_request_has_its_route_as_the_root() -> Tried {
    let (database, redis) = (testbed::database(), testbed::redis());
    let shop = Shop::open(database.url(), &[], &redis.url())?;
    let svg = shop.get("/orders?user=1&profile=flamegraph")?;
    assert!(svg.contains("<svg") && svg.contains("<title>GET /orders ("), "{svg}");
    let repeated = "/orders?user=1&profile=flamegraph&seconds=2";
    let svg = loop {
        match shop.get(repeated) {
            // One profile may start each second.
            Err(error) if error.to_string().contains("429") => sleep(Duration::from_millis(200)),
            answer => break answer?,
        }
    };
    assert!(svg.contains("<title>GET /orders (") && svg.contains("shop::orders::at_once"), "{svg}");
    let metrics = shop.get("/metrics")?;
    assert!(metrics.contains("http_server_request_duration_seconds_bucket"), "{metrics}");
    testbed::promtool_check_metrics(&metrics)?;
    Ok(())
}
