//! Keys that write no letter, for [`Browser::press`](super::Browser::press).

/// Enter.
pub const ENTER: &str = "\u{e007}";
/// Tab: to the next element that takes the focus.
pub const TAB: &str = "\u{e004}";
/// Shift and Tab: to the previous one.
pub const SHIFT_TAB: &str = "\u{e008}\u{e004}\u{e008}";
/// Escape.
pub const ESCAPE: &str = "\u{e00c}";
/// The space bar.
pub const SPACE: &str = "\u{e00d}";
/// Arrow up.
pub const UP: &str = "\u{e013}";
/// Arrow down.
pub const DOWN: &str = "\u{e015}";
/// Arrow left.
pub const LEFT: &str = "\u{e012}";
/// Arrow right.
pub const RIGHT: &str = "\u{e014}";
/// Home.
pub const HOME: &str = "\u{e011}";
/// End.
pub const END: &str = "\u{e010}";
