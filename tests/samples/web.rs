//! Examples of the error page and of the pages that lead to an app.

use doorward::web::error_pages::{ErrorPage, Fact};
use doorward::web::form_post::FormPost;
use doorward::web::leaving::Leaving;
use doorward::web::page::Link;

use super::parts::person;
use super::{Sample, of};

pub fn all() -> Vec<Sample> {
    [
        of([wrong_address(), failure(), refusal()]),
        of([form_post()]),
        of([leaving()]),
    ]
    .concat()
}

fn leaving() -> Leaving {
    Leaving {
        app: "Grafana".into(),
        target: "https://grafana.example.org/callback?code=Zk3&state=a+b".into(),
    }
}

fn form_post() -> FormPost {
    FormPost {
        app: "Grafana".into(),
        action: "https://grafana.example.org/callback".into(),
        fields: vec![("code".into(), "Zk3".into()), ("state".into(), "a b&c".into())],
    }
}

fn wrong_address() -> ErrorPage {
    ErrorPage {
        status: 400,
        heading: "This app sent an address we do not know".into(),
        sentence:
            "Grafana asked to send you back to an address that is not registered for it, so you were not \
                   signed in."
                .into(),
        next: "Tell the people who run Grafana: they can compare the address with the one registered here."
            .into(),
        reference: "7F3K-92QD".into(),
        facts: vec![
            Fact::new("App", "grafana"),
            Fact::new(
                "Address it sent",
                "https://grafana.example.org/login/generic_oauth/callback?next=%2Fdashboards",
            ),
            Fact::new("Error", "invalid_request: redirect_uri is not registered"),
        ],
        person: None,
        link: None,
    }
}

pub fn refusal() -> ErrorPage {
    ErrorPage {
        status: 403,
        heading: "Your roles do not allow this".into(),
        sentence: "Nothing was shown or changed.".into(),
        next: "Ask an administrator to do it, or to grant you a role that allows it.".into(),
        person: Some(person()),
        ..failure()
    }
}

fn failure() -> ErrorPage {
    ErrorPage {
        status: 500,
        heading: "Something failed on our side".into(),
        sentence: "Your request could not be finished, and nothing was changed.".into(),
        next: "Try again in a minute. If it fails again, give the reference below to your administrator."
            .into(),
        reference: "B81C-0TXA".into(),
        facts: Vec::new(),
        person: None,
        link: Some(Link::new("Go to your account", "/account")),
    }
}
