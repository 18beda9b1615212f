//! The pages in headless Chromium.

use testbed::browser::key;
use testbed::{Browser, ColorScheme};

use crate::service::{Service, TOKEN};

type Tried = Result<(), testbed::Error>;

/// A browser that has shown its token.
fn enter(service: &Service, path: &str) -> Result<Browser, testbed::Error> {
    let browser = Browser::start()?;
    browser.open(&service.url(&format!("{path}?token={TOKEN}")))?;
    browser.until("h1")?;
    Ok(browser)
}

#[test]
fn figures_change_by_themselves_and_nothing_is_asked_of_other_hosts() -> Tried {
    let service = Service::start();
    service.visit(2);
    let browser = enter(&service, "/perf")?;
    assert_eq!(browser.text(".tile dd")?.split_whitespace().next(), Some("10"));
    browser.script("window.kept = document.querySelector('table'); return null")?;
    service.visit(1);
    browser.until_true("the new requests show", |browser| {
        Ok(browser.text(".tile dd")?.starts_with("15"))
    })?;
    let kept = browser.script("return window.kept === document.querySelector('table')")?;
    assert_eq!(kept, true, "the page was changed, not replaced");
    assert_eq!(browser.console_errors()?, Vec::<String>::new());
    let hosts = browser.requested_hosts()?;
    assert!(hosts.iter().all(|host| host.starts_with("127.0.0.1")), "{hosts:?}");
    Ok(())
}

#[test]
fn live_can_be_paused() -> Tried {
    let service = Service::start();
    service.visit(1);
    let browser = enter(&service, "/perf")?;
    browser.until("button.live:not([hidden])")?;
    browser.click("button.live")?;
    assert!(browser.exists("button.live[aria-pressed=false]")?);
    service.visit(1);
    browser.script("return new Promise((done) => setTimeout(done, 2500))")?;
    assert!(browser.text(".tile dd")?.starts_with('5'), "nothing changes while it is paused");
    browser.click("button.live")?;
    browser.until_true("it goes on", |browser| Ok(browser.text(".tile dd")?.starts_with("10")))
}

#[test]
fn a_click_on_the_n_plus_one_leads_to_its_request_and_its_remedy() -> Tried {
    let service = Service::start();
    service.visit(3);
    let browser = enter(&service, "/perf/findings")?;
    let number = browser.script(
        "return [...document.querySelectorAll('.findings li')].findIndex((li) => li.textContent.includes('n_plus_one:')) + 1",
    )?;
    browser.click(&format!(".findings li:nth-child({number}) .title a"))?;
    browser.until("#examples")?;
    assert!(browser.text("pre.code")?.contains("any($1)"));
    browser.until("button.copy:not([hidden])")?;
    browser.click("tbody th a")?;
    browser.until("#waterfall")?;
    assert_eq!(browser.count(".waterfall tbody tr")?, 22);
    assert!(browser.text("h1")?.starts_with("One request"));
    assert_eq!(browser.console_errors()?, Vec::<String>::new());
    Ok(())
}

#[test]
fn a_flame_graph_zooms_and_searches_by_keyboard() -> Tried {
    let service = Service::start();
    service.visit(2);
    let browser = enter(&service, "/perf/profiles")?;
    browser.until(".flame button")?;
    let all = browser.count(".flame button")?;
    assert!(all > 10, "{all} frames");
    browser.press(".flame button", key::DOWN)?;
    let child = browser.script("return document.activeElement.textContent")?;
    assert_ne!(child, "all requests");
    browser.press(".flame button:focus", key::ENTER)?;
    assert!(browser.count(".flame button")? < all, "zoomed in");
    browser.press(".flame button:focus", key::ESCAPE)?;
    assert_eq!(browser.count(".flame button")?, all);
    browser.press("input[type=search]", "order_lines")?;
    assert_eq!(browser.count(".flame button.found")?, 1);
    assert!(browser.text(".flame-detail")?.contains("% in functions with"));
    assert_eq!(browser.console_errors()?, Vec::<String>::new());
    Ok(())
}

#[test]
fn a_profile_of_one_request_is_on_the_page_of_profiles_with_its_handler() -> Tried {
    let service = Service::start();
    let answer = service.get("/busy?profile=1", &[("authorization", &format!("Bearer {TOKEN}"))]);
    assert_eq!(answer.head.status, 200);
    let path = answer.header("x-perf-profile").to_owned();
    let browser = enter(&service, "/perf/profiles")?;
    browser.until_true("the profile is kept", |browser| {
        Ok(browser.text("main")?.contains("GET /busy"))
    })?;
    browser.open(&service.url(&path))?;
    browser.until(".flame button")?;
    assert!(browser.text("h1")?.contains("GET /busy"));
    let frames = browser.text(".flame")?;
    assert!(frames.contains("burn_for_page"), "{frames}");
    assert!(browser.text("tbody")?.contains("burn_for_page"));
    assert_eq!(browser.console_errors()?, Vec::<String>::new());
    Ok(())
}

