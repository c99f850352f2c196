//! Transfer jobs.

use super::Client;
use crate::context::Context;
use crate::creation::Found;
use crate::error::Error;
use crate::gcp::Operation;
use crate::gcp::transfers::{self, TransferAgent, TransferJob, TransferJobSpec};

impl Client {
    /// The account that the project's transfers act as; asked once in a client's life.
    pub async fn transfer_agent(&self, project: &str, ctx: &Context) -> Result<TransferAgent, Error> {
        let request = transfers::agent(project);
        self.shared.transfer_agents.get(&project.to_owned(), self.transport.send(&request, ctx)).await
    }

    /// Reads a job; a deleted one says so, see [`TransferJob::is_deleted`].
    pub async fn get_transfer_job(
        &self,
        project: &str,
        name: &str,
        ctx: &Context,
    ) -> Result<Option<TransferJob>, Error> {
        self.find(&transfers::get(project, name), ctx).await
    }

    /// The project's jobs, deleted ones left out.
    pub async fn list_transfer_jobs(&self, project: &str, ctx: &Context) -> Result<Vec<TransferJob>, Error> {
        let mut all = Vec::new();
        let mut page_token = String::new();
        loop {
            let page = self.transport.send(&transfers::list(project, &page_token), ctx).await?;
            all.extend(page.items);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(all);
            }
        }
    }

    /// Creates a job under a name of the caller's, `transferJobs/…`.
    pub async fn create_transfer_job(
        &self,
        project: &str,
        name: &str,
        spec: &TransferJobSpec,
        ctx: &Context,
    ) -> Result<TransferJob, Error> {
        let (create, read) = (transfers::create(project, name, spec), transfers::get(project, name));
        let judge = |live: &TransferJob| if live.spec == *spec { Found::Ours } else { Found::Foreign };
        self.create(|| self.transport.send(&create, ctx), &read, judge, ctx).await
    }

    /// Sets the fields that `mask` names; a job that was deleted comes back by its status. An empty mask only reads.
    pub async fn update_transfer_job(
        &self,
        project: &str,
        name: &str,
        spec: &TransferJobSpec,
        mask: &[&str],
        ctx: &Context,
    ) -> Result<TransferJob, Error> {
        if mask.is_empty() {
            return self.transport.send(&transfers::get(project, name), ctx).await;
        }
        self.transport.send(&transfers::update(project, name, spec, mask), ctx).await
    }

    /// Deletes a job. Answers `false` when nothing was left to delete.
    pub async fn delete_transfer_job(&self, project: &str, name: &str, ctx: &Context) -> Result<bool, Error> {
        match self.get_transfer_job(project, name, ctx).await? {
            Some(job) if !job.is_deleted() => {}
            _ => return Ok(false),
        }
        match self.transport.send(&transfers::delete(project, name), ctx).await {
            Ok(_) => Ok(true),
            Err(Error::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Begins a run, and answers with its name, `transferOperations/…`. Whether it goes well is for [`Client::transfer_operation`] to tell: a
    /// transfer takes as long as it takes.
    pub async fn run_transfer_job(&self, project: &str, name: &str, ctx: &Context) -> Result<String, Error> {
        let read = transfers::get(project, name);
        let before = self.transport.send(&read, ctx).await?.latest_operation_name;
        let run = transfers::run(project, name);
        let send = || async {
            let operation = self.transport.send(&run, ctx).await?;
            let mut job = self.transport.send(&read, ctx).await?;
            if !operation.name.is_empty() {
                // The job may not know of the run yet.
                job.latest_operation_name = operation.name;
            }
            Ok(job)
        };
        // A lost answer is found out by the run that the job names then.
        let judge = |live: &TransferJob| if live.latest_operation_name == before { Found::NotYet } else { Found::Ours };
        Ok(self.create(send, &read, judge, ctx).await?.latest_operation_name)
    }

    /// Reads a run.
    pub async fn transfer_operation(&self, name: &str, ctx: &Context) -> Result<Option<Operation>, Error> {
        self.find(&transfers::get_operation(name), ctx).await
    }
}
