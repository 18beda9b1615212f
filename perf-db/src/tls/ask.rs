use std::borrow::Cow;

/// What an address says about TLS that the driver does not know: `sslrootcert`, and the two
/// `sslmode`s of libpq that look at the certificate.
#[derive(Debug, Default)]
pub(crate) struct Ask {
    /// The address without that, for the driver.
    pub(crate) url: String,
    /// The file with the authorities to trust, or `system`.
    pub(crate) root: Option<String>,
}

impl Ask {
    pub(crate) fn of(url: &str) -> Self {
        match url.split_once("://") {
            Some(_) => match url.split_once('?') {
                Some((server, settings)) => {
                    let (kept, root) = without(settings, '&', decoded);
                    let question = if kept.is_empty() { "" } else { "?" };
                    Self { url: format!("{server}{question}{kept}"), root }
                }
                None => Self { url: url.to_owned(), root: None },
            },
            // Quotes may hold spaces, and the password with them: that is left to the driver.
            None if url.contains(['\'', '\\']) => Self { url: url.to_owned(), root: None },
            None => {
                let (url, root) = without(url, ' ', |value| value.to_owned());
                Self { url, root }
            }
        }
    }
}

/// The settings that the driver knows, and the `sslrootcert`.
fn without(
    settings: &str,
    separator: char,
    read: impl Fn(&str) -> String,
) -> (String, Option<String>) {
    let mut root = None;
    let mut kept = Vec::new();
    for setting in settings.split(separator) {
        match setting.split_once('=') {
            Some(("sslrootcert", value)) => root = Some(read(value)),
            // To look at the certificate's name as well is more than `verify-ca` asks for.
            Some(("sslmode", "verify-ca" | "verify-full")) => kept.push("sslmode=require"),
            _ => kept.push(setting),
        }
    }
    (kept.join(&separator.to_string()), root)
}

fn decoded(value: &str) -> String {
    let decoded = percent_encoding::percent_decode_str(value).decode_utf8();
    decoded.map_or_else(|_| value.to_owned(), Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_driver_is_spared_what_it_does_not_know() {
        for (url, driver, root) in [
            ("postgres://a@b/c", "postgres://a@b/c", None),
            ("postgres://a@b/c?sslmode=prefer", "postgres://a@b/c?sslmode=prefer", None),
            (
                "postgres://a@b/c?connect_timeout=3&sslmode=verify-full&sslrootcert=/a%20b.pem",
                "postgres://a@b/c?connect_timeout=3&sslmode=require",
                Some("/a b.pem"),
            ),
            ("postgres://a@b/c?sslrootcert=system", "postgres://a@b/c", Some("system")),
            ("host=b sslmode=verify-ca sslrootcert=/a", "host=b sslmode=require", Some("/a")),
            ("host=b password='x sslrootcert=/a'", "host=b password='x sslrootcert=/a'", None),
        ] {
            let ask = Ask::of(url);
            assert_eq!((ask.url.as_str(), ask.root.as_deref()), (driver, root), "{url}");
        }
    }
}
