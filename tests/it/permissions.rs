//! Every permission is required by something.

use std::fs;
use std::path::Path;

use doorward::model::permission::Permission;

/// Appends the sources in a folder, except those that only list the permissions.
fn source(folder: &Path, all: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            source(&path, all);
        } else if !path.ends_with("model/permission.rs") && !path.ends_with("words/permissions.rs") {
            all.push_str(&fs::read_to_string(&path).unwrap_or_default());
        }
    }
}

#[test]
fn every_permission_is_required_somewhere() {
    let mut all = String::new();
    source(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    for permission in Permission::ALL {
        let name = format!("{permission:?}");
        let is_required = all
            .split(&name)
            .zip(all.split(&name).skip(1))
            .any(|(before, after)| {
                let whole = !after.starts_with(|c: char| c.is_alphanumeric());
                whole && (before.ends_with("Permission::") || before.ends_with("requires "))
            });
        assert!(is_required, "{name}");
    }
}
