//! Risk: the browser shows a test something else than it would show a person.

mod site;

use std::error::Error;
use std::net::TcpListener;

use site::Site;
use testbed::browser::key;
use testbed::{AXE_VARIABLE, Browser, ColorScheme};

type TestResult = Result<(), Box<dyn Error>>;

#[test]
fn a_page_is_read_clicked_and_typed_into() -> TestResult {
    let site = Site::of(&[(
        "/",
        "<link rel=icon href='data:,'><h1>Shop</h1><p hidden>secret</p>
         <button onclick=\"document.querySelector('p').hidden = false\">show</button>
         <input oninput=\"document.querySelector('output').value = this.value\"><output></output>
         <button id=last onfocus=\"this.textContent = 'focused'\">last</button>",
    )])?;
    let browser = Browser::start()?;
    browser.open(&site.url("/"))?;
    assert_eq!(browser.text("h1")?, "Shop");
    assert_eq!(browser.count("button")?, 2);
    assert!(!browser.text("body")?.contains("secret"));

    browser.click("button")?;
    browser.until("p:not([hidden])")?;
    assert!(browser.text("body")?.contains("secret"));

    browser.press("input", "lamp")?;
    assert_eq!(browser.text("output")?, "lamp");
    browser.press(":focus", key::TAB)?;
    assert_eq!(browser.text(":focus")?, "focused");

    assert!(browser.exists("#last")? && !browser.exists("#nowhere")?);
    let missing = browser.text("#nowhere").err().ok_or("nothing matches")?.to_string();
    assert_eq!(missing, "the browser could not read `#nowhere`: no element matches");
    assert!(browser.click("#nowhere").is_err());
    assert_eq!(browser.console_errors()?, [""; 0]);
    Ok(())
}

