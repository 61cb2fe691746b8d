//! Modules in files of their own: whoever can open such files ([`ModuleLoader`]) tells what is in them
//! ([`ExternalModule`]); here their words come and go.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use parking_lot::Mutex;
use strowger_event::EventKind;

use super::{Interface, ModuleError, add_words, brought, take_words};
use crate::log::LogLevel;
use crate::registry::{ApiCommand, Application, Registries};
use crate::switch::Switch;

/// Opens modules' files.
#[async_trait]
pub trait ModuleLoader: Send + Sync {
    /// Opens the file and has the module get ready. Nothing of it can be reached before its words are registered.
    ///
    /// # Errors
    /// [`LoadFault`]: why it cannot be had; nothing of it is left then.
    async fn load(&self, file: &ModuleFile) -> Result<Arc<dyn ExternalModule>, LoadFault>;
}

/// Why a file cannot be loaded, for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct LoadFault(pub String);

/// A module that was loaded from a file.
#[async_trait]
pub trait ExternalModule: Send + Sync {
    /// Its applications; each says that it is of this module.
    fn applications(&self) -> Vec<Arc<dyn Application>>;

    /// Its commands; likewise.
    fn commands(&self) -> Vec<Arc<dyn ApiCommand>>;

    /// Whether it wants to stay as long as the switch runs.
    fn is_permanent(&self) -> bool;

    /// Its words can be reached: what it does by itself begins.
    fn begin(&self);

    /// Lets nobody run its words any more, unless somebody does now: false then, and nothing is changed.
    fn close(&self) -> bool;

    /// Ends what it does by itself and lets go of the file; false when some of it goes on, and the file stays. Waits for
    /// that, but not for ever.
    async fn end(self: Arc<Self>) -> bool;
}

/// The name of a module, and where its file would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleFile {
    /// `mod_x`.
    pub name: String,
    /// `/usr/lib/strowger/mod/mod_x.so`.
    pub path: PathBuf,
}

impl ModuleFile {
    /// Of `mod_x`, `mod_x.so` (in `folder`) or a path with a folder of its own.
    #[must_use]
    pub fn parse(wanted: &str, folder: &str) -> Self {
        let (parent, file) = wanted.rsplit_once('/').map_or((None, wanted), |(parent, file)| (Some(parent), file));
        let name = file.split_once('.').map_or(file, |(name, _)| name).to_owned();
        let path = match parent {
            Some(_) => PathBuf::from(wanted),
            None => Path::new(folder).join(format!("{name}{ENDING}")),
        };
        Self { name, path }
    }
}

/// The ending of modules' files.
const ENDING: &str = ".so";

/// The modules of a switch that came from files.
#[derive(Default)]
pub(crate) struct Externals {
    loader: OnceLock<Arc<dyn ModuleLoader>>,
    by_name: Mutex<BTreeMap<String, External>>,
}

struct External {
    filename: String,
    /// None while it is being loaded or unloaded.
    module: Option<Arc<dyn ExternalModule>>,
}

impl Externals {
    /// The names of those that are loaded.
    pub(super) fn loaded(&self) -> BTreeSet<String> {
        let by_name = self.by_name.lock();
        by_name.iter().filter(|(_, one)| one.module.is_some()).map(|(name, _)| name.clone()).collect()
    }

    /// Whether there is one of that name, or one that is being loaded or unloaded.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.by_name.lock().contains_key(name)
    }

    /// Tells where the module of an interface is.
    pub(super) fn name_file(&self, interface: &mut Interface) {
        if let Some(external) = self.by_name.lock().get(&interface.module) {
            interface.filename.clone_from(&external.filename);
        }
    }

    /// Keeps a name for a module that is about to be loaded; false when it is taken.
    fn reserve(&self, file: &ModuleFile) -> bool {
        let mut by_name = self.by_name.lock();
        if by_name.contains_key(&file.name) {
            return false;
        }
        let filename = file.path.to_string_lossy().into_owned();
        by_name.insert(file.name.clone(), External { filename, module: None });
        true
    }

    fn forget(&self, name: &str) {
        self.by_name.lock().remove(name);
    }

    /// Registers a module's words, all of them or none.
    fn register(&self, module: &dyn ExternalModule, registries: &Registries) -> Result<(), LoadFault> {
        let (applications, commands) = (module.applications(), module.commands());
        // Two modules do not bring one word at the same time.
        let _by_name = self.by_name.lock();
        taken_word(registries, &applications, &commands).map_or(Ok(()), Err)?;
        add_words(registries, (applications, commands));
        Ok(())
    }

    /// The module is loaded: from now on it may be unloaded.
    fn enter(&self, name: &str, module: Arc<dyn ExternalModule>) {
        if let Some(external) = self.by_name.lock().get_mut(name) {
            external.module = Some(module);
        }
    }
}

