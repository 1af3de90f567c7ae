//! The documents agree with the tests, the codes and the tables of the protocol.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use doorward::model::client::{ClientAuth, ClientSettings};
use doorward::model::refusal::{Code, Kind};
use doorward::oidc::claims::SCOPES;
use doorward::oidc::grant_types::GrantType;
use doorward::words::refusal_template;

/// The Rust files below a folder.
pub fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                rust_files(&path)
            } else {
                vec![path]
            }
        })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

/// The texts of the Rust files in these folders.
pub fn sources(folders: &[&str]) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = folders.iter().flat_map(|folder| rust_files(&root.join(folder)));
    found.map(|path| fs::read_to_string(path).unwrap()).collect()
}

/// The names of all functions under `src/` and `tests/`.
fn functions() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = ["src", "tests"].map(|folder| rust_files(&root.join(folder)));
    let texts = sources
        .iter()
        .flatten()
        .map(|path| fs::read_to_string(path).unwrap());
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    texts
        .flat_map(|text| {
            let names = text
                .split("fn ")
                .skip(1)
                .map(|rest| rest.chars().take_while(|c| is_word(*c)).collect::<String>());
            names.collect::<Vec<_>>()
        })
        .collect()
}

/// The rules at the start of a test's name: `b17_b23_only_..` has two.
fn rules_of(name: &str) -> Vec<String> {
    let is_rule = |part: &&str| {
        let (kind, number) = part.split_at(1.min(part.len()));
        ["b", "d", "r"].contains(&kind) && !number.is_empty() && number.chars().all(|c| c.is_ascii_digit())
    };
    name.split('_')
        .take_while(is_rule)
        .map(str::to_uppercase)
        .collect()
}

#[test]
fn every_rule_of_the_security_document_has_its_tests() {
    let tested: BTreeSet<String> = functions().iter().flat_map(|name| rules_of(name)).collect();
    let document = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/security.md")).unwrap();
    let mut listed = BTreeSet::new();
    for row in document.lines().filter(|line| line.starts_with("| ")) {
        let [_, rule, what, _] = row.split('|').map(str::trim).collect::<Vec<_>>()[..] else {
            panic!("{row}");
        };
        if rules_of(&rule.to_lowercase()).is_empty() {
            continue;
        }
        assert!(listed.insert(rule.to_owned()), "{rule} is listed twice");
        assert_eq!(
            tested.contains(rule),
            !what.starts_with("waits for "),
            "{rule}: {what}"
        );
    }
    for number in 1..=58 {
        assert!(listed.contains(&format!("B{number}")), "B{number} is not listed");
    }
    let unlisted: Vec<_> = tested.difference(&listed).collect();
    assert!(unlisted.is_empty(), "{unlisted:?} have tests and are not listed");
    let names = functions();
    for name in document.split('`').skip(1).step_by(2) {
        let is_word = name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        assert!(
            !is_word || name.len() < 20 || names.contains(name),
            "there is no test {name}"
        );
    }
}

/// The number of rows of each kind in docs/features.md.
const ROWS: [(&str, usize); 5] = [("CF", 23), ("HB", 15), ("CL", 38), ("CR", 29), ("PP", 12)];

/// The rows at the start of a test's name: `cf_3_cf_7_only_..` has two.
fn rows_of(name: &str) -> Vec<String> {
    let parts: Vec<&str> = name.split('_').collect();
    let is_row = |pair: &&[&str]| {
        let kind = pair[0].to_uppercase();
        pair.len() == 2
            && ROWS.iter().any(|(known, _)| *known == kind)
            && pair[1].chars().all(|c| c.is_ascii_digit())
    };
    parts
        .chunks(2)
        .take_while(is_row)
        .map(|pair| format!("{}-{}", pair[0].to_uppercase(), pair[1]))
        .collect()
}

#[test]
fn every_feature_is_listed_with_its_tests_or_as_not_yet() {
    let document = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/features.md")).unwrap();
    let rows: Vec<Vec<&str>> = document
        .lines()
        .filter(|line| line.starts_with("| "))
        .skip(1)
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    let listed: Vec<&str> = rows.iter().map(|row| row[0]).collect();
    let expected: Vec<String> = ROWS
        .iter()
        .flat_map(|(kind, most)| (1..=*most).map(move |number| format!("{kind}-{number}")))
        .collect();
    assert_eq!(listed, expected);
    let tests = functions();
    for row in &rows {
        let named: Vec<&str> = row[2].split('`').skip(1).step_by(2).collect();
        assert_eq!(named.is_empty(), row[2] == "not yet", "{}", row[0]);
        for name in &named {
            assert!(tests.contains(*name), "{}: there is no test {name}", row[0]);
            assert!(
                rows_of(name).iter().any(|shown| shown == row[0]),
                "{}: {name}",
                row[0]
            );
        }
        let all = tests
            .iter()
            .filter(|name| rows_of(name).iter().any(|shown| shown == row[0]));
        // A test may have a function for each database.
        let missing: Vec<_> = all
            .filter(|name| !named.contains(&name.as_str()) && !name.ends_with("_on_postgres"))
            .collect();
        assert!(missing.is_empty(), "{}: {missing:?} are not listed", row[0]);
    }
}

/// The code spans in the row of docs/apps.md with this heading.
fn row_of_apps(heading: &str) -> Vec<String> {
    let document = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/apps.md")).unwrap();
    let start = format!("| {heading} |");
    let row = document.lines().find_map(|line| line.strip_prefix(&start));
    let row = row.unwrap_or_else(|| panic!("docs/apps.md has no row {heading}"));
    row.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_document_on_apps_matches_the_tables_of_the_protocol() {
    let grant_types: Vec<&str> = GrantType::ALL
        .iter()
        .map(|grant_type| grant_type.as_str())
        .collect();
    assert_eq!(row_of_apps("grant types"), grant_types);
    let methods: Vec<&str> = ClientAuth::ALL.iter().map(|method| method.as_str()).collect();
    assert_eq!(row_of_apps("client authentication"), methods);
    let scopes: Vec<&str> = SCOPES.iter().map(|(scope, _)| *scope).collect();
    assert_eq!(row_of_apps("scopes"), [scopes.join(" ")]);
}

#[test]
fn the_document_on_apps_explains_every_setting() {
    let settings = serde_json::to_value(ClientSettings::default()).unwrap();
    for name in settings.as_object().unwrap().keys() {
        row_of_apps(&format!("`{name}`"));
    }
}

#[test]
fn the_document_on_errors_lists_every_code_with_its_sentence() {
    let document = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/errors.md")).unwrap();
    let listed: Vec<&str> = document.lines().filter(|line| line.starts_with("| `")).collect();
    let row = |code: &Code| {
        let kind = match code.kind() {
            Kind::Invalid => "invalid",
            Kind::Forbidden => "forbidden",
            Kind::NotFound => "not found",
            Kind::Conflict => "conflict",
            Kind::Busy => "busy",
        };
        format!("| `{}` | {kind} | {} |", code.as_str(), refusal_template(*code))
    };
    let expected: Vec<String> = Code::ALL.iter().map(row).collect();
    assert_eq!(listed, expected);
}