#[test]
fn without_javascript_the_tables_are_there() -> Tried {
    let service = Service::start();
    service.visit(1);
    let browser = enter(&service, "/perf")?;
    browser.set_javascript(false)?;
    browser.open(&service.url("/perf"))?;
    assert!(browser.text("tbody")?.contains("GET /orders"));
    assert!(browser.text("header")?.contains("Reload for new figures"));
    Ok(())
}

#[test]
fn on_a_phone_nothing_is_wider_than_the_screen_and_dark_is_dark() -> Tried {
    let service = Service::start();
    service.visit(2);
    let browser = enter(&service, "/perf")?;
    browser.resize(360, 740)?;
    for path in ["/perf", "/perf/findings", "/perf/queries", "/perf/profiles"] {
        browser.open(&service.url(path))?;
        let over = browser.script("return document.documentElement.scrollWidth - innerWidth")?;
        assert!(over.as_i64().is_some_and(|over| over <= 0), "{path} is {over} px too wide");
    }
    let paper = "return getComputedStyle(document.body).backgroundColor";
    browser.set_color_scheme(ColorScheme::Light)?;
    let light = browser.script(paper)?;
    browser.set_color_scheme(ColorScheme::Dark)?;
    assert_ne!(browser.script(paper)?, light);
    Ok(())
}

/// In `target/tmp/dashboard`.
#[test]
fn pictures_of_all_pages_are_taken_for_a_person_to_look_at() -> Tried {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("dashboard");
    std::fs::create_dir_all(&folder).expect("a folder for pictures");
    let service = Service::start();
    service.visit(5);
    service.get("/busy?profile=1", &[("authorization", &format!("Bearer {TOKEN}"))]);
    let browser = enter(&service, "/perf")?;
    let profile = service.page("/perf/profiles").link("/perf/profiles/");
    for (name, path) in sorts_of_pages(&service).into_iter().chain([("profile", profile)]) {
        for (width, scheme, ending) in [
            (1280, ColorScheme::Light, "light"),
            (1280, ColorScheme::Dark, "dark"),
            (390, ColorScheme::Light, "phone"),
        ] {
            browser.resize(width, 900)?;
            browser.set_color_scheme(scheme)?;
            browser.open(&service.url(&path))?;
            browser.until("h1")?;
            let file = folder.join(format!("{name}-{ending}.png"));
            browser.screenshot(&file)?;
            assert!(std::fs::metadata(&file).is_ok_and(|file| file.len() > 5_000), "{name}");
        }
    }
    Ok(())
}

/// One page of each sort, with a name for it.
fn sorts_of_pages(service: &Service) -> Vec<(&'static str, String)> {
    let finding = service.page("/perf/findings").link("/perf/findings/");
    let query = service.page("/perf/queries").link("/perf/queries/");
    let route = service.page("/perf").link("/perf/routes/");
    let request = service.page(&route).link("/perf/requests/");
    let fixed = [
        ("overview", "/perf"),
        ("findings", "/perf/findings"),
        ("queries", "/perf/queries"),
        ("caches", "/perf/caches"),
        ("pools", "/perf/pools"),
        ("calls", "/perf/calls"),
        ("profiles", "/perf/profiles"),
        ("overhead", "/perf/overhead"),
    ];
    let found = [("finding", finding), ("query", query), ("route", route), ("request", request)];
    fixed.map(|(name, path)| (name, path.to_owned())).into_iter().chain(found).collect()
}

/// Where `cargo xtask soak` has fetched axe-core.
#[test]
fn axe_finds_nothing_to_complain_about() -> Tried {
    if std::env::var_os(testbed::AXE_VARIABLE).is_none() {
        return Ok(());
    }
    let service = Service::start();
    service.visit(3);
    let browser = enter(&service, "/perf")?;
    for (_, path) in sorts_of_pages(&service) {
        for scheme in [ColorScheme::Light, ColorScheme::Dark] {
            browser.set_color_scheme(scheme)?;
            browser.open(&service.url(&path))?;
            assert_eq!(browser.axe_violations()?, Vec::<String>::new(), "{path}");
        }
    }
    Ok(())
}
