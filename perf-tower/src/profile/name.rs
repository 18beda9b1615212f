//! Names of functions as a person wants to read them, and the crate each one is from.

/// Longer names end in `…`.
const MAX_CHARS: usize = 160;

/// Without what the compiler added: hash, generic arguments, closures and the bodies of `async fn`.
pub(super) fn clean(name: &str) -> String {
    let mut cleaned = without_arguments(name);
    for noise in ["{{closure}}", "{async_fn#", "{closure#", "{async_block#", "{async_closure#"] {
        cleaned = without_segment(&cleaned, noise);
    }
    // `<Type>::method` of an inherent method.
    if let Some((type_name, method)) = cleaned.strip_prefix('<').and_then(|n| n.split_once(">::"))
        && !type_name.contains([' ', '<', '[', '(', '&', '*'])
    {
        cleaned = format!("{type_name}::{method}");
    }
    // A stack's frames are joined by `;` and its lines end at the line's end.
    let mut cleaned = cleaned.replace(';', ",").replace(['\n', '\r'], " ");
    if let Some((end, _)) = cleaned.char_indices().nth(MAX_CHARS) {
        cleaned.truncate(end);
        cleaned.push('…');
    }
    cleaned
}

/// How an inlined function ends in [`Profile`](super::Profile) whose name the line table left out.
pub(super) const ASYNC_FN: &str = "{async fn}";
const CLOSURE: &str = "{closure}";

/// What stands for a name that is nothing but the compiler's.
pub(super) fn nameless(name: &str) -> &'static str {
    if name.contains("async") { ASYNC_FN } else { CLOSURE }
}

/// Takes `<…>` away where it follows a name, and keeps it where a path begins with it.
fn without_arguments(name: &str) -> String {
    let mut kept = String::with_capacity(name.len());
    let (mut dropped, mut last) = (0_u32, ' ');
    for char in name.chars() {
        let is_arrow = char == '>' && (last == '-' || last == '=');
        let opens_arguments = char == '<' && (kept.ends_with("::") || is_name(kept.chars().last()));
        match char {
            '<' if dropped > 0 || opens_arguments => dropped += 1,
            '>' if dropped > 0 && !is_arrow => dropped -= 1,
            char if dropped == 0 => kept.push(char),
            _ => {}
        }
        if dropped == 1 && opens_arguments && kept.ends_with("::") {
            kept.truncate(kept.len() - "::".len());
        }
        last = char;
    }
    kept
}

fn is_name(char: Option<char>) -> bool {
    char.is_some_and(|char| char.is_alphanumeric() || char == '_' || char == '}')
}

/// Takes every `::segment` away that starts with `noise`.
fn without_segment(name: &str, noise: &str) -> String {
    let mut kept = name.to_owned();
    while let Some(at) = kept.find(noise) {
        let closed = braces(&kept[at..]);
        let from = if kept[..at].ends_with("::") { at - "::".len() } else { at };
        kept.replace_range(from..at + closed, "");
    }
    kept
}

