use super::client;
use crate::Error;
use crate::database::unique;

/// An empty database of one test on a MariaDB. Dropping it drops the database.
#[derive(Debug)]
pub struct MariaDatabase {
    name: String,
    port: u16,
}

impl MariaDatabase {
    /// Makes a database on the server at this address.
    pub(crate) fn create(server_url: &str) -> Result<Self, Error> {
        let name = format!("test_{}", unique());
        let port = server_url.trim_end_matches('/').rsplit(':').next();
        let port = port.and_then(|port| port.parse().ok()).ok_or(Error::NoPort)?;
        client::control(port, &format!("create database {name} character set utf8mb4"))?;
        Ok(Self { name, port })
    }

    /// The address, for the user `root`: `mysql://root@127.0.0.1:PORT/NAME`.
    pub fn url(&self) -> String {
        self.url_as("root")
    }

    /// The address for another user, or for `user:password`.
    pub fn url_as(&self, user: &str) -> String {
        format!("mysql://{user}@127.0.0.1:{}/{}", self.port, self.name)
    }

    /// The database's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs SQL through the program `mariadb` as `root` and returns the rows, one a line, columns
    /// separated by tabs.
    ///
    /// For setting a test up, and for looking from outside at what a test did.
    ///
    /// # Errors
    /// [`Error::Sql`] when MariaDB refuses a statement.
    pub fn sql(&self, sql: &str) -> Result<String, Error> {
        client::run(self.port, &self.name, sql)
    }
}

impl Drop for MariaDatabase {
    fn drop(&mut self) {
        // The server of a test that stopped it is gone, and the database with it.
        drop(client::control(self.port, &format!("drop database if exists {}", self.name)));
    }
}
