//! A wrong address is one clear sentence with the remedy, and never shows the password.

use std::error::Error;
use std::fmt::Write as _;
use std::time::Duration;
use std::{fs, io};

use perf_db::{Db, DbError, DbErrorKind};

const PASSWORD: &str = "hunter2";

/// The error of an address with a password in it, after a look at everything it could print.
async fn refusal(url: &str) -> DbError {
    refusal_within(Duration::from_secs(30), url).await
}

async fn refusal_within(patience: Duration, url: &str) -> DbError {
    let builder = Db::builder(url).acquire_timeout(patience);
    let mut printed = format!("{builder:?}");
    let error = builder.build().await.unwrap_err();
    let mut level: Option<&dyn Error> = Some(&error);
    while let Some(cause) = level {
        _ = write!(printed, "\n{cause}\n{cause:?}");
        level = cause.source();
    }
    assert!(!printed.contains("hunter"), "{printed}");
    error
}

fn with_password(url: &str) -> String {
    url.replace("postgres@", &format!("postgres:{PASSWORD}@"))
}

#[tokio::test]
async fn an_address_that_cannot_be_read_shows_the_right_form() {
    for url in [
        "",
        "localhost",
        "mysql://shop:hunter2@localhost/shop",
        "postgres://shop:hunter2@localhost:port/shop",
        "postgres://shop:hunter2@localhost/shop?hunter2=1",
        "postgres://shop:p@hunter2@localhost/shop",
        "postgres://shop:p@ss/hunter2@localhost/shop",
        "postgres://127.0.0.1/shop?user=shop&password=hunter2@127.0.0.1:1/x",
        "postgres://localhost:1/shop?user=shop&password=p@hunter2.invalid",
        "postgres:///shop",
        "host=localhost user=shop password=a hunter2",
    ] {
        let error = refusal(url).await;
        assert_eq!(error.kind(), DbErrorKind::Settings, "{url}");
        assert_eq!(
            error.to_string(),
            "the database address (DATABASE_URL) cannot be read: write it as \
             postgres://USER:PASSWORD@HOST:PORT/DATABASE, with %40 for an @ in the password"
        );
    }
}

#[tokio::test]
async fn a_wrong_host_or_port_is_named() {
    for server in ["no-such-host.invalid:5432", "127.0.0.1:1"] {
        let error = refusal(&format!("postgres://shop:{PASSWORD}@{server}/shop")).await;
        assert!(error.is_connection());
        assert_eq!(
            error.to_string(),
            format!(
                "PostgreSQL at {server} cannot be reached: start it, or correct host and port in \
                 the database address (DATABASE_URL)"
            )
        );
        assert!(error.source().is_some());
    }
}

#[tokio::test]
async fn a_server_that_never_answers_is_named() -> io::Result<()> {
    let silent = std::net::TcpListener::bind("127.0.0.1:0")?;
    let server = silent.local_addr()?;
    let error = refusal_within(
        Duration::from_millis(800),
        &format!("postgres://shop:{PASSWORD}@{server}/shop"),
    )
    .await;
    assert!(error.is_timeout());
    assert_eq!(
        error.to_string(),
        format!("PostgreSQL at {server} did not answer within 800ms: check that it runs")
    );
    Ok(())
}

#[tokio::test]
async fn a_wrong_database_or_user_is_named() {
    let database = testbed::database();
    let url = with_password(database.url());
    let error = refusal(&url.replace(database.name(), "nowhere")).await;
    assert_eq!(error.code(), Some("3D000"));
    assert!(error.to_string().contains(r#"has no database "nowhere": create it"#));

    let error = refusal(&url.replace("postgres:hunter2", "nobody:hunter2")).await;
    assert_eq!(error.code(), Some("28000"));
    let remedy = r#"does not let user "nobody" in: correct user and password"#;
    assert!(error.to_string().contains(remedy), "{error}");
}

#[tokio::test]
async fn a_wrong_or_missing_password_is_named() -> Result<(), Box<dyn Error>> {
    let mut server = testbed::Postgres::start()?;
    let sql = "alter role postgres password 'right'";
    server.database()?.sql(sql)?;
    let rules = server.folder().join("data/pg_hba.conf");
    fs::write(rules, "host all all 127.0.0.1/32 scram-sha-256\n")?;
    server.stop()?;
    server.restart()?;

    let right = server.url().replace("postgres@", "postgres:right@");
    Db::connect(&right).await?;
    let remedy = r#"does not let user "postgres" in: correct user and password"#;
    for wrong in [server.url(), with_password(&server.url())] {
        let error = refusal(&wrong).await;
        assert!(error.is_connection());
        assert!(error.to_string().contains(remedy), "{error}");
    }
    Ok(())
}

#[tokio::test]
async fn a_setting_of_zero_is_refused() {
    let builder = || Db::builder("postgres://shop@127.0.0.1:1/shop");
    for (builder, rule) in [
        (builder().max_size(0), "max_size must be at least 1"),
        (builder().statement_cache(0), "statement_cache must be at least 1"),
        (builder().acquire_timeout(Duration::ZERO), "acquire_timeout must be longer than zero"),
    ] {
        let error = builder.build().await.unwrap_err();
        assert_eq!(error.kind(), DbErrorKind::Settings);
        assert_eq!(error.to_string(), rule);
    }
}
