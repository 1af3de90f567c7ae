//! A macro for settings: a struct whose fields have defaults.

/// Declares a struct whose fields are written with their defaults.
macro_rules! with_defaults {
    (
        $(#[$about:meta])*
        $name:ident { $($(#[$doc:meta])* $field:ident: $type:ty = $default:expr),+ $(,)? }
    ) => {
        $(#[$about])*
        pub struct $name {
            $($(#[$doc])* pub $field: $type),+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default),+ }
            }
        }
    };
}

pub(crate) use with_defaults;
