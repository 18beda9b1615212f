use perf_core::Finding;
use perf_core::finding::{FindingKind, Severity};
use perf_core::time::Duration;
use perf_core::units;

use super::horizon::Horizon;
use super::load::{count, seconds};
use crate::advise::schema::written;
use crate::advise::settings::Quantity;
use crate::error::DbError;
use crate::executor::Executor;
use crate::transaction::Transaction;

/// A table with dead rows.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct DeadRows {
    /// The schema that it is in.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Rows, as the planner counts on.
    pub rows: f64,
    /// Dead rows.
    pub dead: u64,
    /// Dead rows at which autovacuum should come: by the table's own settings, else the server's.
    pub threshold: f64,
    /// Whether autovacuum is on for it.
    pub is_enabled: bool,
    /// Whether a vacuum is at it now.
    pub is_running: bool,
    /// How long ago it was vacuumed; `None` for never.
    pub vacuumed_ago: Option<Duration>,
}

/// Fewer dead rows cost nobody anything. The size from which pghero minds a table.
const LEAST_DEAD: i64 = 10_000;

/// Past the threshold the next round should come; at twice of it one was late. Own choice.
const LATE: f64 = 2.0;

/// The limit of 18 is not there before.
const THRESHOLDS: &str = own!(
    "\
    select current_setting('autovacuum') as enabled, \
        current_setting('autovacuum_vacuum_threshold') as base, \
        current_setting('autovacuum_vacuum_scale_factor') as scale, \
        current_setting('autovacuum_vacuum_max_threshold', true) as most"
);

const TABLES: &str = own!(
    "\
    select n.nspname::text as schema, c.relname::text as name, c.reltuples::float8 as rows, \
        s.n_dead_tup as dead, coalesce(c.reloptions, '{}') as options, \
        exists (select from pg_catalog.pg_stat_progress_vacuum p where p.relid = c.oid) as is_running, \
        extract(epoch from now() - greatest(s.last_vacuum, s.last_autovacuum))::float8 as vacuumed_ago \
    from pg_catalog.pg_stat_user_tables s join pg_catalog.pg_class c on c.oid = s.relid \
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
    where s.n_dead_tup >= $1 and c.relpersistence <> 't' order by s.n_dead_tup desc, name limit 1000"
);

/// What says when autovacuum comes.
#[derive(Clone, Copy, Debug)]
struct Threshold {
    is_enabled: bool,
    base: f64,
    scale: f64,
    most: Option<f64>,
}

pub(super) async fn read(look: &Transaction) -> Result<Vec<DeadRows>, DbError> {
    let row = look.query_one(THRESHOLDS, &[]).await?;
    let server = Threshold {
        is_enabled: row.try_get::<_, &str>("enabled")? == "on",
        base: number(row.try_get("base")?).unwrap_or(50.0),
        scale: number(row.try_get("scale")?).unwrap_or(0.2),
        most: row.try_get::<_, Option<&str>>("most")?.and_then(number),
    };
    let mut tables = Vec::new();
    for row in look.query(TABLES, &[&LEAST_DEAD]).await? {
        // -1 before the first analyze.
        let rows = row.try_get::<_, f64>("rows")?.max(0.0);
        let threshold = server.of_table(&row.try_get::<_, Vec<String>>("options")?);
        tables.push(DeadRows {
            schema: row.try_get("schema")?,
            name: row.try_get("name")?,
            rows,
            dead: count(&row, "dead")?,
            threshold: threshold.rows(rows),
            is_enabled: threshold.is_enabled,
            is_running: row.try_get("is_running")?,
            vacuumed_ago: seconds(&row, "vacuumed_ago")?,
        });
    }
    Ok(tables)
}

fn number(text: &str) -> Option<f64> {
    match Quantity::parse(text, None)? {
        Quantity::Number(number) => Some(number),
        _ => None,
    }
}

impl Threshold {
    /// With the table's own options, as `autovacuum_vacuum_scale_factor=0.01`, in the place of the
    /// server's.
    fn of_table(mut self, options: &[String]) -> Self {
        for option in options {
            let Some((name, value)) = option.split_once('=') else { continue };
            match name {
                "autovacuum_enabled" => {
                    let is_off = ["off", "false", "no", "0", "f", "n"].contains(&value);
                    self.is_enabled &= !is_off;
                }
                "autovacuum_vacuum_threshold" => self.base = number(value).unwrap_or(self.base),
                "autovacuum_vacuum_scale_factor" => {
                    self.scale = number(value).unwrap_or(self.scale);
                }
                "autovacuum_vacuum_max_threshold" => self.most = number(value).or(self.most),
                _ => {}
            }
        }
        self
    }

    fn rows(self, rows: f64) -> f64 {
        let threshold = self.base + self.scale * rows;
        match self.most {
            Some(most) if most >= 0.0 => threshold.min(most),
            _ => threshold,
        }
    }
}

impl DeadRows {
    pub(super) fn finding(&self, horizon: Option<&Horizon>) -> Option<Finding> {
        let dead = self.dead as f64;
        if dead <= self.threshold || self.is_running {
            return None;
        }
        let is_late = dead > self.threshold * LATE || !self.is_enabled;
        let Self { schema, name, .. } = self;
        let table = format!("{}.{}", written(schema), written(name));
        let key = format!("{schema}.{name}");
        let mut finding = Finding::new(FindingKind::AutovacuumLag, key, format!("table {table}"))
            .severity(if is_late { Severity::Warning } else { Severity::Info })
            .evidence("dead rows", units::count(self.dead))
            .evidence("autovacuum should come at", units::count(self.threshold as u64))
            .evidence(
                "vacuumed",
                self.vacuumed_ago
                    .map_or("never".to_owned(), |ago| format!("{} ago", units::duration(ago))),
            );
        if let Some(horizon) = horizon {
            finding = finding.evidence("held back by", horizon.to_string());
        }
        Some(if self.is_enabled {
            let advice = "vacuum it, and let autovacuum come earlier or work faster: lower its \
                          autovacuum_vacuum_scale_factor, raise autovacuum_vacuum_cost_limit";
            finding.advice(advice).code(format!("vacuum (analyze) {table};"))
        } else {
            let advice = "turn autovacuum on again: nothing else clears its dead rows away";
            finding.advice(advice).code(format!("alter table {table} reset (autovacuum_enabled);"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tables_own_options_stand_in_the_place_of_the_servers() {
        let server =
            Threshold { is_enabled: true, base: 50.0, scale: 0.2, most: Some(1_000_000.0) };
        let of = |options: &[&str], rows| {
            let options: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
            let table = server.of_table(&options);
            (table.rows(rows), table.is_enabled)
        };
        assert_eq!(of(&[], 1_000.0), (250.0, true));
        assert_eq!(of(&[], 1e9), (1_000_000.0, true));
        assert_eq!(of(&["autovacuum_vacuum_scale_factor=0.01"], 1_000.0), (60.0, true));
        assert_eq!(of(&["autovacuum_vacuum_threshold=5", "fillfactor=70"], 0.0), (5.0, true));
        // -1 for no limit.
        assert_eq!(of(&["autovacuum_vacuum_max_threshold=-1"], 1e7), (2_000_050.0, true));
        assert_eq!(of(&["autovacuum_enabled=false"], 0.0), (50.0, false));
        assert_eq!(of(&["autovacuum_enabled=on", "odd", "=", "a=b=c"], 0.0), (50.0, true));
        assert_eq!(of(&["autovacuum_vacuum_threshold=many"], 0.0), (50.0, true));
    }
}
