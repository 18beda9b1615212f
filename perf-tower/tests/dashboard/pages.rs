//! What each page says, without a browser and without JavaScript.

use crate::service::{LINE_OF_LOOP, Service};

#[test]
fn every_page_has_a_title_a_heading_and_no_inline_style_or_script() {
    let service = Service::start();
    service.visit(3);
    let overview = service.page("/perf");
    let finding = service.page("/perf/findings").link("/perf/findings/");
    let query = service.page("/perf/queries").link("/perf/queries/");
    let route = overview.link("/perf/routes/");
    let request = service.page(&route).link("/perf/requests/");
    let pages = ["/perf", "/perf/findings", "/perf/queries", "/perf/caches", "/perf/pools"];
    let more =
        ["/perf/calls", "/perf/profiles", "/perf/overhead", &finding, &query, &route, &request];
    for path in pages.into_iter().chain(more) {
        let page = service.page(path);
        assert_eq!(page.head.status, 200, "{path}");
        assert_eq!(page.body.matches("<h1>").count(), 1, "{path}");
        assert!(page.body.contains("<title>"), "{path}");
        for inline in [" style=", "<style", " onclick", " onload", "javascript:"] {
            assert!(!page.body.contains(inline), "{path} has {inline}");
        }
        for link in page.body.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(link.starts_with("/perf") || link == "#main", "{path}: {link}");
        }
    }
}

#[test]
fn every_link_of_every_page_leads_somewhere() {
    let service = Service::start();
    service.visit(3);
    let mut known = vec!["/perf".to_owned()];
    let mut at = 0;
    while at < known.len() && at < 100 {
        let path = known[at].clone();
        at += 1;
        let page = service.page(&path);
        assert_eq!(page.head.status, 200, "{path}");
        for link in page.body.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            if link.starts_with("/perf") && !known.iter().any(|seen| seen == link) {
                known.push(link.to_owned());
            }
        }
    }
    assert!(known.len() > 20, "{known:?}");
}

#[test]
fn from_the_n_plus_one_two_clicks_lead_to_the_waterfall_with_its_place_and_remedy() {
    let service = Service::start();
    service.visit(3);
    let findings = service.page("/perf/findings");
    let at = findings.body.find("n_plus_one: ").expect("the finding");
    let start = findings.body[..at].rfind("/perf/findings/").expect("its link");
    let link: String = findings.body[start..].chars().take_while(|&c| c != '"').collect();
    let finding = service.page(&link);
    let place = format!("perf-tower/tests/dashboard/service.rs:{LINE_OF_LOOP}");
    assert!(finding.body.contains(&place), "{}", finding.body);
    assert!(finding.body.contains("where order_id = any($1)"), "{}", finding.body);
    let request = service.page(&finding.link("/perf/requests/"));
    assert!(request.body.contains("GET /orders"), "{}", request.body);
    assert_eq!(request.body.matches("<td class=\"bar\">").count(), 22, "{}", request.body);
    assert!(request.body.contains(&place) && request.body.contains("add up"));
}

#[test]
fn what_is_not_there_is_a_page_that_says_so() {
    let service = Service::start();
    let paths =
        ["/perf/env", "/perf/routes/0", "/perf/requests/zz", "/perf/requests/1", "/perf/queries/0"];
    for path in paths.into_iter().chain(["/perf/findings/0", "/perf/profiles/none", "/perf/%ff%fe"])
    {
        let page = service.page(path);
        assert_eq!(page.head.status, 404, "{path}");
        assert!(page.body.contains("Nothing here"), "{path}: {}", page.body);
    }
    assert_eq!(service.page("/perf/assets/../router.rs").head.status, 404);
    assert_eq!(service.page("/perf/live?view=/perf/env").head.status, 400);
}

#[test]
fn an_idle_service_says_on_every_page_what_to_do() {
    let service = Service::start();
    for path in
        ["/perf", "/perf/findings", "/perf/queries", "/perf/caches", "/perf/pools", "/perf/calls"]
    {
        assert!(service.page(path).body.contains("class=\"empty\""), "{path}");
    }
}

#[test]
fn the_page_of_caches_shows_what_each_holds_and_whether_redis_is_used() {
    let service = Service::start();
    service.visit(1);
    let page = service.page("/perf/caches").body;
    for told in
        ["1\u{a0}234", "3.0 MiB", "64.0 MiB", ">56<", "not used: breaker open", ">7<", ">62.5 %<"]
    {
        assert!(page.contains(told), "{told}: {page}");
    }
}

#[test]
fn the_page_of_pools_shows_who_holds_connections() {
    let service = Service::start();
    service.visit(1);
    let page = service.page("/perf/pools").body;
    for told in ["perf-tower/tests/dashboard/service.rs:", "40.0 ms", ">25 %<"] {
        assert!(page.contains(told), "{told}: {page}");
    }
}

#[test]
fn the_page_of_caches_shows_how_they_hear_each_other_and_what_their_redis_tells() {
    let service = Service::start();
    service.visit(1);
    let page = service.page("/perf/caches").body;
    for told in [
        ">120.0 ms<",
        ">4<",
        ">3.00 s<",
        "10.0.0.1:6379",
        "10.0.0.1:6380",
        "allkeys-lfu",
        ">50.0 MiB<",
        ">51.0 MiB<",
        ">98 %<",
        ">1\u{a0}234<",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
}

#[test]
fn the_page_of_caches_shows_the_time_that_each_spares_by_the_memory_that_it_takes() {
    let service = Service::start();
    service.visit(3);
    let page = service.page("/perf/caches").body;
    let cells = |head: &str| page.contains(&format!(">{head}</th>"));
    assert!(cells("spared a minute") && cells("spared a minute by a MiB"), "{page}");
}

#[test]
fn the_page_of_caches_shows_how_often_values_change() {
    let service = Service::start();
    service.visit(1);
    let page = service.page("/perf/caches").body;
    let table = page.split("How often values change</h2>").nth(1).expect("a table");
    for told in [">93<", ">82<", ">71<", ">45<", ">8<", ">6<"] {
        assert!(table.contains(told), "{told}: {table}");
    }
}

#[test]
fn under_a_path_of_their_own_all_links_have_it() {
    let service = Service::start_under("/internal");
    service.visit(1);
    let page = service.page("/internal/perf");
    assert_eq!(page.head.status, 200);
    for link in page.body.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(link.starts_with("/internal/perf") || link == "#main", "{link}");
    }
    assert_eq!(service.page(&page.link("/internal/perf/routes/")).head.status, 200);
}

#[test]
fn the_time_by_the_clock_is_a_tree_whose_parts_fit_into_their_parents() {
    let service = Service::start();
    service.visit(2);
    let all: serde_json::Value =
        serde_json::from_str(&service.page("/perf/wall.json").body).expect("JSON");
    check(&all);
    assert_eq!(all["name"], "all requests");
    let text = all.to_string();
    assert!(
        text.contains("select sku from order_lines") && text.contains("GET stock /{id}"),
        "{text}"
    );
}

fn check(frame: &serde_json::Value) {
    let children = frame["children"].as_array().expect("a list");
    let sum: u64 = children.iter().filter_map(|child| child["value"].as_u64()).sum();
    let value = frame["value"].as_u64().expect("a number");
    assert!(sum <= value + children.len() as u64, "{frame}");
    children.iter().for_each(check);
}
