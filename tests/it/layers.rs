//! The rooms and who may use whom, read from the source.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room with the rooms it may use; `clock` and `paths` are for everyone.
const MAY_USE: &[(&str, &str)] = &[
    ("crypto", ""),
    ("model", "crypto"),
    ("words", "model"),
    ("store", "crypto model"),
    ("auth", "model store crypto"),
    ("oidc", "model store crypto"),
    ("config", ""),
    ("fetch", "config"),
    ("directory", "model store auth oidc crypto app"),
    ("keys", "config crypto store"),
    ("app", "auth config crypto directory fetch model web keys store"),
    ("web", "app config crypto directory model oidc store auth words"),
    (
        "endpoints",
        "app auth config crypto directory model web oidc store",
    ),
    ("signin", "app auth crypto directory model web oidc store words"),
    ("account", "app auth directory model web store"),
    ("console", "app auth directory model web store words"),
    ("demo", "crypto web"),
    ("jobs", "app store"),
    ("router", "account app console endpoints web signin"),
    (
        "cli",
        "app config crypto demo directory jobs keys model router store auth words",
    ),
];

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

/// The source with its tests and comments cut away.
fn code(text: &str) -> String {
    let before_tests = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    before_tests
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The rooms that a source names by `crate::`, alone or in a group.
fn used(code: &str) -> Vec<String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let word = |text: &str| {
        text.trim()
            .chars()
            .take_while(|c| is_word(*c))
            .collect::<String>()
    };
    let after = code.split("crate::").skip(1);
    after
        .flat_map(
            |rest| match rest.strip_prefix('{').and_then(|group| group.split_once("};")) {
                Some((group, _)) => group
                    .split(',')
                    .map(word)
                    .filter(|name| !name.is_empty())
                    .collect(),
                None => vec![word(rest)],
            },
        )
        .collect()
}

fn sources() -> BTreeMap<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let all = files(&root)
        .into_iter()
        .filter(|path| !path.ends_with("tests.rs"));
    all.map(|path| {
        (
            path.strip_prefix(&root).unwrap().to_owned(),
            fs::read_to_string(&path).unwrap(),
        )
    })
    .collect()
}

fn room(path: &Path) -> String {
    let first = path.iter().next().unwrap().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

#[test]
fn no_room_uses_one_that_it_may_not() {
    for (path, text) in sources() {
        let room = room(&path);
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == room) else {
            assert!(
                ["lib", "main", "clock", "paths"].contains(&room.as_str()),
                "{room} is not in the table"
            );
            continue;
        };
        for name in used(&code(&text)) {
            let is_fine = name == room || ["clock", "paths"].contains(&name.as_str());
            assert!(
                is_fine || allowed.split(' ').any(|own| own == name),
                "{} uses {name}",
                path.display()
            );
        }
    }
}

#[test]
fn libraries_stay_in_their_rooms() {
    for (path, text) in sources() {
        let (room, code) = (room(&path), code(&text));
        if !["store", "app", "keys"].contains(&room.as_str()) {
            assert!(!code.contains("sqlx::"), "{} uses sqlx", path.display());
        }
        if room != "crypto" {
            assert!(!code.contains("josekit"), "{} uses josekit", path.display());
        }
        if room == "oidc" {
            for word in ["async ", "axum::", "sqlx::", "Clock"] {
                assert!(!code.contains(word), "{} uses {word}", path.display());
            }
        }
    }
}

#[test]
fn files_are_short_and_say_what_they_own() {
    for (path, text) in sources() {
        assert!(
            text.lines().count() <= 500,
            "{} is longer than 500 lines",
            path.display()
        );
        assert!(
            text.starts_with("//!"),
            "{} does not open with what it owns",
            path.display()
        );
    }
}

#[test]
fn the_reader_of_sources_sees_a_forbidden_use() {
    assert_eq!(used("use crate::web::error; crate::store::x()"), ["web", "store"]);
    assert_eq!(
        code("// crate::no\nyes();\n#[cfg(test)]\nmod tests { no(); }").trim(),
        "yes();"
    );
}
