use crate::advise::Missing;
use crate::error::DbError;
use crate::executor::Executor;
use crate::transaction::Transaction;

pub(super) const WHAT: &str = "statements";

/// Asks without naming the view, since an error would end the transaction. A setting of a library is
/// shown only when that is loaded.
const LOOK: &str = own!(
    "select quote_ident(n.nspname), e.extversion, \
     has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select'), \
     array(select a.attname::text from pg_attribute a \
           where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), \
     exists (select from pg_class i where i.relnamespace = n.oid \
             and i.relname = 'pg_stat_statements_info'), \
     exists (select from pg_settings where name = 'pg_stat_statements.max'), \
     (select setting from pg_settings where name = 'pg_stat_statements.track'), \
     (select setting from pg_settings where name = 'pg_stat_statements.track_planning'), \
     (select setting from pg_settings where name = 'compute_query_id'), \
     (select setting from pg_settings where name = 'shared_preload_libraries'), \
     quote_ident(current_user), \
     (select setting::int8 from pg_settings where name = 'pg_stat_statements.max'), \
     exists (select from pg_available_extensions where name = 'pg_stat_statements') \
     from (values (1)) one \
     left join pg_extension e on e.extname = 'pg_stat_statements' \
     left join pg_namespace n on n.oid = e.extnamespace \
     left join pg_class c on c.relnamespace = n.oid and c.relname = 'pg_stat_statements'"
);

/// Where the counters are read, and which there are.
pub(super) struct Source {
    /// The schema of the extension, quoted where it must be.
    pub(super) schema: String,
    columns: Vec<String>,
    /// Whether it tells when it was reset (PostgreSQL 14).
    pub(super) has_info: bool,
    /// Whether the time to plan is counted.
    pub(super) counts_planning: bool,
    /// The user, quoted where that must be.
    pub(super) user: String,
    /// How many statements of all databases the server keeps.
    pub(super) room: i64,
}

impl Source {
    /// The source, if there is one, and what it lacks.
    pub(super) async fn find(look: &Transaction) -> Result<(Option<Self>, Vec<Missing>), DbError> {
        let row = look.query_one(LOOK, &[]).await?;
        let schema: Option<String> = row.try_get(0)?;
        let version: Option<String> = row.try_get(1)?;
        let (is_loaded, is_installed): (bool, bool) = (row.try_get(5)?, row.try_get(12)?);
        if !is_loaded {
            return Ok((None, vec![not_loaded(row.try_get(9)?, is_installed)]));
        }
        let (Some(schema), Some(version)) = (schema, version) else {
            let why = "the extension pg_stat_statements is not created in this database";
            let missing = Missing::new(WHAT, why).remedy("create extension pg_stat_statements");
            return Ok((None, vec![missing]));
        };
        let user: String = row.try_get(10)?;
        if row.try_get::<_, Option<bool>>(2)? != Some(true) {
            let why = "the user may not read pg_stat_statements";
            let grant = format!(
                "grant usage on schema {schema} to {user}; \
                 grant select on {schema}.pg_stat_statements to {user}"
            );
            return Ok((None, vec![Missing::new(WHAT, why).remedy(grant)]));
        }
        let columns: Vec<String> = row.try_get(3)?;
        if !columns.iter().any(|column| column == "total_exec_time") {
            let why = format!(
                "pg_stat_statements has version {version} here, which is older than that of \
                 PostgreSQL 13"
            );
            let update = "alter extension pg_stat_statements update";
            return Ok((None, vec![Missing::new(WHAT, why).remedy(update)]));
        }
        let counts_planning = row.try_get::<_, Option<&str>>(7)? == Some("on");
        let missing = settings(row.try_get(6)?, row.try_get(8)?, counts_planning);
        let (has_info, room) = (row.try_get(4)?, row.try_get(11)?);
        Ok((Some(Self { schema, columns, has_info, counts_planning, user, room }), missing))
    }

    pub(super) fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|known| known == column)
    }
}

fn not_loaded(libraries: Option<&str>, is_installed: bool) -> Missing {
    if !is_installed {
        let why = "the server has no pg_stat_statements installed: it is in PostgreSQL's contrib \
                   package";
        return Missing::new(WHAT, why);
    }
    let why = "the server has not loaded pg_stat_statements, for which it must be started again";
    let missing = Missing::new(WHAT, why);
    // Who may not see the libraries would overwrite them.
    let Some(libraries) = libraries else {
        return missing.remedy(
            "shared_preload_libraries = 'pg_stat_statements' # after those that are there",
        );
    };
    let mut libraries: Vec<&str> =
        libraries.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    libraries.push("pg_stat_statements");
    let quoted: Vec<String> = libraries
        .iter()
        .map(|name| format!("'{}'", name.trim_matches('"').replace('\'', "''")))
        .collect();
    missing.remedy(format!("alter system set shared_preload_libraries = {}", quoted.join(", ")))
}

fn settings(
    track: Option<&str>,
    compute_query_id: Option<&str>,
    counts_planning: bool,
) -> Vec<Missing> {
    let mut missing = Vec::new();
    if track == Some("none") {
        let why = "pg_stat_statements.track is none, so nothing is counted";
        let remedy = "alter system set pg_stat_statements.track = 'top'; select pg_reload_conf()";
        missing.push(Missing::new(WHAT, why).remedy(remedy));
    }
    if compute_query_id == Some("off") {
        let why = "compute_query_id is off, so pg_stat_statements counts nothing";
        let remedy = "alter system set compute_query_id = 'auto'; select pg_reload_conf()";
        missing.push(Missing::new(WHAT, why).remedy(remedy));
    }
    if !counts_planning {
        let why = "pg_stat_statements.track_planning is off, as by default, since it costs some \
                   time on servers with many connections that send the same statement";
        let remedy =
            "alter system set pg_stat_statements.track_planning = on; select pg_reload_conf()";
        missing.push(Missing::new("time to plan", why).remedy(remedy));
    }
    missing
}
