//! The logo of an app.

use serde_json::json;

use super::guard::{OPERATE, find, find_for_change};
use crate::directory::pictures::{Framing, new_version, re_encoded};
use crate::directory::{ChangeContext, Failure, Preparation, operation};
use crate::model::ClientId;
use crate::model::action::Action;
use crate::store::pictures;

operation! {
    /// Sets the logo of an app.
    change SetAppLogo {
        id: ClientId,
        /// A PNG, JPEG, WebP or GIF image; it is re-encoded before it is stored.
        image: Vec<u8>,
    } -> (), prepared by encode;
}

impl SetAppLogo {
    async fn encode(&mut self, preparation: &Preparation<'_>) -> Result<(), Failure> {
        // Nobody may make the server decode images for an app that they may not change.
        let mut reading = preparation.reader().await?;
        find(&mut reading.context(), &self.id, OPERATE).await?;
        drop(reading);
        self.image = re_encoded(std::mem::take(&mut self.image), Framing::Pad).await?;
        Ok(())
    }

    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        find_for_change(context, &self.id, OPERATE).await?;
        pictures::set_logo(context.tx(), &self.id, &new_version(), &self.image).await?;
        context
            .record(Action::AppSetLogo, self.id.as_str(), &json!({}))
            .await
    }
}

operation! {
    /// Removes the logo of an app.
    change RemoveAppLogo { id: ClientId } -> ();
}

impl RemoveAppLogo {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        find_for_change(context, &self.id, OPERATE).await?;
        pictures::remove_logo(context.tx(), &self.id).await?;
        context
            .record(Action::AppRemoveLogo, self.id.as_str(), &json!({}))
            .await
    }
}
