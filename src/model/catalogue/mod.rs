//! The catalogue: definitions of well-known apps, from which an app is created with one address.

mod address;
mod placeholder;

use std::sync::LazyLock;

use rust_embed::RustEmbed;
use serde::{Deserialize, Serialize};

pub use self::address::Address;
pub use self::placeholder::{Placeholder, Values};
use super::client::{ClientSettings, CredentialKind};
use super::refusal::Refusal;
use super::text_enum;

/// The `catalogue/` folder: read from disk in debug builds, part of the binary in release builds.
#[derive(RustEmbed)]
#[folder = "catalogue/"]
struct Files;

text_enum! {
    /// What an app is for, by which the catalogue is grouped.
    Category {
        /// Code, builds and quality.
        Development = "Development",
        /// Clusters, virtual machines and what runs them.
        Infrastructure = "Infrastructure",
        /// Dashboards, errors and data.
        Monitoring = "Monitoring and data",
        /// Documents, chat and plans.
        Collaboration = "Collaboration",
        /// Photos, documents and home automation.
        Home = "Home and media",
        /// Proxies that sign people in before they reach an app.
        Proxy = "Proxies",
        /// Identity providers and networks that accept an upstream provider.
        Identity = "Identity and networks",
        /// Libraries for apps of one's own.
        Library = "Libraries",
    }
}

/// A text to copy into the configuration of an app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snippet {
    /// Where it belongs, such as the name of a file.
    pub title: String,
    /// The language that it is written in.
    pub language: String,
    /// The text, with placeholders such as `{client_id}`.
    pub text: String,
}

/// Where the facts of a definition come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The page of public documentation.
    pub url: String,
    /// The day on which it was read.
    pub read: String,
}

/// The address that a person types for an app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddressField {
    /// An example.
    pub example: String,
    /// What to type, if it is not simply the address in the browser.
    #[serde(default)]
    pub help: String,
}

/// The definition of a well-known app: one file of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Its id, which is the name of its file and the default client ID.
    #[serde(skip_deserializing)]
    pub id: String,
    /// The name of the app.
    pub name: String,
    /// What it is for.
    pub category: Category,
    /// What it is, in a few words.
    pub summary: String,
    /// The address to type; none if nothing depends on it.
    pub address: Option<AddressField>,
    /// The settings with which it is created; its URIs have placeholders.
    pub settings: ClientSettings,
    /// How its roles follow from claims.
    #[serde(default)]
    pub roles: String,
    /// Its peculiarities, one sentence each.
    #[serde(default)]
    pub quirks: Vec<String>,
    /// What to copy into its configuration.
    pub snippets: Vec<Snippet>,
    /// Where these facts come from.
    pub sources: Vec<Source>,
}

impl Definition {
    /// Reads a file of the catalogue.
    ///
    /// # Errors
    /// What is wrong with it, for the person who writes the file.
    pub fn parse(id: &str, text: &str) -> Result<Self, String> {
        let mut definition: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        id.clone_into(&mut definition.id);
        definition.check()?;
        Ok(definition)
    }

    fn check(&self) -> Result<(), String> {
        let used = self.placeholders()?;
        let has_secret = self.settings.client_auth.credential_kind() == CredentialKind::Secret;
        let needs_address = used.iter().any(|one| one.needs_address());
        if used.contains(&Placeholder::ClientSecret) != has_secret {
            return Err("its snippets need {client_secret} if and only if it has a secret".to_owned());
        }
        if needs_address != self.address.is_some() {
            return Err("it needs an address if and only if it uses {address} or {host}".to_owned());
        }
        if let Some(field) = &self.address {
            Address::parse(&field.example).map_err(|_| "the example is not an address")?;
        }
        let mut sentences = self.notes().chain(Some(&self.summary));
        if let Some(text) = sentences.find(|text| !text.ends_with('.')) {
            return Err(format!("not a sentence: {text}"));
        }
        if self.settings.redirect_uris.is_empty() || self.snippets.is_empty() || self.sources.is_empty() {
            return Err("it needs a redirect URI, a snippet and a source".to_owned());
        }
        if let Some(refused) = self.settings.claim_rules.reasons().first() {
            return Err(format!("a claim rule is refused: {}", refused.code.as_str()));
        }
        if let Some(source) = self.sources.iter().find(|source| !source.is_valid()) {
            return Err(format!("not a source with an https URL and a date: {source:?}"));
        }
        Ok(())
    }

