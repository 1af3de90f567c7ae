//! Names of browsers and operating systems, from the `User-Agent` header.

/// The tokens of browsers, the most specific first, since most browsers claim to be several others too.
const BROWSERS: [(&str, &str); 8] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// The tokens of operating systems, the most specific first.
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

/// The words around the names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words {
    on: &'static str,
    unknown: &'static str,
}

/// The words in English.
pub(super) const WORDS_IN_ENGLISH: Words = Words {
    on: "on",
    unknown: "Unknown browser",
};

/// The words in German.
pub(super) const WORDS_IN_GERMAN: Words = Words {
    on: "unter",
    unknown: "Unbekannter Browser",
};

/// Shortens a `User-Agent` header (RFC 9110 section 10.1.5) to, for example, `Firefox on Linux`; an unknown one stays
/// as it is.
#[must_use]
pub(super) fn browser_name(agent: &str, words: Words) -> String {
    let known = |table: &'static [(&str, &str)]| {
        let found = table.iter().find(|(token, _)| agent.contains(token));
        found.map(|(_, name)| *name)
    };
    match (known(&BROWSERS), known(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} {} {system}", words.on),
        (Some(name), None) => name.to_owned(),
        _ if agent.is_empty() => words.unknown.to_owned(),
        _ => agent.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{WORDS_IN_ENGLISH, WORDS_IN_GERMAN, browser_name};

    #[test]
    fn browsers_have_their_common_names() {
        for (agent, name) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 \
                 Safari/537.36 Edg/138.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/18.5 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/138.0.0.0 Safari/537.36",
                "Chrome on macOS",
            ),
            ("curl/8.14.1", "curl/8.14.1"),
            ("", "Unknown browser"),
        ] {
            assert_eq!(browser_name(agent, WORDS_IN_ENGLISH), name);
            let german = name
                .replace(" on ", " unter ")
                .replace("Unknown browser", "Unbekannter Browser");
            assert_eq!(browser_name(agent, WORDS_IN_GERMAN), german);
        }
    }
}
