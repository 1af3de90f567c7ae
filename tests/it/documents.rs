//! What the documents promise is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

/// The names of all functions under `src/` and `tests/`.
fn functions() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = ["src", "tests"].map(|folder| files(&root.join(folder)));
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

/// The rules at the head of a test's name: `b17_b23_only_..` has two.
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