    /// Every placeholder that it uses.
    fn placeholders(&self) -> Result<Vec<Placeholder>, String> {
        let uris = uri_lists(&self.settings).into_iter().flatten();
        let logouts = [
            &self.settings.backchannel_logout_uri,
            &self.settings.frontchannel_logout_uri,
        ];
        let uris = uris.chain(logouts.into_iter().flatten());
        let texts = uris.chain(self.snippets.iter().map(|snippet| &snippet.text));
        let found: Result<Vec<_>, _> = texts.map(|text| Placeholder::all_in(text)).collect();
        Ok(found?.into_iter().flatten().collect())
    }

    /// Whether it matches a search: every word is part of its name, category or summary.
    #[must_use]
    pub fn matches(&self, search: &str) -> bool {
        let text = format!("{} {} {} {}", self.id, self.name, self.category, self.summary).to_lowercase();
        search
            .to_lowercase()
            .split_whitespace()
            .all(|word| text.contains(word))
    }

    /// How its roles follow from claims, and its peculiarities.
    pub fn notes(&self) -> impl Iterator<Item = &String> {
        Some(&self.roles)
            .filter(|text| !text.is_empty())
            .into_iter()
            .chain(&self.quirks)
    }

    /// The address that somebody typed, if the app has one.
    ///
    /// # Errors
    /// When it is not an address.
    pub fn address_from(&self, typed: &str) -> Result<Option<Address>, Refusal> {
        self.address.as_ref().map(|_| Address::parse(typed)).transpose()
    }

    /// The settings of an app at this address.
    #[must_use]
    pub fn settings_at(&self, values: &Values<'_>) -> ClientSettings {
        let fill = |uris: &[String]| uris.iter().map(|uri| values.fill(uri)).collect();
        let fill_one = |uri: Option<&String>| uri.map(|uri| values.fill(uri));
        ClientSettings {
            redirect_uris: fill(&self.settings.redirect_uris),
            post_logout_redirect_uris: fill(&self.settings.post_logout_redirect_uris),
            allowed_origins: fill(&self.settings.allowed_origins),
            backchannel_logout_uri: fill_one(self.settings.backchannel_logout_uri.as_ref()),
            frontchannel_logout_uri: fill_one(self.settings.frontchannel_logout_uri.as_ref()),
            home_uri: values.address.map(ToString::to_string),
            ..self.settings.clone()
        }
    }

    /// What to copy into the configuration of the app.
    #[must_use]
    pub fn snippets_for(&self, values: &Values<'_>) -> Vec<Snippet> {
        let filled = self.snippets.iter().map(|snippet| Snippet {
            text: values.fill(snippet.text.trim_end()),
            ..snippet.clone()
        });
        filled.collect()
    }

    /// A client ID and a name that no app has yet: those of the definition, with a number if they are taken.
    #[must_use]
    pub fn unused<'a>(&self, taken: impl Iterator<Item = &'a str>) -> (String, String) {
        let taken: Vec<&str> = taken.collect();
        if !taken.contains(&self.id.as_str()) {
            return (self.id.clone(), self.name.clone());
        }
        let is_free = |number: &usize| !taken.contains(&format!("{}-{number}", self.id).as_str());
        // This tries one more number than there are apps, so at least one is free.
        let number = (2..=taken.len() + 2).find(is_free).unwrap_or(2);
        (format!("{}-{number}", self.id), format!("{} {number}", self.name))
    }
}

