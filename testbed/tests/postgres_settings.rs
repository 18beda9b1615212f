//! Risk: a test believes in a setting that its server does not have.

use std::error::Error;

use testbed::Postgres;

type TestResult = Result<(), Box<dyn Error>>;

#[test]
fn a_setting_wins_over_the_usual_one_and_holds_after_a_crash() -> TestResult {
    let settings = [("max_connections", "7"), ("statement_timeout", "20ms")];
    let mut postgres = Postgres::start_with(&settings)?;
    let database = postgres.database()?;
    for _ in 0..2 {
        assert_eq!(database.sql("show max_connections")?, "7");
        let late = database.sql("select pg_sleep(60)").err().ok_or("a timeout")?;
        assert!(late.to_string().contains("statement timeout"), "{late}");
        postgres.kill()?;
        assert_eq!(postgres.pid(), None);
        postgres.restart()?;
    }
    Ok(())
}

#[test]
fn a_setting_that_postgres_does_not_know_is_told_in_its_words() -> TestResult {
    let refused = Postgres::start_with(&[("max_conections", "7")]).err().ok_or("a typing error")?;
    assert!(refused.to_string().contains("max_conections"), "{refused}");
    Ok(())
}
