//! An address or a server that is not as it should be gives one clear sentence.

use perf_core::time::Duration;
use perf_db::DbErrorKind;
use perf_db::advise::mysql::MysqlAdvisor;
use testbed::MariaDb;

use super::{TestResult, gaps, look, told};

#[tokio::test]
async fn an_address_that_cannot_be_read_is_not_repeated() {
    for url in [
        "",
        "nonsense hunter2",
        "postgres://root:hunter2@127.0.0.1/x",
        "mysql://root:hun@hunter2@127.0.0.1/x?pool_min=hunter2",
        "mysql://root:x@127.0.0.1:hunter2/x",
        "mysql://root:x@hunter2/z@127.0.0.1/x",
        "mysql://root:x@127.0.0.1/x?hunter2=1",
        "mysql://",
    ] {
        let Err(error) = MysqlAdvisor::connect(url).await else { panic!("{url} is none") };
        let said = told(&error);
        assert_eq!(error.kind(), DbErrorKind::Settings, "{url}: {said}");
        assert!(said.contains("mysql://USER:PASSWORD@HOST"), "{url}: {said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_or_refuses_is_named_without_the_password() -> TestResult {
    let database = testbed::mariadb();
    let refused = MysqlAdvisor::connect(&database.url_as("nobody:hunter2")).await;
    let error = refused.err().ok_or("it lets nobody in")?;
    let said = told(&error);
    assert_eq!(error.kind(), DbErrorKind::Connection);
    assert!(said.contains("127.0.0.1:") && said.contains("\"nobody\""), "{said}");
    assert!(said.contains("the user or the password is wrong"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");

    let plain = format!("{}?require_ssl=true", database.url());
    let error = MysqlAdvisor::connect(&plain).await.err().ok_or("there is no TLS")?;
    assert!(told(&error).contains("the server has no TLS"), "{}", told(&error));

    let mut server = MariaDb::start()?;
    let url = format!("mysql://root:hunter2@127.0.0.1:{}/x", server.port());
    server.stop()?;
    let error = MysqlAdvisor::connect(&url).await.err().ok_or("nobody is there")?;
    let said = told(&error);
    assert_eq!(error.kind(), DbErrorKind::Connection);
    assert!(said.contains("refused") && !said.contains("hunter2"), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_falls_silent_ends_the_look_and_not_the_program() -> TestResult {
    let mut server = MariaDb::start()?;
    let advisor = MysqlAdvisor::connect(&server.url()).await?;
    let mut advisor = advisor.statement_timeout(Duration::from_millis(1));
    server.freeze()?;
    let error = advisor.look().await.err().ok_or("nobody answers")?;
    let said = told(&error);
    assert!(
        said.contains("broke while it was looked at") && said.contains("nothing came"),
        "{said}"
    );
    server.thaw()?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_not_there_is_told() -> TestResult {
    let url = testbed::mariadb().url();
    let report = look(&url).await?;
    assert!(gaps(&report).contains("no table of the database"), "{}", gaps(&report));
    Ok(())
}
