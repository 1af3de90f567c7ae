//! No two source files import each other, directly or through others.

use std::collections::{BTreeMap, BTreeSet};

use crate::layers::{code, sources};

/// The path of a module or an item below the crate, such as `store::db`.
type Place = Vec<String>;

/// The modules of a crate, and the names that they export again.
struct Crate {
    modules: BTreeSet<Place>,
    exported_again: BTreeMap<(Place, String), Place>,
}

/// The paths of a `use` tree such as `a::{b, c::d as e}`.
fn paths(tree: &str) -> Vec<Place> {
    let tree = tree.trim();
    let Some((before, group)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        return vec![path.split("::").map(|name| name.trim().to_owned()).collect()];
    };
    let group = group.trim_end().trim_end_matches('}');
    let before: Place = before
        .trim_end_matches("::")
        .split("::")
        .map(str::to_owned)
        .collect();
    let mut depth = 0;
    let items = group.split(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    let nested = items.filter(|item| !item.trim().is_empty()).flat_map(paths);
    nested
        .map(|path| before.iter().cloned().chain(path).collect())
        .collect()
}

/// The paths that a source imports, and those that it exports again.
fn imports(code: &str) -> (Vec<Place>, Vec<Place>) {
    let (mut imported, mut exported) = (Vec::new(), Vec::new());
    for statement in code.split(';') {
        let Some(at) = statement.rfind("use ").filter(|at| is_statement(statement, *at)) else {
            continue;
        };
        let is_export = statement[..at]
            .lines()
            .last()
            .is_some_and(|line| line.contains("pub"));
        let to = if is_export { &mut exported } else { &mut imported };
        to.extend(paths(&statement[at + 4..]));
    }
    (imported, exported)
}

/// The paths that a source uses without importing them, such as `crate::words::refusals`.
fn inline_paths(code: &str) -> Vec<Place> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let statements = code
        .split(';')
        .filter(|text| !text.rfind("use ").is_some_and(|at| is_statement(text, at)));
    let starts = statements.flat_map(|text| {
        let of = |word| {
            text.match_indices(word)
                .map(move |(at, _)| (&text[..at], &text[at..]))
        };
        of("crate::").chain(of("super::")).collect::<Vec<_>>()
    });
    // `$crate` is of a macro, and `in crate::` of a visibility.
    let starts = starts.filter(|(before, _)| !before.ends_with(['$', ':']) && !before.ends_with("in "));
    let path = |text: &str| {
        text.split(|c| !is_part(c))
            .next()
            .unwrap_or_default()
            .trim_end_matches(':')
            .to_owned()
    };
    let texts = starts.map(|(_, text)| path(text));
    texts
        .map(|text| text.split("::").map(str::to_owned).collect())
        .collect()
}

/// Whether the `use` at this position begins a statement, after nothing but its visibility.
fn is_statement(text: &str, at: usize) -> bool {
    let before = text[..at].rsplit('\n').next().unwrap_or_default().trim();
    before.is_empty() || before.starts_with("pub")
}

impl Crate {
    fn of(sources: &BTreeMap<Place, String>) -> Self {
        let mut all = Self {
            modules: sources.keys().cloned().collect(),
            exported_again: BTreeMap::new(),
        };
        for (module, code) in sources {
            for path in imports(code).1 {
                if let Some(item) = all.below_the_crate(module, &path) {
                    let name = item.last().unwrap().clone();
                    all.exported_again.insert((module.clone(), name), item);
                }
            }
        }
        all
    }

    /// A path as seen from a module; `None` for another crate's.
    fn below_the_crate(&self, module: &[String], path: &[String]) -> Option<Place> {
        let child = |name: &String| module.iter().chain([name]).cloned().collect::<Place>();
        let (from, rest): (&[String], _) = match path.first()?.as_str() {
            "crate" => (&[], &path[1..]),
            "self" => (module, &path[1..]),
            "super" => {
                let ups = path.iter().take_while(|name| *name == "super").count();
                (&module[..module.len().checked_sub(ups)?], &path[ups..])
            }
            _ if self.modules.contains(&child(&path[0])) => (module, path),
            _ => return None,
        };
        Some(from.iter().chain(rest).cloned().collect())
    }

    /// The module that defines an item.
    fn home(&self, item: &[String]) -> Option<Place> {
        let length = (1..=item.len())
            .rev()
            .find(|length| self.modules.contains(&item[..*length]))?;
        let (module, rest) = item.split_at(length);
        let again = rest
            .first()
            .and_then(|name| self.exported_again.get(&(module.to_vec(), name.clone())));
        match again {
            Some(original) => self.home(&original.iter().chain(&rest[1..]).cloned().collect::<Place>()),
            None => Some(module.to_vec()),
        }
    }

    /// The modules from which a module imports.
    fn imported_by(&self, module: &Place, code: &str) -> BTreeSet<Place> {
        let items = [imports(code).0, inline_paths(code)].concat();
        let items = items.iter().filter_map(|path| self.below_the_crate(module, path));
        items
            .filter_map(|item| self.home(&item))
            .filter(|home| home != module)
            .collect()
    }
}

/// The modules that are in a circle, or between two circles.
fn circles(sources: &BTreeMap<Place, String>) -> Vec<String> {
    let all = Crate::of(sources);
    let arrows = sources
        .iter()
        .map(|(module, code)| (module.clone(), all.imported_by(module, code)));
    let mut left: BTreeMap<Place, BTreeSet<Place>> = arrows.collect();
    loop {
        let before = left.len();
        let imported: BTreeSet<Place> = left.values().flatten().cloned().collect();
        let known: BTreeSet<Place> = left.keys().cloned().collect();
        left.retain(|module, to| {
            to.retain(|other| known.contains(other));
            !to.is_empty() && imported.contains(module)
        });
        if left.len() == before {
            return left.keys().map(|module| module.join("::")).collect();
        }
    }
}

#[test]
fn no_files_import_one_another() {
    let place = |path: std::path::PathBuf| -> Place {
        let names = path.with_extension("");
        let names = names.iter().map(|name| name.to_str().unwrap().to_owned());
        names
            .filter(|name| !["mod", "lib", "main"].contains(&name.as_str()))
            .collect()
    };
    let all = sources().into_iter();
    let all = all.filter(|(path, _)| !path.ends_with("main.rs"));
    let all = all.map(|(path, text)| (place(path), code(&text)));
    assert_eq!(circles(&all.collect()), [""; 0]);
}

#[test]
fn a_circle_is_found() {
    let source = |path: &str, code: &str| {
        let place = path
            .split("::")
            .filter(|name| !name.is_empty())
            .map(str::to_owned);
        (place.collect::<Place>(), code.to_owned())
    };
    let straight = [
        source("", "mod a;\nmod b;"),
        source("a", "pub mod one;\npub use one::One;"),
        source("a::one", "use std::fmt;\nuse crate::b::{Two, c::Three as Other};"),
        source("b", "pub mod c;\npub struct Two;"),
        source(
            "b::c",
            "pub struct Three;\npub(in crate::a) fn three() { crate::c::four() }",
        ),
        source("c", "use std::{fmt, io};\npub fn four() {}"),
    ];
    let mut all: BTreeMap<Place, String> = straight.into();
    assert_eq!(circles(&all), [""; 0]);
    all.extend([source("b::c", "use super::super::a::One;\npub struct Three;")]);
    assert_eq!(circles(&all), ["a::one", "b::c"]);
    all.extend([source(
        "b::c",
        "pub struct Three;\nfn three() { super::super::a::one::done() }",
    )]);
    assert_eq!(circles(&all), ["a::one", "b::c"]);
}
