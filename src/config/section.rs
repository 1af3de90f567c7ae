//! Sections of the configuration. One declaration of each key yields the struct's field, the parser and the
//! example.

use std::fmt::Write;

use super::raw::Key;

/// A section of the file; the keys outside all sections form the one without a name.
pub(super) struct Section {
    pub name: &'static str,
    pub doc: &'static [&'static str],
    pub keys: &'static [Key],
}

impl Section {
    /// The section as TOML, with every key commented out.
    pub(super) fn example(&self) -> String {
        let mut text = comment(self.doc);
        if !self.name.is_empty() {
            _ = writeln!(text, "[{}]", self.name);
        }
        for key in self.keys {
            _ = writeln!(text, "\n{}# {} = {}", comment(key.doc), key.name, key.shown);
        }
        text
    }
}

fn comment(lines: &[&str]) -> String {
    lines.iter().flat_map(|line| ["#", line, "\n"]).collect()
}

/// Declares a section: its struct, its parser and its text in the example.
///
/// `key: Type = default => parser;` declares a key with a default, `key: Type => parser, like example;` one
/// without. `, or "key_file"` at the end declares a second key for a file that contains the value.
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        $section:ident $name:literal {
            $(
                $(#[doc = $doc:literal])+
                $key:ident: $type:ty $(= $default:literal)? => $parse:expr $(, like $example:tt)? $(, or $file:literal)?;
            )+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $section {
            $($(#[doc = $doc])+ pub $key: $type,)+
        }

        impl $section {
            const ABOUT: $crate::config::section::Section = $crate::config::section::Section {
                name: $name,
                doc: &[$($about),+],
                keys: &[$($crate::config::raw::Key {
                    name: stringify!($key),
                    in_file: section!(@file $($file)?),
                    shown: stringify!($($default)? $($example)?),
                    doc: &[$($doc),+],
                }),+],
            };

            fn read(raw: &mut $crate::config::raw::Raw) -> Option<Self> {
                let mut keys = Self::ABOUT.keys.iter();
                // Reads each key even after a fault, so that all faults are reported.
                $(let $key = raw.take($name, keys.next()?, section!(@default $($default)?), $parse);)+
                Some(Self { $($key: $key?),+ })
            }
        }
    };
    (@file) => { None };
    (@file $file:literal) => { Some($file) };
    (@default) => { "" };
    (@default $default:literal) => { &$default.to_string() };
}

pub(super) use section;
