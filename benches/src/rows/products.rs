use std::error::Error;

use testbed::Database;

/// A database with ten thousand products, found by their key.
pub(crate) fn products() -> Result<Database, Box<dyn Error>> {
    let database = testbed::database();
    database.sql(
        "create table products (id bigint primary key, name text not null);
         insert into products select n, 'product ' || n from generate_series(1, 10000) n;
         analyze products",
    )?;
    Ok(database)
}
