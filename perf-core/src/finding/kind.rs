use serde::Serialize;

/// The enum, the two lists and the names from one list.
macro_rules! kinds {
    (
        recorded { $($(#[$recorded_doc:meta])* $recorded:ident = $recorded_name:literal,)* }
        advised { $($(#[$advised_doc:meta])* $advised:ident = $advised_name:literal,)* }
    ) => {
        /// The sorts of trouble that a [`Finding`](super::Finding) can name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum FindingKind {
            $($(#[$recorded_doc])* $recorded,)*
            $($(#[$advised_doc])* $advised,)*
        }

        impl FindingKind {
            /// What a recorder finds in the work of a service.
            pub const RECORDED: &[Self] = &[$(Self::$recorded),*];

            /// What is found at a database server, by perf-db's advisor only.
            pub const ADVISED: &[Self] = &[$(Self::$advised),*];

            /// The name in keys, JSON and reports: `n_plus_one`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$recorded => $recorded_name,)*
                    $(Self::$advised => $advised_name,)*
                }
            }
        }
    };
}

kinds! {
    recorded {
        /// One statement sent again and again by one scope, each time with other parameters.
        NPlusOne = "n_plus_one",
        /// One statement sent again and again by one scope, with the same parameters.
        RepeatedQuery = "repeated_query",
        /// A statement that is slow on the average.
        SlowQuery = "slow_query",
        /// One request to another service sent again and again by one scope.
        NPlusOneCalls = "n_plus_one_calls",
        /// Requests to several services, each sent when the one before had been answered.
        SequentialCalls = "sequential_calls",
        /// A cache that seldom has what it is asked for.
        LowHitRate = "low_hit_rate",
        /// A cache whose hits in Redis take longer than the loads that they spare.
        UselessCache = "useless_cache",
        /// Columns that are fetched and never read.
        OverFetch = "over_fetch",
        /// Pools that together may ask for more connections than their server has.
        PoolSize = "pool_size",
        /// A pool whose callers wait for connections.
        PoolWait = "pool_wait",
        /// A place that holds connections for much longer than it lets statements run.
        LongHold = "long_hold",
        /// A place that leaves transactions open while nothing runs in them.
        IdleInTransaction = "idle_in_transaction",
        /// A Redis behind a cache that, when it is full, refuses writes or evicts what the cache
        /// needs most.
        RedisEvictionPolicy = "redis_eviction_policy",
        /// A Redis behind a cache without a limit, or short of memory.
        RedisMemory = "redis_memory",
        /// A cache whose values expire though they have not changed.
        TtlTooShort = "ttl_too_short",
        /// A cache that serves what has changed, more often the older it is.
        TtlTooLong = "ttl_too_long",
        /// A cache that serves what has changed, however young it is.
        StaleHits = "stale_hits",
        /// Pages in front of which the server reads many rows and throws them away.
        DeepOffset = "deep_offset",
    }
    advised {
        /// A statement that takes a large share of all the server's time.
        HeavyStatement = "heavy_statement",
        /// A statement that is planned for longer than it runs.
        PlanningTime = "planning_time",
        /// A statement that writes temporary files.
        TemporaryFiles = "temporary_files",
        /// A statement that looks at many more rows than it returns.
        RowsExamined = "rows_examined",
        /// A statement of MySQL that reads whole tables.
        FullScan = "full_scan",
        /// A large table read from end to end for few of its rows.
        SeqScan = "seq_scan",
        /// An index that finds many rows which are then thrown away.
        InefficientIndex = "inefficient_index",
        /// A plan made for a number of rows that is far from the true one.
        RowMisestimate = "row_misestimate",
        /// A sort that does not fit into `work_mem`.
        SortOnDisk = "sort_on_disk",
        /// A hash that does not fit into `work_mem`.
        HashOnDisk = "hash_on_disk",
        /// A nested loop that reads much in each of many rounds.
        NestedLoop = "nested_loop",
        /// A bitmap that remembers pages instead of rows, for lack of `work_mem`.
        LossyBitmap = "lossy_bitmap",
        /// An index-only scan that visits the table all the same.
        HeapFetches = "heap_fetches",
        /// An index read in the order of `order by … limit` past rows that do not match.
        OrderByLimit = "order_by_limit",
        /// Parallel workers that were planned and not there.
        WorkersNotLaunched = "workers_not_launched",
        /// A statement that is compiled for longer than it gains.
        JitTime = "jit_time",
        /// A write whose triggers take the time.
        TriggerTime = "trigger_time",
        /// An index that would make recorded statements quicker.
        MissingIndex = "missing_index",
        /// An index that nobody reads.
        UnusedIndex = "unused_index",
        /// An index that is there twice.
        DuplicateIndex = "duplicate_index",
        /// An index whose work another one can do.
        OverlappingIndex = "overlapping_index",
        /// An index that is kept up to date and cannot be read.
        InvalidIndex = "invalid_index",
        /// A foreign key without an index to check it by.
        UnindexedForeignKey = "unindexed_foreign_key",
        /// A foreign key whose type is not that of what it refers to.
        ForeignKeyType = "foreign_key_type",
        /// A large table that is read from end to end often.
        SequentialReads = "sequential_reads",
        /// A table whose statistics are old or missing.
        StaleStatistics = "stale_statistics",
        /// A table or index with much dead space.
        Bloat = "bloat",
        /// A sequence near the end of its column's type.
        SequenceOverflow = "sequence_overflow",
        /// All columns asked for.
        SelectStar = "select_star",
        /// A function or cast around a column, which no index answers.
        FunctionOnColumn = "function_on_column",
        /// A value whose type makes the server convert the column.
        ImplicitConversion = "implicit_conversion",
        /// An `or` over several columns, which one index cannot answer.
        OrAcrossColumns = "or_across_columns",
        /// `not in` over a subquery that may give null.
        NotInNullable = "not_in_nullable",
        /// All rows of a large table counted.
        CountAll = "count_all",
        /// Rows of a large table without a limit.
        MissingLimit = "missing_limit",
        /// A pattern that begins with a wildcard.
        LeadingWildcard = "leading_wildcard",
        /// Rows sorted by chance.
        OrderByRandom = "order_by_random",
        /// Tables joined without a condition.
        JoinWithoutCondition = "join_without_condition",
        /// An `update` or `delete` of all rows.
        WriteWithoutWhere = "write_without_where",
        /// A setting of the server that does not suit it.
        Setting = "setting",
        /// Reads that the server's own cache does not answer.
        BufferHitRate = "buffer_hit_rate",
        /// Transaction numbers that run out.
        Wraparound = "wraparound",
        /// A transaction that has been open for long.
        LongTransaction = "long_transaction",
        /// A statement that waits for a lock of another.
        BlockedStatement = "blocked_statement",
        /// A table with more dead rows than autovacuum should leave.
        AutovacuumLag = "autovacuum_lag",
        /// A replication slot that keeps files that nobody fetches.
        ReplicationSlot = "replication_slot",
        /// A replica that has fallen behind its primary.
        ReplicaLag = "replica_lag",
        /// Connections near the server's limit.
        Connections = "connections",
        /// A dear statement whose answer seldom changes.
        MaterializedView = "materialized_view",
    }
}
