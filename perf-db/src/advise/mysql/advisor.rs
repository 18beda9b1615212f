use std::fmt;
use std::path::PathBuf;

use mysql_async::{Conn, Opts, OptsBuilder, SslOpts};
use perf_core::time::Duration;

use super::digest::Digests;
use super::indexes::Indexes;
use super::question::{Asker, Refusal};
use super::report::MysqlReport;
use super::scope::Scope;
use super::server::{MysqlServer, Vendor};
use super::settings::Settings;
use super::usage::Usage;
use super::{MysqlCause, rules};
use crate::address::has_late_at_sign;
use crate::error::{DbError, Reason};
use crate::tls::Ask;

/// How long to wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Looks at a MySQL or MariaDB and says what to change.
///
/// It has one connection, in a transaction that can only read, and limits each of its statements in
/// time. It sees the database that the address names, or all of the server's users' where it names
/// none.
pub struct MysqlAdvisor {
    connection: Conn,
    scope: Scope,
    limit: Duration,
    counted_for: Duration,
}

impl MysqlAdvisor {
    /// Connects to `mysql://USER:PASSWORD@HOST:PORT/DATABASE`, of which the database may be left
    /// out.
    ///
    /// With the feature `tls`, `?require_ssl=true` asks for TLS, with a certificate that Mozilla's
    /// authorities vouch for, or with `&sslrootcert=FILE` those of a file in PEM. The driver
    /// mysql_async reads `verify_ca=false` and `verify_identity=false` too.
    ///
    /// The user needs `select` on `performance_schema.*`, and on what is to be looked at.
    ///
    /// # Errors
    /// When the address cannot be read, or the server cannot be reached within 10 s or refuses. No
    /// error holds the password.
    ///
    /// # Cancel safety
    /// Dropping the future leaves no connection behind.
    pub async fn connect(url: &str) -> Result<Self, DbError> {
        if has_late_at_sign(url) {
            return Err(Reason::MysqlAddress.into());
        }
        let Ask { url, root } = Ask::of(url);
        // The parser quotes what it cannot read, which may be a part of the password.
        let given = Opts::from_url(&url).map_err(|_| Reason::MysqlAddress)?;
        let tls = tls(given.ssl_opts(), root);
        // The driver does not refuse it by itself.
        if cfg!(not(feature = "tls")) && tls.is_some() {
            return Err(Reason::MysqlTls.into());
        }
        let server = format!("{}:{}", given.ip_or_hostname(), given.tcp_port());
        let scope = Scope(given.db_name().map(str::to_owned).filter(|name| !name.is_empty()));
        let user = given.user().unwrap_or_default().to_owned();
        // Without a default database our own statements do not count among those of the database.
        // What is set here is not asked of the server.
        let opts = OptsBuilder::from_opts(given)
            .db_name(None::<String>)
            .ssl_opts(tls)
            .prefer_socket(false)
            .stmt_cache_size(0)
            .max_allowed_packet(Some(16 << 20))
            .wait_timeout(Some(60));
        let failed = |source| Reason::MysqlConnect { server, user, source };
        match tokio::time::timeout(CONNECT_TIMEOUT, Conn::new(opts)).await {
            Ok(Ok(connection)) => Ok(Self {
                connection,
                scope,
                limit: Duration::from_secs(10),
                counted_for: rules::COUNTED_FOR,
            }),
            Ok(Err(error)) => Err(failed(error.into()).into()),
            Err(_) => Err(failed(MysqlCause::Silent(CONNECT_TIMEOUT)).into()),
        }
    }

    /// How long one statement may run at the server. Defaults to 10 s.
    #[must_use]
    pub fn statement_timeout(mut self, timeout: Duration) -> Self {
        self.limit = timeout;
        self
    }

    /// How long the server must have counted before an index that nobody reads is called unused.
    /// Defaults to 7 days, which have each sort of day in them once.
    #[must_use]
    pub fn counted_for(mut self, at_least: Duration) -> Self {
        self.counted_for = at_least;
        self
    }