/// Says whose a word already is that a module brings; `None` when all of them are new.
fn taken_word(
    registries: &Registries,
    applications: &[Arc<dyn Application>],
    commands: &[Arc<dyn ApiCommand>],
) -> Option<LoadFault> {
    let mut seen = BTreeSet::new();
    let fault = |kind, name, of| Some(LoadFault(format!("the {kind} {name} is there already, of {of}")));
    for about in applications.iter().map(|one| one.about()) {
        if let Some(other) = registries.applications.get(about.name) {
            return fault("application", about.name, other.about().module);
        }
        if !seen.insert(("application", about.name.to_ascii_lowercase())) {
            return fault("application", about.name, about.module);
        }
    }
    for about in commands.iter().map(|one| one.about()) {
        if let Some(other) = registries.commands.get(about.name) {
            return fault("command", about.name, other.about().module);
        }
        if !seen.insert(("command", about.name.to_ascii_lowercase())) {
            return fault("command", about.name, about.module);
        }
    }
    None
}

impl Switch {
    /// Has modules loaded from files; of several loaders the first stays.
    pub fn set_module_loader(&self, loader: Arc<dyn ModuleLoader>) {
        let _ = self.externals().loader.set(loader);
    }

    /// The names of the modules in the folder `mod_dir`.
    pub(super) fn module_files(&self) -> BTreeSet<String> {
        let folder = self.globals().get("mod_dir").unwrap_or_default();
        let Ok(entries) = std::fs::read_dir(folder) else { return BTreeSet::new() };
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        names.filter_map(|name| name.strip_suffix(ENDING).map(str::to_owned)).collect()
    }

    pub(super) async fn load_external(self: &Arc<Self>, file: ModuleFile) -> Result<(), ModuleError> {
        let Some(loader) = self.externals().loader.get().cloned() else { return Err(ModuleError::Unknown) };
        if !self.externals().reserve(&file) {
            self.note(LogLevel::Warning, &format!("Module {} Already Loaded!", file.name));
            return Err(ModuleError::AlreadyLoaded);
        }
        // Whoever asked may not wait for it: what was begun is ended.
        let switch = Arc::clone(self);
        let loading = tokio::spawn(async move {
            let loaded = switch.load_reserved(loader.as_ref(), &file).await;
            if loaded.is_err() {
                switch.externals().forget(&file.name);
            }
            loaded
        });
        loading.await.unwrap_or(Err(ModuleError::Unknown))
    }

    async fn load_reserved(&self, loader: &dyn ModuleLoader, file: &ModuleFile) -> Result<(), ModuleError> {
        let path = file.path.display();
        let refuse =
            |fault: &LoadFault| self.note(LogLevel::Crit, &format!("Error Loading module {path}\n**{fault}**"));
        if !file.path.is_file() {
            refuse(&LoadFault(format!("{path}: cannot open shared object file: No such file or directory")));
            return Err(ModuleError::Unknown);
        }
        let module = match loader.load(file).await {
            Ok(module) => module,
            Err(fault) => {
                refuse(&fault);
                return Err(ModuleError::Refused(fault.0));
            }
        };
        if let Err(fault) = self.externals().register(module.as_ref(), self.registries()) {
            module.close();
            module.end().await;
            refuse(&fault);
            return Err(ModuleError::Refused(fault.0));
        }
        self.loaded(&file.name);
        module.begin();
        self.externals().enter(&file.name, module);
        Ok(())
    }

    pub(super) async fn unload_external(self: &Arc<Self>, name: &str) -> Result<(), ModuleError> {
        let module = {
            let mut by_name = self.externals().by_name.lock();
            let external = by_name.get_mut(name).ok_or(ModuleError::NotLoaded)?;
            let module = external.module.as_ref().ok_or(ModuleError::NotLoaded)?;
            if module.is_permanent() {
                return Err(self.permanent());
            }
            if !module.close() {
                self.note(LogLevel::Warning, &format!("Module {name} is in use, cannot unload."));
                return Err(ModuleError::InUse);
            }
            external.module.take().ok_or(ModuleError::NotLoaded)?
        };
        let (switch, name) = (Arc::clone(self), name.to_owned());
        let unloading = tokio::spawn(async move {
            let brings = brought(switch.registries(), Some(&name));
            drop(take_words(switch.registries(), &name));
            switch.tell(EventKind::ModuleUnload, "Deleting", &brings);
            switch.note(LogLevel::Console, &format!("Stopping: {name}"));
            // The name of one that goes on stays taken: what it is cannot be loaded beside itself.
            if module.end().await {
                switch.externals().forget(&name);
                switch.note(LogLevel::Console, &format!("{name} unloaded."));
            }
        });
        // It is unloaded also when it panics meanwhile: its words are gone.
        let _ = unloading.await;
        Ok(())
    }

    /// Ends what the modules from files do by themselves, because the switch ends. Calls are over by then.
    pub async fn end_modules(&self) {
        let modules: Vec<_> = {
            let mut by_name = self.externals().by_name.lock();
            by_name.values_mut().filter_map(|one| one.module.take()).collect()
        };
        for module in modules {
            module.close();
            module.end().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_paths_are_files() {
        let check = |wanted: &str, name: &str, path: &str| {
            let file = ModuleFile::parse(wanted, "/mod");
            assert_eq!((file.name.as_str(), file.path.to_str()), (name, Some(path)));
        };
        check("mod_x", "mod_x", "/mod/mod_x.so");
        check("mod_x.so", "mod_x", "/mod/mod_x.so");
        check("/opt/v1.2/mod_x.so", "mod_x", "/opt/v1.2/mod_x.so");
    }
}