#[test]
fn scripts_return_json_and_promises_are_awaited_under_a_strict_policy() -> TestResult {
    let site = Site::of(&[(
        "/",
        "<meta http-equiv=content-security-policy content=\"default-src 'none'; img-src data:\">
         <link rel=icon href='data:,'><title>strict</title>",
    )])?;
    let browser = Browser::start()?;
    browser.open(&site.url("/"))?;
    assert_eq!(browser.script("return [document.title, 1 + 1]")?.to_string(), r#"["strict",2]"#);
    assert_eq!(browser.script("return new Promise(done => setTimeout(done, 10, 7))")?, 7);
    let thrown = browser.script("throw new Error('too dear')").err().ok_or("it threw")?;
    assert!(thrown.to_string().contains("too dear"), "{thrown}");
    Ok(())
}

#[test]
fn errors_on_the_console_are_told_once() -> TestResult {
    let site = Site::of(&[
        ("/", "<link rel=icon href='data:,'><script>console.log('fine'); nonsense()</script>"),
        ("/lost", "<link rel=icon href='data:,'><img src=/nowhere.png>"),
    ])?;
    let browser = Browser::start()?;
    browser.open(&site.url("/"))?;
    let errors = browser.console_errors()?;
    assert!(matches!(&errors[..], [one] if one.contains("nonsense is not defined")), "{errors:?}");
    assert_eq!(browser.console_errors()?, [""; 0]);

    browser.open(&site.url("/lost"))?;
    let errors = browser.console_errors()?;
    assert!(matches!(&errors[..], [one] if one.contains("404")), "{errors:?}");
    Ok(())
}

#[test]
fn every_request_is_seen_and_none_reaches_another_host() -> TestResult {
    let site = Site::of(&[
        (
            "/",
            "<link rel=icon href='data:,'><img src=/a.png><img src=http://example.org/b.png>
             <script>fetch('/c').then(() => document.title = 'done')</script>",
        ),
        ("/a.png", ""),
        ("/c", ""),
    ])?;
    let browser = Browser::start()?;
    browser.open(&site.url("/"))?;
    browser.until_true("the answer to fetch", |page| {
        Ok(page.script("return document.title")? == "done")
    })?;
    let mut urls = browser.requested_urls()?;
    urls.retain(|url| url.starts_with("http"));
    urls.sort();
    let mut expected =
        vec![site.url("/"), site.url("/a.png"), site.url("/c"), "http://example.org/b.png".into()];
    expected.sort();
    assert_eq!(urls, expected);
    assert_eq!(site.requests().len(), 3);
    let errors = browser.console_errors()?;
    assert!(matches!(&errors[..], [one] if one.contains("ERR_NAME_NOT_RESOLVED")), "{errors:?}");

    browser.open(&site.url("/c"))?;
    assert_eq!(browser.requested_hosts()?.into_iter().collect::<Vec<_>>(), [site.host()]);
    Ok(())
}

#[test]
fn device_taste_rights_and_headers_are_what_the_test_sets() -> TestResult {
    let site = Site::of(&[(
        "/",
        "<meta name=viewport content='width=device-width'><link rel=icon href='data:,'>
         <p>plain</p><script>document.querySelector('p').textContent = 'scripted'</script>",
    )])?;
    let browser = Browser::start()?;
    browser.resize(390, 844)?;
    browser.open(&site.url("/"))?;
    assert_eq!(browser.text("p")?, "scripted");
    assert_eq!(browser.script("return [innerWidth, innerHeight]")?.to_string(), "[390,844]");

    let dark = "return matchMedia('(prefers-color-scheme: dark)').matches";
    assert_eq!(browser.script(dark)?, false);
    browser.set_color_scheme(ColorScheme::Dark)?;
    assert_eq!(browser.script(dark)?, true);
    browser.set_color_scheme(ColorScheme::Light)?;
    assert_eq!(browser.script(dark)?, false);

    browser.set_javascript(false)?;
    browser.set_header("authorization", "Bearer lamp")?;
    site.requests();
    browser.open(&site.url("/"))?;
    assert_eq!(browser.text("p")?, "plain");
    assert_eq!(browser.count("p")?, 1);
    browser.click("p")?;
    let requests = site.requests();
    assert!(requests[0].contains("authorization: bearer lamp"), "{requests:?}");

    browser.set_javascript(true)?;
    browser.open(&site.url("/"))?;
    assert_eq!(browser.text("p")?, "scripted");
    Ok(())
}

#[test]
fn a_picture_holds_the_whole_page() -> TestResult {
    let site = Site::of(&[(
        "/",
        "<link rel=icon href='data:,'><body style='margin:0;height:3000px;background:#070'>
         <h1>The quick brown fox</h1><p>jumps over 0123456789 · µs · → · …",
    )])?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("new/page.png");
    let browser = Browser::start()?;
    browser.resize(400, 300)?;
    browser.open(&site.url("/"))?;
    browser.screenshot(&file)?;
    let picture = std::fs::read(&file)?;
    assert_eq!(&picture[..8], b"\x89PNG\r\n\x1a\n");
    let side = |at: usize| u32::from_be_bytes(picture[at..at + 4].try_into().unwrap_or_default());
    assert_eq!((side(16), side(20)), (400, 3000));
    Ok(())
}

#[test]
fn an_address_where_nobody_listens_is_named() -> TestResult {
    let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    let url = format!("http://127.0.0.1:{port}/");
    let browser = Browser::start()?;
    let refused = browser.open(&url).err().ok_or("nobody listens")?.to_string();
    assert!(refused.contains(&url) && refused.contains("CONNECTION_REFUSED"), "{refused}");
    Ok(())
}

#[test]
fn axe_names_each_broken_rule_with_its_element() -> TestResult {
    // Only `cargo xtask soak` fetches axe-core.
    if std::env::var_os(AXE_VARIABLE).is_none() {
        return Ok(());
    }
    let site = Site::of(&[
        (
            "/good",
            "<!doctype html><html lang=en><title>good</title>
             <meta http-equiv=content-security-policy content=\"default-src 'none'; img-src data:\">
             <link rel=icon href='data:,'><main><h1>Good</h1><p>Readable.</p></main>",
        ),
        (
            "/bad",
            "<!doctype html><html lang=en><title>bad</title><link rel=icon href='data:,'>
             <main><h1>Bad</h1><p style='color:#bbb'>Pale.</p><img id=chart src='data:,'></main>",
        ),
    ])?;
    let browser = Browser::start()?;
    browser.open(&site.url("/good"))?;
    assert_eq!(browser.axe_violations()?, [""; 0]);

    browser.open(&site.url("/bad"))?;
    let found = browser.axe_violations()?;
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().any(|line| line.starts_with("color-contrast: ") && line.contains("p")));
    assert!(found.iter().any(|line| line.starts_with("image-alt: ") && line.ends_with("#chart")));
    Ok(())
}
