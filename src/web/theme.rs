//! The theme that a visitor has chosen in their browser; without a choice, pages follow the system.

use crate::model::text_enum;

text_enum! {
    /// A theme.
    Theme {
        /// Dark text on a light ground.
        Light = "light",
        /// Light text on a dark ground.
        Dark = "dark",
    }
}
