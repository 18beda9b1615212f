use std::fmt;

/// The enum and the server's names from one list.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal,)*) => {
        /// What a [`Node`](super::Node) does.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum NodeKind {
            $($(#[$doc])* $kind,)*
            /// A node that this version does not know, by the server's name.
            Other(Box<str>),
        }

        impl NodeKind {
            /// By the server's name: `Seq Scan`.
            pub(crate) fn of(name: &str) -> Self {
                match name {
                    $($name => Self::$kind,)*
                    other => Self::Other(other.into()),
                }
            }

            /// The server's name: `Seq Scan`.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$kind => $name,)*
                    Self::Other(name) => name,
                }
            }
        }
    };
}

kinds! {
    /// Reads a table from end to end.
    SeqScan = "Seq Scan",
    /// Reads a sample of a table.
    SampleScan = "Sample Scan",
    /// Finds rows by an index.
    IndexScan = "Index Scan",
    /// Answers from an index alone.
    IndexOnlyScan = "Index Only Scan",
    /// Collects the places of rows from an index.
    BitmapIndexScan = "Bitmap Index Scan",
    /// Reads the rows at collected places.
    BitmapHeapScan = "Bitmap Heap Scan",
    /// Places that are in all of several bitmaps.
    BitmapAnd = "BitmapAnd",
    /// Places that are in one of several bitmaps.
    BitmapOr = "BitmapOr",
    /// Reads rows by their places.
    TidScan = "Tid Scan",
    /// Reads the rows between two places.
    TidRangeScan = "Tid Range Scan",
    /// Reads the rows of a subquery.
    SubqueryScan = "Subquery Scan",
    /// Reads the rows of a function.
    FunctionScan = "Function Scan",
    /// Reads `xmltable` or `json_table`.
    TableFunctionScan = "Table Function Scan",
    /// Reads a list of `values`.
    ValuesScan = "Values Scan",
    /// Reads the rows of a `with` query.
    CteScan = "CTE Scan",
    /// Reads the rows of the last round of a recursive query.
    WorkTableScan = "WorkTable Scan",
    /// Reads the rows that a trigger is for.
    NamedTuplestoreScan = "Named Tuplestore Scan",
    /// Reads a table of another server.
    ForeignScan = "Foreign Scan",
    /// Something of an extension.
    CustomScan = "Custom Scan",
    /// Reads the inner side once for each row of the outer one.
    NestedLoop = "Nested Loop",
    /// Joins two sorted sides.
    MergeJoin = "Merge Join",
    /// Joins by a hash of the inner side.
    HashJoin = "Hash Join",
    /// Makes the hash of a [`HashJoin`](Self::HashJoin).
    Hash = "Hash",
    /// Sorts.
    Sort = "Sort",
    /// Sorts what is in order by its first keys.
    IncrementalSort = "Incremental Sort",
    /// Groups sorted rows.
    Group = "Group",
    /// Computes aggregates: see [`Node::strategy`](super::Node::strategy).
    Aggregate = "Aggregate",
    /// Computes window functions.
    WindowAgg = "WindowAgg",
    /// Drops equal neighbours.
    Unique = "Unique",
    /// `intersect` or `except`.
    SetOp = "SetOp",
    /// Ends after some rows.
    Limit = "Limit",
    /// Locks rows.
    LockRows = "LockRows",
    /// Keeps rows to be read again.
    Materialize = "Materialize",
    /// Keeps the rows of the last keys.
    Memoize = "Memoize",
    /// One input behind the other.
    Append = "Append",
    /// Sorted inputs as one.
    MergeAppend = "Merge Append",
    /// A recursive query.
    RecursiveUnion = "Recursive Union",
    /// Collects the rows of parallel workers.
    Gather = "Gather",
    /// Collects the sorted rows of parallel workers.
    GatherMerge = "Gather Merge",
    /// Inserts, updates, deletes or merges.
    ModifyTable = "ModifyTable",
    /// A row that no table is read for.
    Result = "Result",
    /// Functions that give several rows.
    ProjectSet = "ProjectSet",
}

impl NodeKind {
    /// Whether it reads rows of a table.
    pub fn is_table_scan(&self) -> bool {
        matches!(
            self,
            Self::SeqScan
                | Self::SampleScan
                | Self::IndexScan
                | Self::IndexOnlyScan
                | Self::BitmapHeapScan
                | Self::TidScan
                | Self::TidRangeScan
        )
    }

    /// Whether it collects rows of parallel workers.
    pub fn is_gather(&self) -> bool {
        matches!(self, Self::Gather | Self::GatherMerge)
    }
}

impl fmt::Display for NodeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
