//! Applications and their service principals. Graph spreads news slowly: what was just made may be unknown for a while.

use serde::de::DeserializeOwned;
use std::time::Instant;

use super::Client;
use crate::azure::applications::{
    self, Application, ApplicationCredential, ApplicationCredentialSpec, ApplicationSpec, Page, ServicePrincipal,
};
use crate::context::Context;
use crate::creation;
use crate::error::{Error, found_before};
use crate::request::Request;

impl Client {
    /// Reads an application by its object id.
    pub async fn get_application(&self, id: &str, ctx: &Context) -> Result<Option<Application>, Error> {
        self.find(&applications::get(id), ctx).await
    }

    /// Finds the application that an identifier URI names.
    pub async fn application_by_uri(&self, uri: &str, ctx: &Context) -> Result<Option<Application>, Error> {
        self.first(applications::by_identifier_uri(uri), ctx).await
    }

    /// Finds the application of a client id.
    pub async fn application_by_app_id(&self, app_id: &str, ctx: &Context) -> Result<Option<Application>, Error> {
        self.first(applications::by_app_id(app_id), ctx).await
    }

    /// Finds the applications that carry a tag.
    pub async fn applications_by_tag(&self, tag: &str, ctx: &Context) -> Result<Vec<Application>, Error> {
        self.all(applications::by_tag(tag), ctx).await
    }

    /// Creates an application.
    ///
    /// Graph would make a second one under the same name, so an identifier URI that is taken is looked for first, and so is what became of a
    /// call whose answer was lost.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] when one of its identifier URIs is taken.
    pub async fn create_application(&self, spec: &ApplicationSpec, ctx: &Context) -> Result<Application, Error> {
        let create = applications::create(spec);
        for uri in &spec.identifier_uris {
            if self.application_by_uri(uri, ctx).await?.is_some() {
                return Err(found_before(*create.raw().call()));
            }
        }
        let retry = self.transport.retry_policy();
        let started = Instant::now();
        let mut attempt = 0;
        let created = loop {
            attempt += 1;
            let error = match self.transport.send(&create, ctx).await {
                Ok(created) => break created,
                Err(error) => error,
            };
            let doubtful = error.outcome_unknown() || (attempt > 1 && matches!(error, Error::AlreadyExists(_)));
            if !doubtful || error.is_cancelled() {
                return Err(error);
            }
            let wait = retry.backoff(attempt);
            let over = attempt >= retry.max_attempts || started.elapsed() + wait > retry.budget;
            if over || !ctx.sleep(wait, &error).await {
                return Err(error);
            }
            // By its URI, or else by its mark. Without either nothing tells one application from another, and a second must not be risked.
            let found = match (spec.identifier_uris.first(), spec.tags.first()) {
                (Some(uri), _) => self.application_by_uri(uri, ctx).await?.into_iter().collect(),
                (None, Some(tag)) => self.applications_by_tag(tag, ctx).await?,
                (None, None) => return Err(error),
            };
            let taken = !spec.identifier_uris.is_empty() && !found.is_empty();
            match found.into_iter().find(|found| spec.difference(&found.spec).is_empty()) {
                Some(found) => break found,
                None if taken => return Err(error),
                None => {}
            }
        };
        let read = applications::get(&created.id);
        if let Err(error) = creation::settle(&self.transport, &read, &created.id, &self.timing.settling, ctx).await {
            tracing::warn!(application = created.id, cause = %error, "a new application is not yet known everywhere");
        }
        Ok(created)
    }

    /// Sets the fields that `mask` names. An empty mask changes nothing.
    pub async fn update_application(
        &self,
        id: &str,
        spec: &ApplicationSpec,
        mask: &[&str],
        ctx: &Context,
    ) -> Result<(), Error> {
        if mask.is_empty() {
            return Ok(());
        }
        let update = applications::update(id, spec, mask);
        self.once_there(|| self.transport.send(&update, ctx), ctx).await.map(drop)
    }

    /// Deletes an application softly. Answers `false` when nothing was left to delete.
    pub async fn delete_application(&self, id: &str, ctx: &Context) -> Result<bool, Error> {
        absent_is_false(self.transport.send(&applications::delete(id), ctx).await)
    }

    /// The deleted applications, all of them: whose they are is told by their URIs and tags.
    pub async fn deleted_applications(&self, ctx: &Context) -> Result<Vec<Application>, Error> {
        self.all(applications::deleted(), ctx).await
    }

    /// Reads a deleted application by its object id.
    pub async fn get_deleted_application(&self, id: &str, ctx: &Context) -> Result<Option<Application>, Error> {
        self.find(&applications::get_deleted(id), ctx).await
    }

