//! Sizes of types by their names, as the compiler gives them. They are not guaranteed to stay as they
//! are; a name that is not known costs exactness and nothing else, and the tests would tell.

/// Size and alignment of a type, and what its values may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) size: usize,
    pub(super) align: usize,
    /// Whether an `Option` of it needs no room for its own.
    niche: bool,
    /// Whether it holds nothing besides itself.
    pub(super) flat: bool,
}

const WORD: usize = size_of::<usize>();

impl Layout {
    const fn number(size: usize) -> Self {
        Self { size, align: size, niche: false, flat: true }
    }

    const fn owner(size: usize) -> Self {
        Self { size, align: WORD, niche: true, flat: false }
    }

    /// `None` for a name that is not known.
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "u8" | "i8" | "()" => Self::number(if name == "()" { 0 } else { 1 }).aligned(1),
            "bool" => Self { niche: true, ..Self::number(1) },
            "u16" | "i16" => Self::number(2),
            "u32" | "i32" | "f32" => Self::number(4),
            "char" => Self { niche: true, ..Self::number(4) },
            "u64" | "i64" | "f64" => Self::number(8),
            "usize" | "isize" => Self::number(WORD),
            "u128" | "i128" => Self::number(16),
            "alloc::string::String" => Self::owner(size_of::<String>()),
            "core::time::Duration" | "std::time::SystemTime" => {
                Self { align: 8, niche: true, ..Self::number(16) }
            }
            "serde_json::value::Value" => Self::owner(32),
            _ => return Self::of_composed(name),
        })
    }

    fn of_composed(name: &str) -> Option<Self> {
        if let Some(inner) = argument(name, "core::option::Option<") {
            let inner = Self::of(inner)?;
            return Some(if inner.niche { Self { niche: false, ..inner } } else { inner.tagged() });
        }
        if let Some((inner, _)) = pointer(name) {
            let fat = inner == "str" || (inner.starts_with('[') && !inner.contains("; "));
            return Some(Self::owner(if fat { 2 * WORD } else { WORD }));
        }
        if let Some(inner) = name.strip_prefix('(').and_then(|name| name.strip_suffix(')')) {
            return Self::of_tuple(inner);
        }
        if let Some(inner) = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
            let (inner, length) = inner.rsplit_once("; ")?;
            let (inner, length) = (Self::of(inner)?, length.parse::<usize>().ok()?);
            return Some(Self { size: inner.size.checked_mul(length)?, ..inner });
        }
        let collection = Collection::of(name)?;
        Some(Self::owner(match collection {
            Collection::Vec | Collection::Tree => 3 * WORD,
            Collection::Ring => 4 * WORD,
            Collection::Hash if name.contains("RandomState") => 6 * WORD,
            Collection::Hash => return None,
            Collection::List => 3 * WORD,
        }))
    }

    /// The compiler orders fields so that there is padding at the end alone.
    fn of_tuple(fields: &str) -> Option<Self> {
        let mut sum = Self { size: 0, align: 1, niche: false, flat: true };
        let mut rest = fields;
        while !rest.is_empty() {
            let end = end_of_type(rest);
            let field = Self::of(rest[..end].trim())?;
            sum.size += field.size;
            sum.align = sum.align.max(field.align);
            sum.niche |= field.niche;
            sum.flat &= field.flat;
            rest = rest[end..].trim_start_matches([',', ' ']);
        }
        Some(sum.aligned(sum.align))
    }

    fn tagged(self) -> Self {
        // A tag has room for more variants than two.
        Self { size: self.size + self.align.max(1), niche: true, ..self }
    }

    fn aligned(self, align: usize) -> Self {
        Self { size: self.size.next_multiple_of(align), align, ..self }
    }
}

/// How a collection lies in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Collection {
    Vec,
    Ring,
    Hash,
    Tree,
    List,
}

impl Collection {
    pub(super) fn of(name: &str) -> Option<Self> {
        let path = &name[..name.bytes().position(|byte| byte == b'<').unwrap_or(name.len())];
        let last = path.bytes().rposition(|byte| byte == b':').map_or(0, |at| at + 1);
        Some(match &path[last..] {
            "Vec" => Self::Vec,
            "VecDeque" => Self::Ring,
            "HashMap" | "HashSet" => Self::Hash,
            "BTreeMap" | "BTreeSet" => Self::Tree,
            "LinkedList" => Self::List,
            // Objects are such maps, unless a feature keeps their order.
            "Value" | "Map" if path.starts_with("serde_json::") => Self::Tree,
            _ => return None,
        })
    }
}

/// The name behind references, of which there may be several. A type's name is known when compiling, so
/// that this and [`pointer()`] come to nothing where they are inlined.
#[inline(always)]
pub(super) fn behind_references(name: &str) -> (&str, bool) {
    let mut inner = name;
    while let Some(next) = inner.strip_prefix("&mut ").or_else(|| inner.strip_prefix('&')) {
        inner = next;
    }
    (inner, inner.len() < name.len())
}

/// What a pointer that owns points to, and what lies before it there.
#[inline(always)]
pub(super) fn pointer(name: &str) -> Option<(&str, usize)> {
    if !name.starts_with("alloc::") {
        return None;
    }
    if let Some(inner) = argument(name, "alloc::boxed::Box<") {
        return Some((inner, 0));
    }
    let shared = argument(name, "alloc::sync::Arc<").or_else(|| argument(name, "alloc::rc::Rc<"));
    shared.map(|inner| (inner, super::ARC_HEADER))
}

/// The first argument of a generic type.
fn argument<'n>(name: &'n str, path: &str) -> Option<&'n str> {
    let arguments = name.strip_prefix(path)?;
    Some(&arguments[..end_of_type(arguments)])
}

fn end_of_type(list: &str) -> usize {
    let mut depth = 0;
    for (at, byte) in list.bytes().enumerate() {
        match byte {
            b'<' | b'(' | b'[' => depth += 1,
            b'>' | b')' | b']' if depth == 0 => return at,
            b'>' | b')' | b']' => depth -= 1,
            b',' if depth == 0 => return at,
            _ => {}
        }
    }
    list.len()
}
