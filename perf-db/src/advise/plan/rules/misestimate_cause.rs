use perf_core::finding::Finding;
use perf_core::units;

use super::table::NodeTable;
use crate::advise::plan::{Expression, Node};
use crate::advise::schema::{Column, Table, cut, written};

/// As autovacuum has it (`autovacuum_analyze_scale_factor`): the share of changed rows from which
/// statistics are old.
const OLD_SHARE: f64 = 0.10;

/// Columns that extended statistics can be about, at most.
const MOST_COLUMNS: usize = 8;

/// Of a name made of others. The server would cut a longer one than 63 bytes.
const MOST_NAME_BYTES: usize = 60;

/// Why the planner was wrong about a node's rows, as far as it can be told.
#[derive(Clone, Debug)]
pub(super) enum Cause<'a> {
    /// Nobody has counted the table's rows since they changed.
    Stale { table: &'a Table },
    /// Values of several columns go together, which the planner does not know.
    Correlated { table: &'a Table, columns: Vec<&'a Column>, are_equal: bool },
    /// Nothing is known of the table but its name.
    Table { written: String },
    /// Two inputs that are not independent of each other, or groups.
    Join,
}

impl<'a> Cause<'a> {
    pub(super) fn of(node: &Node, table: Option<NodeTable<'a>>) -> Self {
        let Some(of_node) = table else { return Self::Join };
        let Some(table) = of_node.table else { return Self::Table { written: of_node.written() } };
        if is_stale(table) {
            return Self::Stale { table };
        }
        let columns = columns_of_conditions(node, table);
        match columns.len() {
            2..=MOST_COLUMNS => {
                let are_equal = are_equal(&texts_of_conditions(node));
                Self::Correlated { table, columns, are_equal }
            }
            _ => Self::Table { written: of_node.written() },
        }
    }

    pub(super) fn advised(self, finding: Finding) -> Finding {
        match self {
            Self::Stale { table } => {
                let changed = units::count(table.activity.changed_since_analyze);
                let analyzed = table
                    .activity
                    .analyzed_ago
                    .map_or("never".to_owned(), |ago| format!("{} ago", units::duration(ago)));
                finding
                    .evidence("cause", "the table's statistics are old or missing")
                    .evidence("rows changed since", changed)
                    .evidence("analyzed", analyzed)
                    .advice("analyze the table, and have autovacuum do it sooner")
                    .code(format!("analyze {}", table.written()))
            }
            Self::Correlated { table, columns, are_equal } => {
                let names: Vec<_> = columns.iter().map(|column| written(&column.name)).collect();
                let name = columns.iter().map(|column| &*column.name).collect::<Vec<_>>().join("_");
                let name =
                    written(cut(&format!("{}_{name}", table.name), MOST_NAME_BYTES)).into_owned();
                finding
                    .evidence("cause", "its columns depend on each other")
                    .advice(
                        "tell the planner that the columns go together, by statistics about all of \
                         them",
                    )
                    .code(format!(
                        "create statistics {schema}.{name}{kinds} on {} from {table}; analyze {table}",
                        names.join(", "),
                        schema = written(&table.schema),
                        // Where there are many pairs of values, a list of the common ones stands
                        // in the way of dependencies, which hold for all; they are for equality.
                        kinds = if are_equal { " (dependencies)" } else { "" },
                        table = table.written(),
                    ))
            }
            Self::Table { written } => finding
                .advice(
                    "analyze the table; where that does not help, raise the column's statistics \
                     target, or create statistics on the expression of the condition",
                )
                .code(format!("analyze {written}")),
            Self::Join => finding.advice(
                "analyze the tables below; where that does not help, filter before the join, or \
                 create statistics on the columns that are joined or grouped by",
            ),
        }
    }
}

fn is_stale(table: &Table) -> bool {
    let activity = &table.activity;
    let never = table.rows.is_none() || table.columns.iter().all(|it| it.statistics.is_none());
    let rows = table.rows.unwrap_or(0.0).max(activity.live_rows as f64);
    never || activity.changed_since_analyze as f64 >= OLD_SHARE * rows.max(1.0)
}

/// The columns of the table that the node's conditions name.
fn columns_of_conditions<'a>(node: &Node, table: &'a Table) -> Vec<&'a Column> {
    let texts = texts_of_conditions(node);
    let is_named = |column: &&Column| {
        let name = written(&column.name);
        texts.iter().any(|text| has_word(text, &name))
    };
    table.columns.iter().filter(is_named).collect()
}

fn texts_of_conditions(node: &Node) -> Vec<String> {
    let conditions = &node.conditions;
    let all = [&conditions.filter, &conditions.index, &conditions.recheck];
    all.into_iter().flatten().map(Expression::text).collect()
}

/// Whether the conditions ask for equality only.
fn are_equal(texts: &[String]) -> bool {
    const OTHERWISE: [&str; 6] = ["<", ">", "~", " is ", " or ", "not "];
    !texts.iter().any(|text| OTHERWISE.iter().any(|operator| text.contains(operator)))
}

fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '"';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        // A cast names a type, which may have the name of a column.
        !before.is_some_and(|c| is_part(c) || c == ':')
            && !after.is_some_and(|c| is_part(c) || c == '(')
    })
}
