use std::error::Error;

use perf_db::{Db, Executor};

/// Makes the tables and fills them with 1,000 users, 10,000 products, 50,000 orders, 175,000 order
/// lines and 60,000 reviews; does nothing where the tables are there.
pub(crate) async fn seed(database_url: &str) -> Result<(), Box<dyn Error>> {
    let db = Db::connect(database_url).await?;
    let is_there = db.query_one("select to_regclass('reviews') is not null", &[]).await?;
    if is_there.get(0) {
        return Ok(());
    }
    for script in [include_str!("schema.sql"), include_str!("seed.sql")] {
        for statement in script.split_inclusive(";\n") {
            db.execute(statement, &[]).await?;
        }
    }
    Ok(())
}
