use super::{Column, ProductionStatistics, Relation};
use crate::advise::Missing;
use crate::db::Db;
use crate::error::{DbError, Reason};
use crate::executor::Executor;

/// The first version in which who owns a table can write its statistics (release notes of
/// PostgreSQL 18).
const HAS_RESTORE: i32 = 180_000;

/// What became of [`ProductionStatistics::load`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
#[must_use = "what is missing is planned by the test's own statistics"]
pub struct Loaded {
    /// Tables, materialized views and indexes that were given statistics.
    pub relations: usize,
    /// Columns that were given statistics.
    pub columns: usize,
    /// What could not be given: relations that are not there, those without a single row, columns
    /// with values that the test's types do not take.
    pub missing: Vec<Missing>,
}

const HERE: &str = own!(
    "select current_setting('server_version_num')::int, \
        (select rolsuper from pg_roles where rolname = current_user)"
);

/// Its pages are those that it has here: the planner multiplies the rows of a page by them.
const RELATION: &str = own!(
    "select c.oid, (pg_relation_size(c.oid) \
        / current_setting('block_size')::int8)::int4, c.relkind in ('p', 'I') \
        from pg_class c join pg_namespace n on n.oid = c.relnamespace \
        where n.nspname = $1::text and c.relname = $2::text"
);

const RESTORE_RELATION: &str = own!(
    "select pg_restore_relation_stats('schemaname', $1::text, \
        'relname', $2::text, 'relpages', $3::int4, 'reltuples', $4::float8::real, \
        'relallvisible', $5::int4)"
);

const UPDATE_RELATION: &str = own!(
    "update pg_class set relpages = $2, reltuples = $3::float8, \
        relallvisible = $4 where oid = $1"
);

/// The columns as JSON: names are those of [`Column`].
macro_rules! columns {
    ($json:literal) => {
        concat!(
            "jsonb_to_recordset(",
            $json,
            "::text::jsonb) as c(name text, inherited bool, null_share real, width int, \
             \"distinct\" real, correlation real, common_values text, common_shares real[], \
             histogram text) "
        )
    };
}

/// What is not given would stay as it was, and mix with what is.
const CLEAR_COLUMNS: &str = own!(
    "select pg_clear_attribute_stats($1::text, $2::text, c.name, c.inherited) from ",
    columns!("$3"),
    "join pg_attribute a on a.attrelid = $4::oid and a.attname = c.name and not a.attisdropped"
);

/// What does not fit gives a warning of the server's, and false.
const RESTORE_COLUMNS: &str = own!(
    "select count(*) filter (where restored) from (select pg_restore_attribute_stats( \
     'schemaname', $1::text, 'relname', $2::text, 'attname', c.name, 'inherited', c.inherited, \
     'null_frac', c.null_share, 'avg_width', c.width, 'n_distinct', c.\"distinct\", \
     'most_common_vals', c.common_values, 'most_common_freqs', c.common_shares, \
     'histogram_bounds', c.histogram, 'correlation', c.correlation) as restored from ",
    columns!("$3"),
    "join pg_attribute a on a.attrelid = $4::oid and a.attname = c.name and not a.attisdropped \
     offset 0) as columns"
);

/// As `analyze` writes them (src/backend/commands/analyze.c): most common values, histogram and
/// correlation, with the operators of the type's default btree class. `array_in` makes an array of
/// any type, which no cast does.
const INSERT_COLUMNS: &str = own!(
    "with given as (select a.attnum, a.atttypid, a.attcollation, c.*, eq.amopopr as eq, \
     lt.amopopr as lt from ",
    columns!("$2"),
    "join pg_attribute a on a.attrelid = $1 and a.attname = c.name and not a.attisdropped \
     join pg_type t on t.oid = a.atttypid \
     left join lateral (select k.opcfamily, k.opcintype from pg_opclass k \
        where k.opcmethod = (select oid from pg_am where amname = 'btree') and k.opcdefault \
        and k.opcintype in (t.oid, t.typbasetype, \
            (select castsource from (select p.casttarget as castsource from pg_cast p \
             where p.castsource = t.oid and p.castmethod = 'b' and p.castcontext = 'i' \
             and p.casttarget = 'text'::regtype) as coerced), \
            case when t.typtype = 'e' then 'anyenum'::regtype \
                 when t.typtype = 'r' then 'anyrange'::regtype \
                 when t.typcategory = 'A' then 'anyarray'::regtype end) \
        order by k.opcintype = t.oid desc limit 1) as k on true \
     left join pg_amop eq on eq.amopfamily = k.opcfamily and eq.amopstrategy = 3 \
        and eq.amoplefttype = k.opcintype and eq.amoprighttype = k.opcintype \
     left join pg_amop lt on lt.amopfamily = k.opcfamily and lt.amopstrategy = 1 \
        and lt.amoplefttype = k.opcintype and lt.amoprighttype = k.opcintype), \
     gone as (delete from pg_statistic s using given g where s.starelid = $1 \
        and s.staattnum = g.attnum and s.stainherit = g.inherited returning s.starelid), \
     written as (insert into pg_statistic (starelid, staattnum, stainherit, stanullfrac, \
        stawidth, stadistinct, stakind1, stakind2, stakind3, stakind4, stakind5, staop1, staop2, \
        staop3, staop4, staop5, stacoll1, stacoll2, stacoll3, stacoll4, stacoll5, stanumbers1, \
        stanumbers3, stavalues1, stavalues2) \
     select $1, attnum, inherited, null_share, width, \"distinct\", \
        case when eq is not null and common_values is not null then 1 else 0 end, \
        case when lt is not null and histogram is not null then 2 else 0 end, \
        case when lt is not null and correlation is not null then 3 else 0 end, 0, 0, \
        coalesce(eq, 0), coalesce(lt, 0), coalesce(lt, 0), 0, 0, \
        attcollation, attcollation, attcollation, 0, 0, \
        common_shares, case when correlation is not null then array[correlation] end, \
        array_in(textout(common_values), atttypid, -1), array_in(textout(histogram), atttypid, -1) \
     from given where (select count(*) from gone) >= 0 returning 1) \
     select count(*) from written"
);

