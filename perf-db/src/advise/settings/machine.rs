use crate::error::{DbError, Reason};

/// What a server runs on and for, as far as its settings follow from it.
///
/// Nothing of this can be asked over SQL, so the caller has to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Machine {
    /// Memory that the server has for itself: that of its container, if it is in one.
    pub memory_bytes: u64,
    /// Processor cores.
    pub cores: u32,
    /// Where its data are.
    pub storage: Storage,
    /// What it is for.
    pub purpose: Purpose,
    /// What it runs on.
    pub platform: Platform,
    /// The major version of PostgreSQL.
    pub version: u32,
    /// Clients at once; `None` for as many as the purpose suggests.
    pub connections: Option<u32>,
    /// How large the data are or become; `None` where nobody knows.
    pub database_bytes: Option<u64>,
}

/// Where a server keeps its data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Storage {
    /// Disks that turn.
    Hdd,
    /// Flash behind SATA, and the volumes of most clouds. The default.
    #[default]
    Ssd,
    /// A storage network.
    San,
    /// Flash on the machine's own bus.
    Nvme,
}

/// What a server is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Purpose {
    /// Short statements of many clients, mostly reads; the data fit into memory. The default.
    #[default]
    Web,
    /// Short statements of many clients, many of them writes; the data are larger than memory.
    Oltp,
    /// Few clients with large reports.
    Warehouse,
    /// A developer's machine, where other programs need the memory.
    Desktop,
    /// Short statements and reports on one server.
    Mixed,
}

/// The system that a server runs on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Platform {
    /// Linux. The default.
    #[default]
    Linux,
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
}

/// Makes a [`Machine`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct MachineBuilder {
    machine: Machine,
}

/// Below this the amount was given in another unit than bytes, or there is no use in a rule.
const LEAST_MEMORY_BYTES: u64 = 64 << 20;

/// `max_connections` cannot be larger (PostgreSQL, `MAX_BACKENDS`).
const MOST_CONNECTIONS: u32 = 262_143;

impl Machine {
    /// A machine with so much memory and so many cores.
    pub fn builder(memory_bytes: u64, cores: u32) -> MachineBuilder {
        let machine = Self {
            memory_bytes,
            cores,
            storage: Storage::default(),
            purpose: Purpose::default(),
            platform: Platform::default(),
            version: 18,
            connections: None,
            database_bytes: None,
        };
        MachineBuilder { machine }
    }

    /// Whether the data fit into memory; `None` where their size is not known.
    pub(super) fn holds_database(&self) -> Option<bool> {
        self.database_bytes.map(|bytes| bytes < self.memory_bytes)
    }

    /// What PostgreSQL 17 and older cannot exceed on Windows, in one piece: a byte counter of 32 bits,
    /// less the megabyte that makes 2 GB too many.
    pub(super) fn most_work_bytes(&self) -> u64 {
        match (self.platform, self.version) {
            (Platform::Windows, ..=17) => (2 << 30) - (1 << 20),
            _ => u64::MAX,
        }
    }
}

impl MachineBuilder {
    /// Where its data are. Defaults to [`Storage::Ssd`].
    pub fn storage(mut self, storage: Storage) -> Self {
        self.machine.storage = storage;
        self
    }

    /// What it is for. Defaults to [`Purpose::Web`].
    pub fn purpose(mut self, purpose: Purpose) -> Self {
        self.machine.purpose = purpose;
        self
    }

    /// What it runs on. Defaults to [`Platform::Linux`].
    pub fn platform(mut self, platform: Platform) -> Self {
        self.machine.platform = platform;
        self
    }

    /// The major version of PostgreSQL. Defaults to 18; a live server tells its own.
    pub fn version(mut self, major: u32) -> Self {
        self.machine.version = major;
        self
    }

    /// Clients at once. Defaults to as many as the purpose suggests.
    pub fn connections(mut self, connections: u32) -> Self {
        self.machine.connections = Some(connections);
        self
    }

    /// How large the data are or become. Defaults to not known.
    pub fn database_bytes(mut self, bytes: u64) -> Self {
        self.machine.database_bytes = Some(bytes);
        self
    }

    /// # Errors
    /// When it has no cores, less than 64 MiB of memory, a version before 13, or no or too many
    /// connections.
    pub fn build(self) -> Result<Machine, DbError> {
        let machine = self.machine;
        let wrong = match &machine {
            Machine { cores: 0, .. } => Some("a database server has one core at least"),
            machine if machine.memory_bytes < LEAST_MEMORY_BYTES => {
                Some("a database server has 64 MiB of memory at least: give it in bytes")
            }
            machine if machine.version < 13 => {
                Some("settings are known for PostgreSQL 13 and later: give the major version")
            }
            machine if machine.connections.is_some_and(|n| n == 0 || n > MOST_CONNECTIONS) => {
                Some("max_connections is between 1 and 262143")
            }
            _ => None,
        };
        match wrong {
            Some(sentence) => Err(Reason::Setting(sentence).into()),
            None => Ok(machine),
        }
    }
}