impl Source {
    /// The host of the page.
    #[must_use]
    pub fn host(&self) -> &str {
        let rest = self.url.trim_start_matches("https://");
        rest.split('/').next().unwrap_or_default()
    }

    fn is_valid(&self) -> bool {
        self.url.starts_with("https://") && self.read.parse::<jiff::civil::Date>().is_ok()
    }
}

fn uri_lists(settings: &ClientSettings) -> [&Vec<String>; 3] {
    [
        &settings.redirect_uris,
        &settings.post_logout_redirect_uris,
        &settings.allowed_origins,
    ]
}

/// Reads every file of the catalogue; yields the definitions by name, and what is wrong with each file that is not one.
#[must_use]
pub fn read_all() -> (Vec<Definition>, Vec<String>) {
    let (mut read, mut wrong) = (Vec::new(), Vec::new());
    for name in Files::iter() {
        let Some(id) = name.strip_suffix(".toml") else {
            continue;
        };
        let file = Files::get(&name).map(|file| file.data.into_owned());
        let text = file.and_then(|bytes| String::from_utf8(bytes).ok());
        match Definition::parse(id, &text.unwrap_or_default()) {
            Ok(definition) => read.push(definition),
            Err(error) => wrong.push(format!("{name}: {error}")),
        }
    }
    read.sort_by_key(|definition| definition.name.to_lowercase());
    (read, wrong)
}

/// The catalogue, by name.
#[must_use]
pub fn all() -> &'static [Definition] {
    // A test reads every file, so none is left out here.
    static ALL: LazyLock<Vec<Definition>> = LazyLock::new(|| read_all().0);
    &ALL
}

/// The definition with this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Definition> {
    all().iter().find(|definition| definition.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
name = "Example"
category = "Monitoring and data"
summary = "Charts."
address = { example = "https://charts.example.org" }
settings = { redirect_uris = ["{address}/cb"] }
snippets = [{ title = "a.ini", language = "ini", text = "id = {client_id}\nsecret = {client_secret}\n" }]
sources = [{ url = "https://example.org/docs", read = "2026-11-28" }]
"#;

    #[test]
    fn every_file_of_the_catalogue_is_valid() {
        let (read, wrong) = read_all();
        assert_eq!(wrong, [""; 0]);
        assert!(!read.is_empty());
    }

    #[test]
    fn a_mistake_in_a_file_is_found() {
        assert!(Definition::parse("example", GOOD).is_ok());
        for (old, new) in [
            ("summary =", "sumary ="),
            ("\"Charts.\"", "\"Charts\""),
            ("{ redirect_uris", "{ lifetime = 1, redirect_uris"),
            ("{address}/cb", "{adress}/cb"),
            ("{address}/cb", "https://fixed.example.org/cb"),
            ("{client_id}", "{clientid}"),
            ("\\nsecret = {client_secret}", ""),
            ("{address}/cb\"]", "{address}/cb\"], client_auth = \"none\""),
            ("https://charts", "charts of"),
            ("https://example.org/docs", "http://example.org/docs"),
            ("2026-11-28", "yesterday"),
            ("Monitoring and data", "Charts"),
        ] {
            assert!(GOOD.contains(old), "{old}");
            let changed = GOOD.replacen(old, new, 1);
            assert!(Definition::parse("example", &changed).is_err(), "{old} -> {new}");
        }
    }

    #[test]
    fn a_second_app_gets_a_number() {
        let definition = Definition::parse("example", GOOD).unwrap_or_else(|error| panic!("{error}"));
        let unused = |taken: &[&str]| definition.unused(taken.iter().copied()).0;
        assert_eq!(unused(&["other"]), "example");
        assert_eq!(unused(&["example"]), "example-2");
        assert_eq!(unused(&["example-2", "example", "example-3"]), "example-4");
    }
}
