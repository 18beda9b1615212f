use super::scope::quoted;

/// An index with what it is made of, as `information_schema.statistics` tells.
#[derive(Clone, Debug)]
pub(super) struct Index {
    pub(super) schema: String,
    pub(super) table: String,
    pub(super) name: String,
    pub(super) is_unique: bool,
    /// `BTREE`, `HASH`, `FULLTEXT`, …
    pub(super) method: String,
    /// Whether statements are kept from using it: invisible in MySQL, ignored in MariaDB.
    pub(super) is_hidden: bool,
    pub(super) parts: Vec<Part>,
    /// How often it was used since the server started; `None` when that is not known.
    pub(super) uses: Option<u64>,
}

/// A column of an [`Index`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// `None` for an expression.
    pub(super) column: Option<String>,
    /// `A` for from low to high, `D` for from high to low.
    pub(super) order: Option<String>,
    /// How many characters of the column it holds; `None` for all.
    pub(super) length: Option<u64>,
}

impl Index {
    pub(super) fn is_primary(&self) -> bool {
        self.name == "PRIMARY"
    }

    pub(super) fn table_name(&self) -> String {
        format!("{}.{}", self.schema, self.table)
    }

    /// What names it in a key.
    pub(super) fn which(&self) -> String {
        format!("{}.{}.{}", self.schema, self.table, self.name)
    }

    /// In words.
    pub(super) fn subject(&self) -> String {
        let columns: Vec<String> = self.parts.iter().map(Part::words).collect();
        format!("index {} on {} ({})", self.name, self.table_name(), columns.join(", "))
    }

    pub(super) fn alter(&self) -> String {
        format!("alter table {}.{} ", quoted(&self.schema), quoted(&self.table))
    }

    pub(super) fn drop(&self) -> String {
        format!("{}drop index {};", self.alter(), quoted(&self.name))
    }
}

impl Part {
    fn words(&self) -> String {
        let column = self.column.as_deref().unwrap_or("an expression");
        match self.length {
            Some(length) => format!("{column}({length})"),
            None => column.to_owned(),
        }
    }
}

#[cfg(test)]
impl Index {
    /// One that is neither unique nor hidden.
    pub(super) fn of(schema: &str, table: &str, name: &str, columns: &[&str]) -> Self {
        let part = |column: &&str| Part {
            column: Some((*column).to_owned()),
            order: Some("A".to_owned()),
            length: None,
        };
        Self {
            schema: schema.to_owned(),
            table: table.to_owned(),
            name: name.to_owned(),
            is_unique: false,
            method: "BTREE".to_owned(),
            is_hidden: false,
            parts: columns.iter().map(part).collect(),
            uses: None,
        }
    }
}
