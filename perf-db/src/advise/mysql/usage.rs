use std::collections::{HashMap, HashSet};

use super::indexes::MOST_PARTS;
use super::question::{Asker, Refusal, number, text};
use super::scope::Scope;
use super::server::MysqlServer;

/// How often indexes were used.
#[derive(Debug)]
pub(super) struct Usage {
    pub(super) by_index: HashMap<[String; 3], u64>,
    /// Tables of which something was read.
    pub(super) tables: HashSet<[String; 2]>,
    /// Whether the server counts it at all.
    pub(super) is_counting: bool,
}

impl Usage {
    pub(super) async fn load(
        asker: &mut Asker<'_>,
        scope: &Scope,
        server: &MysqlServer,
    ) -> Result<Self, Refusal> {
        let mut usage = Self {
            by_index: HashMap::new(),
            tables: HashSet::new(),
            is_counting: server.has_performance_schema,
        };
        if !server.has_performance_schema {
            return Ok(usage);
        }
        let instrument = "select count(*) from performance_schema.setup_instruments \
                          where name = 'wait/io/table/sql/handler' and enabled = 'YES'";
        usage.is_counting = number(&asker.row(instrument, Vec::new()).await?, 0) == 1;
        let counts = format!(
            "select object_schema, object_name, index_name, count_star, count_read \
             from performance_schema.table_io_waits_summary_by_index_usage \
             where object_type = 'TABLE' and {} limit {MOST_PARTS}",
            scope.condition("object_schema")
        );
        for row in asker.rows(&counts, scope.parameters()).await? {
            let [schema, table, index] = [0, 1, 2].map(|place| text(&row, place));
            let (Some(schema), Some(table)) = (schema, table) else { continue };
            if number(&row, 4) > 0 {
                usage.tables.insert([schema.clone(), table.clone()]);
            }
            if let Some(index) = index {
                usage.by_index.insert([schema, table, index], number(&row, 3));
            }
        }
        Ok(usage)
    }
}
