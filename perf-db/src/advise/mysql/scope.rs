/// Schemas of the server itself.
const SYSTEM_SCHEMAS: &str = "('mysql', 'sys', 'performance_schema', 'information_schema')";

/// What is looked at: the database that the address names, or all that are not the server's own.
#[derive(Clone, Debug)]
pub(super) struct Scope(pub(super) Option<String>);

impl Scope {
    /// A condition on the column that holds the schema, for the parameters of
    /// [`parameters`](Self::parameters).
    pub(super) fn condition(&self, column: &str) -> String {
        match self.0 {
            Some(_) => format!("{column} = ?"),
            None => format!("{column} not in {SYSTEM_SCHEMAS}"),
        }
    }

    /// As [`condition`](Self::condition) on the digests. A statement that was sent without a default
    /// schema has none; what asks about the server itself is left out of those.
    pub(super) fn of_digests(&self) -> String {
        match self.0 {
            Some(_) => self.condition("schema_name"),
            None => format!(
                "({} or schema_name is null and locate('_schema', digest_text) = 0)",
                self.condition("schema_name")
            ),
        }
    }

    pub(super) fn parameters(&self) -> Vec<mysql_async::Value> {
        self.0.iter().map(|name| name.as_str().into()).collect()
    }

    /// In words.
    pub(super) fn words(&self) -> String {
        match &self.0 {
            Some(name) => format!("the database {}", quoted(name)),
            None => "this server".to_owned(),
        }
    }

    /// As the object of a `grant`.
    pub(super) fn granted(&self) -> String {
        self.0.as_ref().map_or_else(|| "*.*".to_owned(), |name| format!("{}.*", quoted(name)))
    }
}

/// A name as an identifier of MySQL.
pub(super) fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}
