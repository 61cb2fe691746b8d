//! Loads modules from files.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use strowger_core::modules::{ExternalModule, LoadFault, ModuleFile, ModuleLoader};

use crate::library::Loaded;
use crate::shared::Shared;

/// How long a module may take to get ready.
const PATIENCE: Duration = Duration::from_secs(60);

/// The loader of shared objects.
pub(crate) struct Files;

#[async_trait]
impl ModuleLoader for Files {
    async fn load(&self, file: &ModuleFile) -> Result<Arc<dyn ExternalModule>, LoadFault> {
        let Some(shared) = Shared::get() else { return Err(LoadFault("there is no switch".to_owned())) };
        let file = file.clone();
        let loading = tokio::task::spawn_blocking(move || Loaded::open(shared, &file.name, &file.path));
        let fault = |text: &str| Err(LoadFault(text.to_owned()));
        match tokio::time::timeout(PATIENCE, loading).await {
            Ok(Ok(loaded)) => Ok(Arc::new(loaded?)),
            Ok(Err(_)) => fault("its load function could not be run"),
            Err(_) => fault("its load function has not returned for a minute"),
        }
    }
}
