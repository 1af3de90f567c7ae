//! Examples of every page, which together reach every branch of its template. The tests of pages and the gallery of the
//! browser tests render them.

mod account;
mod console;
mod demo;
mod device;
mod enrol;
mod parts;
mod signin;
mod web;

use std::collections::BTreeMap;

use doorward::clock::Time;
use doorward::web::page::{Layout, Page};
use doorward::web::templates::Templates;
use serde_json::Value as Json;

/// An example of a page.
#[derive(Clone)]
pub struct Sample {
    pub template: &'static str,
    /// The example's number among those of its template, from 1.
    pub number: usize,
    pub fields: Json,
}

impl Sample {
    /// A name for files and messages, such as `signin-sign_in-1`.
    pub fn name(&self) -> String {
        let page = self.template.trim_end_matches(".html").replace('/', "-");
        format!("{page}-{}", self.number)
    }

    pub fn render(&self, templates: &Templates, layout: &Layout) -> String {
        templates
            .render_fields(self.template, &self.fields, layout)
            .unwrap_or_else(|error| panic!("{}: {error:#}\n{error:?}", self.name()))
    }
}

/// Every example of every page.
pub fn all() -> Vec<Sample> {
    [
        signin::all(),
        device::all(),
        account::all(),
        console::all(),
        web::all(),
        demo::all(),
    ]
    .concat()
}

/// The examples of one page.
fn of<P: Page>(pages: impl IntoIterator<Item = P>) -> Vec<Sample> {
    let sample = |(number, page)| Sample {
        template: P::TEMPLATE,
        number,
        fields: serde_json::to_value(page).unwrap(),
    };
    (1..).zip(pages).map(sample).collect()
}

/// The layout of every example; its time is close to those in the examples, so that relative times look natural.
pub fn layout() -> Layout {
    Layout {
        base: String::new(),
        organisation: "Example".into(),
        brand: None,
        csrf: "t0k3n".into(),
        theme: None,
        acting: None,
        here: String::new(),
        typed: BTreeMap::new(),
        now: Time::from_seconds(1_795_000_000),
    }
}
