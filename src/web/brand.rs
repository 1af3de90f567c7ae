//! The accent colour of the branding settings, and its style sheet `/static/brand.css`.
//!
//! With any accent colour, text on it and text in it have a contrast of at least 4.5 to 1 (WCAG 2.2).

use std::str::FromStr;

/// The backgrounds of `style.css` with the least contrast to coloured text, in the light and in the dark theme.
const LIGHT_GROUND: Accent = Accent([0xf3, 0xf5, 0xf8]);
const DARK_GROUND: Accent = Accent([0x1c, 0x21, 0x29]);
const BLACK: Accent = Accent([0; 3]);
const WHITE: Accent = Accent([0xff; 3]);
const READABLE: f64 = 4.5;

/// An sRGB colour, written `#rrggbb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accent([u8; 3]);

impl FromStr for Accent {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut channels = [0; 3];
        text.strip_prefix('#')
            .and_then(|digits| hex::decode_to_slice(digits, &mut channels).ok())
            .map(|()| Self(channels))
            .ok_or("a colour is written #rrggbb, for example #3056d3")
    }
}

impl Accent {
    /// The style sheet that replaces the built-in accent colour with this one.
    #[must_use]
    pub fn css(self) -> String {
        let (on_accent, pole) = if self.contrast(WHITE) >= self.contrast(BLACK) {
            (WHITE, BLACK)
        } else {
            (BLACK, WHITE)
        };
        format!(
            ":root{{--accent:{};--on-accent:{};--accent-pole:{};--accent-ink:light-dark({},{})}}\n",
            self.hex(),
            on_accent.hex(),
            pole.hex(),
            self.readable_on(LIGHT_GROUND, BLACK).hex(),
            self.readable_on(DARK_GROUND, WHITE).hex(),
        )
    }

    fn hex(self) -> String {
        format!("#{}", hex::encode(self.0))
    }

    /// This colour, mixed with as little of `pole` as makes it readable on `ground`.
    fn readable_on(self, ground: Self, pole: Self) -> Self {
        (0..=20)
            .map(|step| self.mixed(pole, f64::from(step) / 20.0))
            .find(|colour| colour.contrast(ground) >= READABLE)
            .unwrap_or(pole)
    }

    fn mixed(self, other: Self, share: f64) -> Self {
        let mut mixed = self.0;
        for (channel, target) in mixed.iter_mut().zip(other.0) {
            let value = f64::from(*channel).mul_add(1.0 - share, f64::from(target) * share);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a mean of two bytes is a byte"
            )]
            let byte = value.round() as u8;
            *channel = byte;
        }
        Self(mixed)
    }

    /// WCAG 2.2, contrast ratio.
    fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// WCAG 2.2, relative luminance.
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|channel| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_accent_stays_readable() {
        for text in [
            "#000000", "#ffffff", "#3056d3", "#ffe600", "#777777", "#ff0000", "#00ff88",
        ] {
            let accent: Accent = text.parse().unwrap();
            assert!(
                accent.contrast(WHITE).max(accent.contrast(BLACK)) >= READABLE,
                "{text}"
            );
            assert!(
                accent.readable_on(LIGHT_GROUND, BLACK).contrast(LIGHT_GROUND) >= READABLE,
                "{text}"
            );
            assert!(
                accent.readable_on(DARK_GROUND, WHITE).contrast(DARK_GROUND) >= READABLE,
                "{text}"
            );
        }
    }

    #[test]
    fn text_on_the_accent_is_black_or_white() {
        let css = |text: &str| text.parse::<Accent>().unwrap().css();
        assert!(css("#ffe600").contains("--accent:#ffe600;--on-accent:#000000"));
        assert!(css("#3056d3").contains("--on-accent:#ffffff;--accent-pole:#000000"));
    }

    #[test]
    fn only_six_hex_digits_are_a_colour() {
        for bad in ["", "#fff", "red", "3056d3", "#3056d3;}", "#3056dg", "#3056d3ff"] {
            assert!(bad.parse::<Accent>().is_err(), "{bad}");
        }
    }
}
