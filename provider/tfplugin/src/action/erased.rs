//! An action as the server calls it.

use std::sync::Arc;

use super::{Action, DynAction, Progress};
use crate::context::{BoxFuture, Context};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::Model;
use crate::path::Path;
use crate::provider::Slot;
use crate::schema::Schema;
use crate::types::Type;
use crate::value::Value;

/// An action as the server calls it. Its provider data come from the slot that `configure` fills.
pub fn erase<A: Action>(action: A, slot: Arc<Slot<A::Provider>>) -> Box<dyn DynAction> {
    let schema = Schema::of::<A::Config>();
    Box::new(Erased { ty: schema.implied_type(), action, schema, slot })
}

/// What a handler needs, once there is a provider and a readable configuration.
type Prepared<A> = (Context<Arc<<A as Action>::Provider>>, <A as Action>::Config);

struct Erased<A: Action> {
    action: A,
    schema: Schema,
    ty: Type,
    slot: Arc<Slot<A::Provider>>,
}

impl<A: Action> DynAction for Erased<A> {
    fn type_name(&self) -> &str {
        self.action.type_name()
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn ty(&self) -> &Type {
        &self.ty
    }

    fn validate(&self, context: Context, config: Value) -> BoxFuture<'_, Diagnostics> {
        Box::pin(async move {
            let mut diagnostics = self.schema.validate(&config);
            if let Some(config) = diagnostics.absorb(A::Config::decode(config, &Path::root())) {
                diagnostics.extend(self.action.validate(self.slot.optional(context), config).await);
            }
            diagnostics
        })
    }

    fn plan(&self, context: Context, config: Value) -> BoxFuture<'_, Diagnostics> {
        Box::pin(async move {
            if self.slot.defer(&context) {
                return Diagnostics::new();
            }
            match self.prepare(context, config) {
                Ok((context, config)) => self.action.plan(context, config).await,
                Err(diagnostics) => diagnostics,
            }
        })
    }

    fn invoke(&self, context: Context, config: Value, progress: Progress) -> BoxFuture<'_, Diagnostics> {
        Box::pin(async move {
            if !config.is_wholly_known() {
                let detail = format!("The configuration of {} is not wholly known yet.", self.action.type_name());
                return Diagnostic::error("Action invoked too early", detail).into();
            }
            match self.prepare(context, config) {
                Ok((context, config)) => self.action.invoke(context, config, progress).await,
                Err(diagnostics) => diagnostics,
            }
        })
    }
}

impl<A: Action> Erased<A> {
    fn prepare(&self, context: Context, config: Value) -> Result<Prepared<A>, Diagnostics> {
        let context = self.slot.required(context)?;
        Ok((context, A::Config::decode(config, &Path::root())?))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use tokio::sync::mpsc;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::model::Attr;
    use crate::schema::validate::not_empty;

    /// Rings a bell.
    #[derive(Clone, Debug, Model)]
    struct Ring {
        /// Who is to hear it.
        #[attr(required, validate = not_empty())]
        name: Attr<String>,
    }

    struct Bell;

    impl Action for Bell {
        type Config = Ring;
        type Provider = ();

        fn type_name(&self) -> &str {
            "test_ring"
        }

        async fn plan(&self, _: Context<Arc<()>>, config: Ring) -> Diagnostics {
            match config.name.as_str() {
                Some("nobody") => Diagnostic::error("Nobody is there", "").into(),
                _ => Diagnostics::new(),
            }
        }

        async fn invoke(&self, _: Context<Arc<()>>, config: Ring, progress: Progress) -> Diagnostics {
            progress.report("ding").await;
            progress.report(config.name.known_or(String::new())).await;
            Diagnostics::new()
        }
    }

    fn bell(configured: bool) -> Box<dyn DynAction> {
        let slot = Slot::empty();
        if configured {
            slot.fill((), "1.14.0");
        }
        erase(Bell, Arc::new(slot))
    }

    fn context() -> Context {
        Context::new(CancellationToken::new())
    }

    fn config(name: impl Into<Value>) -> Value {
        Value::object([("name", name.into())])
    }

    #[tokio::test]
    async fn an_action_is_validated_planned_and_invoked() {
        assert!(bell(false).validate(context(), config("")).await.has_error());
        assert!(bell(false).plan(context(), config("ann")).await.to_string().contains("not configured"));
        assert_eq!(bell(true).plan(context(), config(Value::UNKNOWN)).await, Diagnostics::new());
        assert!(bell(true).plan(context(), config("nobody")).await.has_error());

        let (sender, mut heard) = mpsc::channel(8);
        let told = bell(true).invoke(context(), config("ann"), Progress::new(sender.clone())).await;
        assert_eq!(told, Diagnostics::new());
        assert_eq!([heard.recv().await.unwrap(), heard.recv().await.unwrap()], ["ding", "ann"]);
        let early = bell(true).invoke(context(), config(Value::UNKNOWN), Progress::new(sender.clone())).await;
        assert!(early.to_string().contains("not wholly known"));
        drop(heard);
        // Nobody listens any more, which is no reason to hang or to fail.
        assert_eq!(bell(true).invoke(context(), config("ann"), Progress::new(sender)).await, Diagnostics::new());
    }
}