impl ProductionStatistics {
    /// Gives them to the relations of the same names. What was loaded before is replaced; a part that
    /// does not fit is left out and named.
    ///
    /// From PostgreSQL 18 on who owns the tables can do that. Before, only a superuser can, by
    /// writing into the catalog itself: for the private server of a test, and never for another.
    ///
    /// # Errors
    /// When the user has no right to, or no connection is to be had.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the relations loaded that were reached.
    ///
    /// # Cost
    /// Three or four statements for each relation.
    pub async fn load(&self, to: &Db) -> Result<Loaded, DbError> {
        let here = to.query_one(HERE, &[]).await?;
        let (version, is_superuser): (i32, bool) = (here.try_get(0)?, here.try_get(1)?);
        if version < HAS_RESTORE && !is_superuser {
            let sentence = "before PostgreSQL 18 only a superuser can load statistics: give the \
                            test a private server, or a user of it that is superuser";
            return Err(Reason::Statistics { sentence }.into());
        }
        let mut loaded = Loaded::default();
        for relation in &self.relations {
            relation.load(to, version >= HAS_RESTORE, &mut loaded).await?;
        }
        Ok(loaded)
    }
}

impl Relation {
    async fn load(&self, to: &Db, by_function: bool, loaded: &mut Loaded) -> Result<(), DbError> {
        let Self { schema, name, rows, .. } = self;
        let mut misses = |why: String| {
            loaded.missing.push(Missing::new("statistics of production", why));
        };
        let Some(here) = to.query_opt(RELATION, &[schema, name]).await? else {
            misses(format!("{schema}.{name} is not there: migrate the test database"));
            return Ok(());
        };
        let (oid, pages, has_parts): (u32, i32, bool) =
            (here.try_get(0)?, here.try_get(1)?, here.try_get(2)?);
        if pages == 0 && !has_parts && *rows > 0.0 {
            misses(format!(
                "{schema}.{name} is empty here, and for an empty table the planner expects no rows \
                 whatever the statistics say: put a row into it, and load again"
            ));
        }
        let visible = f64::from(self.all_visible) / f64::from(self.pages.max(1));
        let visible = (visible.clamp(0.0, 1.0) * f64::from(pages)).round() as i32;
        if by_function {
            to.query(RESTORE_RELATION, &[schema, name, &pages, rows, &visible]).await?;
        } else {
            to.execute(UPDATE_RELATION, &[&oid, &pages, rows, &visible]).await?;
        }
        loaded.relations += 1;
        self.load_columns(to, by_function, oid, loaded).await
    }

    async fn load_columns(
        &self,
        to: &Db,
        by_function: bool,
        oid: u32,
        loaded: &mut Loaded,
    ) -> Result<(), DbError> {
        if self.columns.is_empty() {
            return Ok(());
        }
        let written = self.write(to, by_function, oid, &self.columns).await;
        let written = match written {
            Err(error) if error.code().is_some() && !error.is_connection() => {
                let why = format!(
                    "the columns of {}.{} have other types here than in production, so that its \
                     values are left out: migrate the test database",
                    self.schema, self.name
                );
                loaded.missing.push(Missing::new("values of production", why));
                let columns: Vec<Column> =
                    self.columns.iter().map(Column::without_values).collect();
                self.write(to, by_function, oid, &columns).await?
            }
            written => written?,
        };
        if written < self.columns.len() {
            let why = format!(
                "{} of {} columns of {}.{} are not there or have other types: migrate the test \
                 database",
                self.columns.len() - written,
                self.columns.len(),
                self.schema,
                self.name
            );
            loaded.missing.push(Missing::new("statistics of production", why));
        }
        loaded.columns += written;
        Ok(())
    }

    async fn write(
        &self,
        to: &Db,
        by_function: bool,
        oid: u32,
        columns: &[Column],
    ) -> Result<usize, DbError> {
        let json = serde_json::to_string(columns).unwrap_or_default();
        let row = if by_function {
            let Self { schema, name, .. } = self;
            to.query(CLEAR_COLUMNS, &[schema, name, &json, &oid]).await?;
            to.query_one(RESTORE_COLUMNS, &[schema, name, &json, &oid]).await?
        } else {
            to.query_one(INSERT_COLUMNS, &[&oid, &json]).await?
        };
        Ok(usize::try_from(row.try_get::<_, i64>(0)?).unwrap_or(0))
    }
}
