use crate::fence::{Pattern, TagId};

/// What everything is called in Redis: values `{prefix}:{key}`, all else `@{prefix}:…`.
#[derive(Debug)]
pub(super) struct Names {
    prefix: String,
    channel: String,
    world: String,
}

impl Names {
    /// The channel has the database in its name, because Redis tells its channels to all of them.
    pub(super) fn new(prefix: &str, database: i64) -> Self {
        Self {
            prefix: prefix.to_owned(),
            channel: format!("@{prefix}:notices:{database}"),
            world: format!("@{prefix}:world"),
        }
    }

    pub(super) fn value(&self, key: &str) -> String {
        let mut name = String::with_capacity(self.prefix.len() + 1 + key.len());
        self.write_value(key, &mut name);
        name
    }

    /// The same in place of what `name` was, for many keys one after the other.
    pub(super) fn write_value(&self, key: &str, name: &mut String) {
        name.clear();
        name.push_str(&self.prefix);
        name.push(':');
        name.push_str(key);
    }

    /// What the names of all values begin with.
    pub(super) fn values(&self) -> String {
        self.value("")
    }

    /// The key of a value; `None` for what is not one of ours.
    pub(super) fn key<'a>(&self, name: &'a [u8]) -> Option<&'a str> {
        let key = name.strip_prefix(self.prefix.as_bytes())?.strip_prefix(b":")?;
        str::from_utf8(key).ok()
    }

    pub(super) fn tag(&self, tag: TagId) -> String {
        format!("@{}:tag:{:016x}", self.prefix, tag.0)
    }

    pub(super) fn channel(&self) -> &str {
        &self.channel
    }

    pub(super) fn world(&self) -> &str {
        &self.world
    }

    pub(super) fn hottest(&self) -> String {
        format!("@{}:hottest", self.prefix)
    }

    /// A key that is written to see whether one can be.
    pub(super) fn probe(&self) -> String {
        format!("@{}:probe", self.prefix)
    }

    /// The glob for the names of all values whose key matches `pattern`.
    pub(super) fn matching(&self, pattern: &str) -> String {
        let mut glob = String::with_capacity(self.prefix.len() + 1 + pattern.len());
        glob.push_str(&Pattern::escape(&self.prefix));
        glob.push(':');
        glob.push_str(pattern);
        glob
    }
}