    /// Brings a deleted application back.
    pub async fn restore_application(&self, id: &str, ctx: &Context) -> Result<Application, Error> {
        let result = self.transport.send(&applications::restore(id), ctx).await;
        match result {
            // A lost answer: an application that can be read has come back.
            Err(error) if error.outcome_unknown() && !error.is_cancelled() => {
                self.get_application(id, ctx).await?.ok_or(error)
            }
            result => result,
        }
    }

    /// Deletes a deleted application for good. Answers `false` when nothing was left to delete.
    pub async fn purge_application(&self, id: &str, ctx: &Context) -> Result<bool, Error> {
        absent_is_false(self.transport.send(&applications::purge(id), ctx).await)
    }

    /// Finds the service principal of an application in this tenant.
    pub async fn get_service_principal(&self, app_id: &str, ctx: &Context) -> Result<Option<ServicePrincipal>, Error> {
        self.first(applications::service_principal_of(app_id), ctx).await
    }

    /// Creates an application's service principal, of which a tenant has at most one.
    pub async fn create_service_principal(
        &self,
        app_id: &str,
        tags: &[String],
        ctx: &Context,
    ) -> Result<ServicePrincipal, Error> {
        let create = applications::create_service_principal(app_id, tags);
        let is_new = |error: &Error| {
            let unheard = "does not reference a valid application";
            matches!(error, Error::NotFound(_))
                || error.refusal().is_some_and(|refusal| refusal.message.contains(unheard))
        };
        match creation::once_known(&self.transport, || self.transport.send(&create, ctx), is_new, ctx).await {
            // There was none, or it would have been refused: what there is now came of this call.
            Err(error) if error.outcome_unknown() && !error.is_cancelled() => {
                self.get_service_principal(app_id, ctx).await?.ok_or(error)
            }
            result => result,
        }
    }

    /// Deletes a service principal by its object id. Answers `false` when nothing was left to delete.
    pub async fn delete_service_principal(&self, id: &str, ctx: &Context) -> Result<bool, Error> {
        absent_is_false(self.transport.send(&applications::delete_service_principal(id), ctx).await)
    }

    /// Lists an application's federated credentials.
    pub async fn list_application_credentials(
        &self,
        application: &str,
        ctx: &Context,
    ) -> Result<Vec<ApplicationCredential>, Error> {
        self.all(applications::credentials(application), ctx).await
    }

    /// Creates a federated credential of an application, which is told by its object id.
    pub async fn create_application_credential(
        &self,
        application: &str,
        spec: &ApplicationCredentialSpec,
        ctx: &Context,
    ) -> Result<ApplicationCredential, Error> {
        let create = applications::create_credential(application, spec);
        match self.once_there(|| self.transport.send(&create, ctx), ctx).await {
            Err(error) if error.outcome_unknown() && !error.is_cancelled() => {
                let all = self.list_application_credentials(application, ctx).await?;
                all.into_iter().find(|found| found.spec == *spec).ok_or(error)
            }
            result => result,
        }
    }

    /// Replaces everything about a federated credential but its name.
    pub async fn update_application_credential(
        &self,
        application: &str,
        id: &str,
        spec: &ApplicationCredentialSpec,
        ctx: &Context,
    ) -> Result<(), Error> {
        self.transport.send(&applications::update_credential(application, id, spec), ctx).await.map(drop)
    }

    /// Deletes a federated credential of an application. Answers `false` when nothing was left to delete.
    pub async fn delete_application_credential(
        &self,
        application: &str,
        id: &str,
        ctx: &Context,
    ) -> Result<bool, Error> {
        absent_is_false(self.transport.send(&applications::delete_credential(application, id), ctx).await)
    }

    async fn once_there<T, F>(&self, send: impl Fn() -> F, ctx: &Context) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        creation::once_known(&self.transport, send, |error| matches!(error, Error::NotFound(_)), ctx).await
    }

    async fn first<T: DeserializeOwned>(&self, request: Request<Page<T>>, ctx: &Context) -> Result<Option<T>, Error> {
        Ok(self.transport.send(&request, ctx).await?.value.into_iter().next())
    }

    async fn all<T: DeserializeOwned>(&self, mut request: Request<Page<T>>, ctx: &Context) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        loop {
            let page = self.transport.send(&request, ctx).await?;
            all.extend(page.value);
            match self.next_page(&request, page.next_link.as_deref())? {
                Some(next) => request = next,
                None => return Ok(all),
            }
        }
    }
}

fn absent_is_false<T>(result: Result<T, Error>) -> Result<bool, Error> {
    match result {
        Ok(_) => Ok(true),
        Err(Error::NotFound(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