/// Length of the `{…}` at the start.
fn braces(text: &str) -> usize {
    let mut depth = 0_u32;
    for (at, char) in text.char_indices() {
        match char {
            '{' => depth += 1,
            '}' if depth <= 1 => return at + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

/// The crate and the module that a source file stands for, `crate` where the path does not tell: `tower` and `util::oneshot` for
/// `…/tower-0.5.3/src/util/oneshot.rs`.
pub(super) fn module_of(file: &str) -> Option<(String, String)> {
    let (folder, path) = match file.rfind("/src/") {
        Some(at) => (&file[..at], &file[at + "/src/".len()..]),
        None if file.starts_with("src/") => ("crate", &file["src/".len()..]),
        None => {
            let at = ["tests/", "benches/", "examples/"]
                .iter()
                .find_map(|folder| file.rfind(folder).map(|at| at + folder.len()))?;
            let name = file[at..].strip_suffix(".rs")?;
            let (krate, module) = name.split_once('/').unwrap_or((name, ""));
            return Some((crate_name(krate), module.replace('/', "::")));
        }
    };
    let krate = folder.rsplit('/').next().filter(|folder| !folder.is_empty())?;
    let module = path.strip_suffix(".rs")?;
    let module = ["lib", "main", "mod"].iter().find_map(|file| module.strip_suffix(file));
    let module = module.unwrap_or(path.strip_suffix(".rs")?).trim_end_matches('/');
    Some((crate_name(krate), module.replace('/', "::")))
}

/// `tower-http-0.7.1` is `tower_http`.
fn crate_name(folder: &str) -> String {
    let is_version = |text: &str| text.starts_with(|char: char| char.is_ascii_digit());
    let name = match folder.match_indices('-').find(|(at, _)| is_version(&folder[at + 1..])) {
        Some((at, _)) => &folder[..at],
        None => folder,
    };
    name.replace('-', "_")
}

/// The crate that a cleaned name is from: of `<T as Trait>::method` that of `T`, and that of
/// `Trait` where `T` is only a letter.
pub(super) fn crate_in(name: &str) -> Option<&str> {
    let path = name.trim_start_matches(['<', '&', '*', '(', '[']);
    let path = ["mut ", "const ", "dyn ", "impl "]
        .iter()
        .fold(path, |path, word| path.strip_prefix(word).unwrap_or(path));
    let end = path.find(|char: char| !char.is_alphanumeric() && char != '_')?;
    match path[end..].starts_with("::") {
        true => Some(&path[..end]),
        false => path.split_once(" as ").and_then(|(_, of)| crate_in(of)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_what_the_compiler_added() {
        for (name, read) in [
            ("shop::orders::{{closure}}", "shop::orders"),
            ("shop::orders::{async_fn#0}::{closure#1}", "shop::orders"),
            ("shop::list::{closure_env#0}", "shop::list::{closure_env#0}"),
            (
                "std::panicking::catch_unwind::<isize, f::{closure#0}>",
                "std::panicking::catch_unwind",
            ),
            ("call_once<fn() -> u8, ()>", "call_once"),
            (
                "<tower::util::Oneshot<S, R> as core::future::Future>::poll",
                "<tower::util::Oneshot as core::future::Future>::poll",
            ),
            ("<[u8; 4] as shop::Sum>::sum", "<[u8, 4] as shop::Sum>::sum"),
            ("<std::time::Instant>::elapsed", "std::time::Instant::elapsed"),
            ("{async_fn#0}", ""),
            ("a->b", "a->b"),
        ] {
            assert_eq!(clean(name), read);
        }
        assert_eq!(clean(&"ä".repeat(400)).chars().count(), MAX_CHARS + 1);
    }

    #[test]
    fn the_crate_comes_from_the_file_or_from_the_name() {
        let module = |file| module_of(file).map(|(krate, module)| format!("{krate} {module}"));
        for (file, read) in [
            (
                "/r/registry/src/i-1/tower-http-0.7.1/src/trace/future.rs",
                Some("tower_http trace::future"),
            ),
            ("/rustc/59807/library/core/src/ops/function.rs", Some("core ops::function")),
            ("perf-tower/src/profile/mod.rs", Some("perf_tower profile")),
            ("perf-tower/tests/profile_request.rs", Some("profile_request ")),
            ("src/main.rs", Some("crate ")),
            ("src/orders/list.rs", Some("crate orders::list")),
            ("src/zlib.c", None),
            ("./elf/dl-load.c", None),
        ] {
            assert_eq!(module(file).as_deref(), read, "{file}");
        }
        for (name, read) in [
            ("shop::orders", Some("shop")),
            ("<&mut tower::Buffer as tower::Service>::call", Some("tower")),
            ("<F as axum::handler::Handler>::call", Some("axum")),
            ("<dyn shop::Store>::get", Some("shop")),
            ("main", None),
        ] {
            assert_eq!(crate_in(name), read, "{name}");
        }
    }
}
