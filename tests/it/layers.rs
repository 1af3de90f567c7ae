//! Rules that the source keeps: which room (top-level module) imports which, what is only in which room, and how files
//! begin.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::documents::rust_files;

/// Each room with exactly the rooms that it imports. Every room may import `clock` and `paths`.
const MAY_USE: &[(&str, &str)] = &[
    ("crypto", ""),
    ("model", "crypto"),
    ("words", "model"),
    ("store", "crypto model"),
    ("auth", "model crypto store"),
    ("oidc", "model crypto"),
    ("config", ""),
    ("fetch", "config"),
    ("directory", "events model store auth oidc crypto"),
    ("events", "model store"),
    ("mail", "app config crypto directory fetch model store web"),
    ("keys", "config crypto model store"),
    ("app", "auth config crypto directory fetch web keys store"),
    ("web", "app config crypto directory model oidc store words"),
    (
        "endpoints",
        "app auth config crypto directory fetch model web oidc store",
    ),
    ("signin", "app auth crypto directory model web oidc store words"),
    ("account", "app directory model web"),
    ("console", "app crypto directory mail model web words"),
    ("demo", "crypto web"),
    ("jobs", "app directory endpoints mail store"),
    ("router", "account app console endpoints web signin"),
    ("cli", "config crypto directory model words"),
    (
        "cli::host",
        "app cli config crypto demo directory jobs keys mail model router store web words",
    ),
];

/// Files outside the rooms, which may import any of them.
const ABOVE_THE_ROOMS: [&str; 4] = ["lib", "main", "clock", "paths"];

/// The source without its tests and comments.
pub fn code(text: &str) -> String {
    let before_tests = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    before_tests
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The rooms that a source imports with `crate::`, alone or in a group.
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

pub fn sources() -> BTreeMap<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let all = rust_files(&root)
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
    if path.starts_with("cli/host") {
        return "cli::host".to_owned();
    }
    let first = path.iter().next().unwrap().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// The imports between rooms, each with a file that contains it.
fn arrows() -> BTreeMap<(String, String), PathBuf> {
    let mut found = BTreeMap::new();
    for (path, text) in sources() {
        let room = room(&path);
        if ABOVE_THE_ROOMS.contains(&room.as_str()) {
            continue;
        }
        for name in used(&code(&text)) {
            if name != room && !["clock", "paths"].contains(&name.as_str()) {
                found.insert((room.clone(), name), path.clone());
            }
        }
    }
    found
}

#[test]
fn the_table_lists_exactly_the_imports_between_rooms() {
    let permitted: BTreeSet<_> = MAY_USE
        .iter()
        .flat_map(|(room, others)| others.split_whitespace().map(move |other| (*room, other)))
        .map(|(room, other)| (room.to_owned(), other.to_owned()))
        .collect();
    let arrows = arrows();
    let forbidden: Vec<_> = arrows
        .iter()
        .filter(|(arrow, _)| !permitted.contains(*arrow))
        .collect();
    assert!(forbidden.is_empty(), "not in the table: {forbidden:?}");
    let unused: Vec<_> = permitted
        .iter()
        .filter(|arrow| !arrows.contains_key(*arrow))
        .collect();
    assert!(unused.is_empty(), "in the table and used by nothing: {unused:?}");
    for room in sources().keys().map(|path| room(path)) {
        assert!(
            ABOVE_THE_ROOMS.contains(&room.as_str()) || MAY_USE.iter().any(|(name, _)| *name == room),
            "{room} is not in the table"
        );
    }
}

/// The types that a source declares as operations, or for which it implements one of the traits of operations.
fn operations(code: &str) -> Vec<String> {
    let declared = code.split("operation! {").skip(1).filter_map(|declaration| {
        let rows = declaration.lines().map(str::trim_start);
        let mut names = rows.filter_map(|row| row.strip_prefix("read ").or(row.strip_prefix("change ")));
        names.next()?.split(' ').next().map(str::to_owned)
    });
    let impls = code.lines().filter_map(|line| {
        let (before, of) = line.trim_start().strip_prefix("impl")?.split_once(" for ")?;
        let name = before.split_whitespace().last()?.rsplit("::").next()?;
        let is_one = ["Read", "Change", "Listed"].contains(&name);
        is_one.then(|| of.split([' ', '{', '<']).next().unwrap_or_default().to_owned())
    });
    declared.chain(impls).collect()
}

#[test]
fn operations_are_only_in_directory() {
    let mut found = 0;
    for (path, text) in sources() {
        let here = operations(&code(&text));
        if room(&path) == "directory" {
            found += here.len();
        } else {
            assert_eq!(here, [""; 0], "{} has operations", path.display());
        }
    }
    assert!(found >= doorward::directory::Operation::ALL.len(), "{found}");
}

#[test]
fn libraries_stay_in_their_rooms() {
    for (path, text) in sources() {
        let (room, code) = (room(&path), code(&text));
        if !["store", "app", "keys"].contains(&room.as_str()) {
            assert!(!code.contains("sqlx::"), "{} uses sqlx", path.display());
        }
        if room != "store" {
            assert!(!code.contains("rusqlite"), "{} uses rusqlite", path.display());
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
fn files_are_short_and_begin_with_a_doc_comment() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["src", "tests", "benches"].map(|folder| rust_files(&root.join(folder)));
    for path in folders.into_iter().flatten() {
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.lines().count() <= 500,
            "{} is longer than 500 lines",
            path.display()
        );
        assert!(
            text.starts_with("//!"),
            "{} does not begin with a doc comment",
            path.display()
        );
    }
}

#[test]
fn a_forbidden_import_is_found() {
    assert_eq!(used("use crate::web::error; crate::store::x()"), ["web", "store"]);
    assert_eq!(
        operations(
            "impl Change for Other {\nimpl<T> directory::Read for Some<T> {\nimpl From<Read> for No {"
        ),
        ["Other", "Some"]
    );
    assert_eq!(
        operations(
            "operation! {\n    change Rename { id: Id } -> ();\n}\noperation! {\n    read List -> i64;\n}"
        ),
        ["Rename", "List"]
    );
    assert_eq!(
        code("// crate::no\nyes();\n#[cfg(test)]\nmod tests { no(); }").trim(),
        "yes();"
    );
}
