//! Full names of functions, from the symbol table of the running program.
//!
//! With `debug = "line-tables-only"` the debug information names functions without their module
//! and type (`poll`, `{async_fn#0}`); the symbol table has both, for functions that were not inlined.

use std::collections::HashMap;
use std::fs::File;

use object::read::{File as Elf, ReadCache};
use object::{Object, ObjectSymbol, SymbolKind};

/// Looks the functions up that lie at `addresses`, which are sorted, by the address as the table has
/// it: `address - bias`, where `anchor` is the run-time address of the function whose name ends in
/// `anchor_name`.
///
/// Only what was asked for is kept: the table of a large program has tens of megabytes. An address
/// of a shared library is not found, nor is any in a program without symbols.
pub(super) fn names(
    addresses: &[usize],
    anchor: usize,
    anchor_name: &str,
) -> HashMap<usize, String> {
    let read = || -> Option<HashMap<usize, String>> {
        let cache = ReadCache::new(File::open("/proc/self/exe").ok()?);
        let elf = Elf::parse(&cache).ok()?;
        let mut functions = elf.symbols().filter(|symbol| symbol.kind() == SymbolKind::Text);
        let is_anchor = |name: &str| name.contains(anchor_name);
        let at = functions.find(|symbol| symbol.name().is_ok_and(is_anchor))?.address();
        let bias = anchor.wrapping_sub(usize::try_from(at).ok()?);

        let mut names = HashMap::new();
        for symbol in elf.symbols().filter(|symbol| symbol.kind() == SymbolKind::Text) {
            let Ok(start) = usize::try_from(symbol.address()) else { continue };
            let start = start.wrapping_add(bias);
            let end = start.saturating_add(usize::try_from(symbol.size()).unwrap_or(0));
            let first = addresses.partition_point(|&address| address < start);
            for &address in addresses[first..].iter().take_while(|&&address| address < end) {
                if let Ok(name) = symbol.name() {
                    let name = rustc_demangle::demangle(name);
                    names.entry(address).or_insert_with(|| format!("{name:#}"));
                }
            }
        }
        Some(names)
    };
    read().unwrap_or_default()
}
