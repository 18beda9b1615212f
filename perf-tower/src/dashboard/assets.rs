//! What the pages need beside themselves, in the binary.

/// A file and its type.
pub(super) struct Asset {
    pub(super) content_type: &'static str,
    pub(super) text: &'static str,
}

pub(super) fn asset(name: &str) -> Option<Asset> {
    let (content_type, text) = match name {
        "style.css" => ("text/css; charset=utf-8", include_str!("assets/style.css")),
        "live.js" => ("text/javascript; charset=utf-8", include_str!("assets/live.js")),
        "icon.svg" => ("image/svg+xml", include_str!("assets/icon.svg")),
        "flame.js" => ("text/javascript; charset=utf-8", include_str!("assets/flame.js")),
        _ => return None,
    };
    Some(Asset { content_type, text })
}
