//! A provider of the very schema of `crosscloud` that agrees to whatever is proposed: what a plan costs without a thought.

use std::process::ExitCode;
use std::sync::Arc;

use crosscloud_provider::{ADDRESS, ProviderModel, TrustModel, VERSION};
use tfplugin::resource::{Create, Delete, Read, Reply, Resource, Update};
use tfplugin::serve::{ServeOptions, serve};
use tfplugin::{Context, Outcome, Provider, Registry};

fn main() -> ExitCode {
    serve(Echo, ServeOptions::new(ADDRESS, VERSION))
}

struct Echo;

impl Provider for Echo {
    type Config = ProviderModel;
    type State = ();

    fn type_name(&self) -> &str {
        "crosscloud"
    }

    fn version(&self) -> &str {
        VERSION
    }

    fn register(&self, registry: &mut Registry<()>) {
        registry.resource(EchoTrust);
    }

    async fn configure(&self, _context: Context, _config: ProviderModel) -> Outcome<()> {
        Outcome::done(())
    }
}

struct EchoTrust;

impl Resource for EchoTrust {
    type Model = TrustModel;
    type Provider = ();

    fn type_name(&self) -> &str {
        "crosscloud_trust"
    }

    async fn create(&self, _context: Context<Arc<()>>, request: Create<TrustModel>) -> Reply<TrustModel> {
        Reply::state(request.planned)
    }

    async fn read(&self, _context: Context<Arc<()>>, request: Read<TrustModel>) -> Reply<TrustModel> {
        Reply::state(request.state)
    }

    async fn update(&self, _context: Context<Arc<()>>, request: Update<TrustModel>) -> Reply<TrustModel> {
        Reply::state(request.planned)
    }

    async fn delete(&self, _context: Context<Arc<()>>, _request: Delete<TrustModel>) -> Reply<TrustModel> {
        Reply::gone()
    }
}
