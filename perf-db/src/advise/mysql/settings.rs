use std::collections::HashMap;

use super::question::{Asker, Refusal, text};

/// The settings and counters of the server that the rules go by.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings(HashMap<String, String>);

const VARIABLES: &str = "show global variables where variable_name in \
    ('innodb_buffer_pool_size', 'tmp_table_size', 'max_heap_table_size', 'slow_query_log', \
     'max_connections', 'internal_tmp_mem_storage_engine', 'temptable_max_ram')";

const STATUS: &str = "show global status where variable_name in \
    ('Innodb_buffer_pool_read_requests', 'Innodb_buffer_pool_reads', 'Created_tmp_tables', \
     'Created_tmp_disk_tables', 'Max_used_connections')";

impl Settings {
    pub(super) async fn load(asker: &mut Asker<'_>) -> Result<Self, Refusal> {
        let mut all = HashMap::new();
        for question in [VARIABLES, STATUS] {
            for row in asker.rows(question, Vec::new()).await? {
                if let (Some(name), Some(value)) = (text(&row, 0), text(&row, 1)) {
                    all.insert(name.to_ascii_lowercase(), value);
                }
            }
        }
        Ok(Self(all))
    }

    #[cfg(test)]
    pub(super) fn of(values: &[(&str, &str)]) -> Self {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self(values.collect())
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.0.get(name)?.parse().ok()
    }

    pub(super) fn is_off(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| value.eq_ignore_ascii_case("OFF") || value == "0")
    }

    pub(super) fn is(&self, name: &str, value: &str) -> bool {
        self.0.get(name).is_some_and(|found| found.eq_ignore_ascii_case(value))
    }
}