    /// Reads what the server has counted, and judges it.
    ///
    /// What cannot be read is in [`MysqlReport::missing`], and the rest is there all the same.
    ///
    /// # Errors
    /// When the connection breaks.
    ///
    /// # Cancel safety
    /// Dropped half-way, the connection may still get the answer to an old question: make a new
    /// advisor then.
    pub async fn look(&mut self) -> Result<MysqlReport, DbError> {
        let mut asker = Asker { connection: &mut self.connection, limit: self.limit };
        let lost = |refusal: Refusal| match refusal {
            Refusal::Refused(code) => Reason::MysqlRefused { code },
            Refusal::Lost(source) => Reason::MysqlLost { source },
        };
        let server = MysqlServer::ask(&mut asker).await.map_err(lost)?;
        asker.begin(server.vendor).await.map_err(lost)?;

        let mut missing = server.missing();
        let mut digests = Digests::default();
        if server.has_performance_schema {
            match Digests::load(&mut asker, &self.scope).await {
                Ok(found) => {
                    missing.extend(found.missing());
                    digests = found;
                }
                Err(refusal) => {
                    let on = "performance_schema.*";
                    missing.push(refusal.missing("statements", on, &server)?);
                }
            }
        }
        let mut indexes = Indexes::default();
        match Indexes::load(&mut asker, &self.scope, &server).await {
            Ok(found) => indexes = found,
            Err(refusal) => {
                missing.push(refusal.missing("indexes", &self.scope.granted(), &server)?);
            }
        }
        match Usage::load(&mut asker, &self.scope, &server).await {
            Ok(usage) => indexes.count(usage),
            Err(refusal) => {
                missing.push(refusal.missing("unused indexes", "performance_schema.*", &server)?);
            }
        }
        missing.extend(indexes.missing(&self.scope, &server, self.counted_for));
        let mut settings = Settings::default();
        match Settings::load(&mut asker).await {
            Ok(found) => settings = found,
            Err(refusal) => missing.push(refusal.missing("settings", "its settings", &server)?),
        }
        asker.end().await.map_err(lost)?;

        let findings = rules::findings(&server, &digests, &indexes, &settings, self.counted_for);
        Ok(MysqlReport::new(server, digests, findings, missing))
    }

    /// Ends the connection in good order. Dropping the advisor does so too, without waiting for it.
    pub async fn close(self) {
        // A connection that is gone is as closed as it can be.
        _ = tokio::time::timeout(CONNECT_TIMEOUT, self.connection.disconnect()).await;
    }
}

/// What the address says about TLS: with authorities of one's own it is asked for, too.
fn tls(asked: Option<&SslOpts>, root: Option<String>) -> Option<SslOpts> {
    match root.filter(|root| root != "system") {
        Some(root) => {
            let options = asked.cloned().unwrap_or_default();
            let options = options.with_root_certs(vec![PathBuf::from(root).into()]);
            Some(options.with_disable_built_in_roots(true))
        }
        None => asked.cloned(),
    }
}

impl Asker<'_> {
    /// Nothing that follows can write or run for long.
    async fn begin(&mut self, vendor: Vendor) -> Result<(), Refusal> {
        let limit = match vendor {
            Vendor::MySql => {
                format!("set session max_execution_time = {}", self.limit.as_millis().max(1))
            }
            Vendor::MariaDb => {
                format!(
                    "set session max_statement_time = {:.3}",
                    self.limit.as_secs_f64().max(0.001)
                )
            }
        };
        for sql in [&*limit, "set session lock_wait_timeout = 2", "start transaction read only"] {
            self.rows(sql, Vec::new()).await?;
        }
        Ok(())
    }

    async fn end(&mut self) -> Result<(), Refusal> {
        self.rows("rollback", Vec::new()).await.map(drop)
    }
}

/// Without the connection, whose options have the password.
impl fmt::Debug for MysqlAdvisor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { connection: _, scope, limit, counted_for } = self;
        f.debug_struct("MysqlAdvisor")
            .field("scope", scope)
            .field("limit", limit)
            .field("counted_for", counted_for)
            .finish_non_exhaustive()
    }
}
