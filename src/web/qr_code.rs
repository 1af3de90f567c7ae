//! QR codes, drawn by the page as one path.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel};
use serde::Serialize;

/// A QR code as an SVG path in a square.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct QrCode {
    /// The width and height of the square, with the margin of four modules that readers need.
    pub size: usize,
    /// The path of the dark modules.
    pub path: String,
}

/// How many empty modules surround the code (ISO/IEC 18004 section 6.3.8).
const MARGIN: usize = 4;

impl QrCode {
    /// The code of a text; empty if the text is too long for one.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let Ok(code) = qrcode::QrCode::with_error_correction_level(text, EcLevel::M) else {
            return Self::default();
        };
        let width = code.width();
        let mut path = String::new();
        for (y, row) in code.to_colors().chunks(width).enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|one, next| one == next) {
                if run.first() == Some(&Color::Dark) {
                    // Writing to a string cannot fail.
                    let _ = write!(path, "M{} {}h{}v1H{0}z", x + MARGIN, y + MARGIN, run.len());
                }
                x += run.len();
            }
        }
        Self {
            size: width + 2 * MARGIN,
            path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_covers_the_dark_modules() {
        let text = "otpauth://totp/Example:ann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        let drawn = QrCode::of(text);
        let code = qrcode::QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        let runs = drawn.path.split('M').skip(1);
        let covered: usize = runs
            .map(|run| {
                let length = run.split(['h', 'v']).nth(1).unwrap();
                length.parse::<usize>().unwrap()
            })
            .sum();
        let is_dark = |color: &&Color| **color == Color::Dark;
        assert_eq!(covered, code.to_colors().iter().filter(is_dark).count());
        assert_eq!(drawn.size, code.width() + 8);
        // The upper left corner has a finder pattern, which is seven modules wide.
        assert!(drawn.path.starts_with("M4 4h7v1H4z"), "{}", drawn.path);
        assert_eq!(QrCode::of(&"x".repeat(5_000)), QrCode::default());
    }
}
