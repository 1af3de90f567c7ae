//! The name of a claim, or the path to a member of one.

use serde_json::{Map, Value};

/// The maximum size of a path in bytes.
const MAX_LENGTH: usize = 200;

/// The maximum number of names in a path.
const MAX_DEPTH: usize = 8;

/// The names on the way from the claims to a value, at least one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ClaimPath {
    parents: Vec<String>,
    name: String,
}

impl ClaimPath {
    /// The path in a text whose names are separated by dots; `\.` and `\\` are a dot and a backslash of a name.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut names = vec![String::new()];
        let mut characters = text.chars();
        while let Some(c) = characters.next() {
            let literal = match c {
                '.' => {
                    names.push(String::new());
                    continue;
                }
                '\\' => characters.next().filter(|next| matches!(next, '.' | '\\'))?,
                other => other,
            };
            names.last_mut()?.push(literal);
        }
        let is_name = |name: &String| {
            let is_trimmed = !name.is_empty() && name.trim() == name;
            is_trimmed && !name.chars().any(char::is_control)
        };
        if text.len() > MAX_LENGTH || names.len() > MAX_DEPTH || !names.iter().all(is_name) {
            return None;
        }
        let name = names.pop()?;
        Some(Self { parents: names, name })
    }

    /// The name of the claim.
    pub(super) fn root(&self) -> &str {
        self.parents.first().unwrap_or(&self.name)
    }

    /// Sets the value; yields false, and sets nothing, if a parent is not an object.
    pub(super) fn set(&self, claims: &mut Map<String, Value>, value: Value) -> bool {
        let mut here = claims;
        for parent in &self.parents {
            let member = here.entry(parent).or_insert_with(|| Map::new().into());
            let Value::Object(inside) = member else {
                return false;
            };
            here = inside;
        }
        here.insert(self.name.clone(), value);
        true
    }

    /// Removes the value.
    pub(super) fn remove(&self, claims: &mut Map<String, Value>) {
        let mut here = claims;
        for parent in &self.parents {
            let Some(Value::Object(inside)) = here.get_mut(parent) else {
                return;
            };
            here = inside;
        }
        here.remove(&self.name);
    }
}
