//! The picture of a plan in a browser: readable by light and by dark, with and without eyes.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use perf_core::finding::Severity;
use perf_db::advise::plan::{NodeId, Plan};
use testbed::{Browser, ColorScheme};

use super::versions;

/// Answers each request with this page, for as long as the test runs.
fn served(page: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            _ = stream.read(&mut [0; 4_096]);
            let head =
                "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\nconnection: close";
            _ = write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{page}", page.len());
        }
    });
    format!("http://{address}/")
}

#[test]
fn a_picture_reads_well_by_light_and_by_dark() {
    let plans = versions::ALL.map(|json| Plan::parse(json).unwrap());
    let pictures: String = plans
        .iter()
        .enumerate()
        .map(|(place, plan)| {
            let picture = plan.picture().flag(NodeId::ROOT, Severity::Warning);
            let below = plan.nodes().last().unwrap().0;
            let picture = picture.flag(below, Severity::Critical);
            if place == 0 { picture } else { picture.without_style() }.to_string()
        })
        .collect();
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><title>Plans</title></head><body>\
         <main><h1>Plans</h1>{pictures}</main></body></html>"
    );
    let url = served(page);
    let browser = Browser::start().unwrap();
    for scheme in [ColorScheme::Light, ColorScheme::Dark] {
        browser.set_color_scheme(scheme).unwrap();
        browser.open(&url).unwrap();
        // Where `cargo xtask soak` has fetched axe-core.
        if std::env::var_os(testbed::AXE_VARIABLE).is_some() {
            assert_eq!(browser.axe_violations().unwrap(), [""; 0], "{scheme:?}");
        }
        assert_eq!(browser.count("figure.perf-plan").unwrap(), plans.len() as u64);
        let color = "return getComputedStyle(document.querySelector('.perf-plan')).backgroundColor";
        let ground = browser.script(color).unwrap();
        let is_dark = scheme == ColorScheme::Dark;
        assert_eq!(ground != "rgb(255, 255, 255)", is_dark, "{ground}");
        if let Some(folder) = std::env::var_os("SCREENSHOTS") {
            let file = std::path::Path::new(&folder).join(format!("plan-{scheme:?}.png"));
            browser.screenshot(file).unwrap();
        }
    }
}
