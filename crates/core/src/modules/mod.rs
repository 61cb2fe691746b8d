//! Modules: which words belong together, and taking them away and bringing them back while the switch runs
//! (`switch_loadable_module.c`).
//!
//! Those that are built in are loaded from the start. What such a module brings is what names it: applications and commands
//! in their [`AboutOf`], endpoints in [`Endpoint::module`], the rest in a table here. A module that comes from a file
//! ([`ExternalModule`]) has its words put into the same [`Registries`], and is loaded and unloaded by the same commands.

mod external;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use parking_lot::Mutex;
use strowger_event::{Event, EventKind};

use crate::bus::Origin;
use crate::endpoint::Endpoint;
use crate::log::LogLevel;
use crate::registry::{AboutOf, ApiCommand, Application, Registries};
use crate::switch::Switch;

pub(crate) use external::Externals;
pub use external::{ExternalModule, LoadFault, ModuleFile, ModuleLoader};

/// Why a module cannot be loaded or unloaded, in FreeSWITCH's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModuleError {
    /// It is loaded.
    #[error("Module already loaded")]
    AlreadyLoaded,
    /// There is no module of that name to load.
    #[error("module load file routine returned an error")]
    Unknown,
    /// There is its file, but it is not loaded; with the reason, which FreeSWITCH only logs.
    #[error("module load file routine returned an error: {0}")]
    Refused(String),
    /// There is none of that name to unload.
    #[error("No such module!")]
    NotLoaded,
    /// It stays as long as the switch runs.
    #[error("Module is not unloadable")]
    Permanent,
    /// A call runs one of its applications, or a command of it runs.
    #[error("Module in use.")]
    InUse,
}

/// One thing that a module brings, as `show interfaces` and MODULE_LOAD tell of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interface {
    /// `api`, `application`, `endpoint`, `codec`, ….
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// What it does; empty where there is nothing to say.
    pub description: String,
    /// Its arguments.
    pub syntax: String,
    /// The module that brings it.
    pub module: String,
    /// The file that the module is in; `built-in` when it is none.
    pub filename: String,
}

/// What was taken away with modules that are not loaded, by module.
#[derive(Default)]
pub(crate) struct Shelf(Mutex<BTreeMap<String, Taken>>);

#[derive(Default)]
struct Taken {
    applications: Vec<Arc<dyn Application>>,
    commands: Vec<Arc<dyn ApiCommand>>,
    endpoints: Vec<Arc<dyn Endpoint>>,
}

impl Taken {
    fn put_back(self, registries: &Registries) {
        add_words(registries, (self.applications, self.commands));
        self.endpoints.into_iter().for_each(|one| registries.endpoints.add(one.name(), one));
    }
}

/// Applications and commands of a module.
type Words = (Vec<Arc<dyn Application>>, Vec<Arc<dyn ApiCommand>>);

/// Takes a module's words away, and gives them back.
fn take_words(registries: &Registries, name: &str) -> Words {
    let applications = registries.applications.take(|one| one.about().module == name);
    (applications, registries.commands.take(|one| one.about().module == name))
}

/// Puts words under the names that they say of themselves.
fn add_words(registries: &Registries, (applications, commands): Words) {
    applications.into_iter().for_each(|one| registries.applications.add_named(one, |one| one.about().name.to_owned()));
    commands.into_iter().for_each(|one| registries.commands.add_named(one, |one| one.about().name.to_owned()));
}

/// What modules bring that is in no registry: type, name, module.
const FIXED: [(&str, &str, &str); 17] = [
    ("codec", "G.711 alaw", "CORE_PCM_MODULE"),
    ("codec", "G.711 ulaw", "CORE_PCM_MODULE"),
    ("dialplan", "XML", "mod_dialplan_xml"),
    ("dialplan", "inline", "mod_dptools"),
    ("file", "file_string", "mod_dptools"),
    ("file", "silence_stream", "mod_tone_stream"),
    ("file", "tone_stream", "mod_tone_stream"),
    ("file", "wav", "mod_sndfile"),
    ("json_api", "channelData", "mod_commands"),
    ("json_api", "execute", "mod_commands"),
    ("json_api", "fsapi", "mod_commands"),
    ("json_api", "status", "mod_commands"),
    ("limit", "db", "mod_db"),
    ("limit", "hash", "mod_hash"),
    ("say", "en", "mod_say_en"),
    ("say", "zh", "mod_say_zh"),
    ("timer", "soft", "CORE_SOFTTIMER_MODULE"),
];

/// Modules that stay: mod_commands does in FreeSWITCH as well, the others are a part of the switch itself here.
const PERMANENT: [&str; 10] = [
    "CORE_PCM_MODULE",
    "CORE_SOFTTIMER_MODULE",
    "mod_commands",
    "mod_console",
    "mod_dialplan_xml",
    "mod_event_socket",
    "mod_logfile",
    "mod_sndfile",
    "mod_sofia",
    "mod_tone_stream",
];

/// What stands where a file's path does, of a module that has none.
const BUILT_IN: &str = "built-in";

/// The one that is there only when the configuration names it.
const ASKED_FOR: &str = "mod_xml_curl";

/// Whether there is such a module, loaded or not, given what `registries` have of those that are.
pub fn is_known(registries: &Registries, name: &str) -> bool {
    PERMANENT.contains(&name) || name == ASKED_FOR || !brought(registries, Some(name)).is_empty()
}

/// In the order in which FreeSWITCH tells of what a module brings.
const ORDER: [&str; 9] = ["endpoint", "codec", "dialplan", "timer", "application", "api", "json_api", "file", "limit"];

impl Switch {
    /// The modules that are loaded, sorted.
    pub fn modules(&self) -> BTreeSet<String> {
        let mut names: BTreeSet<String> = self.interfaces().into_iter().map(|one| one.module).collect();
        names.extend(PERMANENT.map(str::to_owned));
        names.extend(self.config().modules.iter().filter(|name| *name == ASKED_FOR).cloned());
        names.extend(self.externals().loaded());
        names
    }

    /// The modules that could be loaded, sorted: those that were unloaded, and the files of the folder `mod_dir`.
    pub fn unloaded_modules(&self) -> Vec<String> {
        let mut names: BTreeSet<String> = self.shelf().0.lock().keys().cloned().collect();
        let loaded = self.externals().loaded();
        names.extend(self.module_files().into_iter().filter(|name| !loaded.contains(name)));
        names.into_iter().collect()
    }

    /// What the loaded modules bring, by type and name.
    pub fn interfaces(&self) -> Vec<Interface> {
        let shelf = self.shelf().0.lock();
        let mut all = brought(self.registries(), None);
        all.retain(|one| !shelf.contains_key(&one.module));
        all.iter_mut().for_each(|one| self.externals().name_file(one));
        all.sort();
        all
    }

    /// Brings a module's words back, or loads it from its file, and tells of each: MODULE_LOAD. `wanted` is a name
    /// (`mod_x`, `mod_x.so`), or a file's absolute path.
    ///
    /// # Errors
    /// [`ModuleError::AlreadyLoaded`]; [`ModuleError::Unknown`] of a name that is neither that of a module nor of a file;
    /// [`ModuleError::Refused`] of a file that cannot be loaded.
    pub async fn load_module(self: &Arc<Self>, wanted: &str) -> Result<(), ModuleError> {
        let file = ModuleFile::parse(wanted, &self.globals().get("mod_dir").unwrap_or_default());
        self.load_module_file(file).await
    }

    /// As [`Switch::load_module`], of a module in that file.
    ///
    /// # Errors
    /// As there.
    pub async fn load_module_file(self: &Arc<Self>, file: ModuleFile) -> Result<(), ModuleError> {
        if self.bring_back(&file.name) {
            self.loaded(&file.name);
            return Ok(());
        }
        if self.modules().contains(&file.name) {
            self.note(LogLevel::Warning, &format!("Module {} Already Loaded!", file.name));
            return Err(ModuleError::AlreadyLoaded);
        }
        self.load_external(file).await
    }

    /// Brings the words of a module that is built in back; whether they were away.
    fn bring_back(&self, name: &str) -> bool {
        let mut shelf = self.shelf().0.lock();
        shelf.remove(name).map(|taken| taken.put_back(self.registries())).is_some()
    }

    fn loaded(&self, name: &str) {
        self.note(LogLevel::Console, &format!("Successfully Loaded [{name}]"));
        self.tell(EventKind::ModuleLoad, "Adding", &brought(self.registries(), Some(name)));
    }

    /// Takes a module's words away, and tells of each: MODULE_UNLOAD. Calls that are in an application of a built-in module
    /// stay in it; a module from a file is not unloaded then.
    ///
    /// # Errors
    /// [`ModuleError::NotLoaded`]; [`ModuleError::Permanent`] of what cannot be taken away; [`ModuleError::InUse`].
    pub async fn unload_module(self: &Arc<Self>, name: &str) -> Result<(), ModuleError> {
        if !self.modules().contains(name) {
            return Err(ModuleError::NotLoaded);
        }
        // One that comes or goes just now has words, and is none of those that are built in.
        if self.externals().knows(name) {
            return self.unload_external(name).await;
        }
        if PERMANENT.contains(&name) || name == ASKED_FOR {
            return Err(self.permanent());
        }
        let registries = self.registries();
        let mut shelf = self.shelf().0.lock();
        let brings = brought(registries, Some(name));
        let (applications, commands) = take_words(registries, name);
        let endpoints = registries.endpoints.take(|one| one.module() == name);
        shelf.insert(name.to_owned(), Taken { applications, commands, endpoints });
        drop(shelf);
        self.tell(EventKind::ModuleUnload, "Deleting", &brings);
        self.note(LogLevel::Console, &format!("{name} unloaded."));
        Ok(())
    }

    fn permanent(&self) -> ModuleError {
        self.note(LogLevel::Crit, "Module is not unloadable.");
        ModuleError::Permanent
    }

    fn tell(&self, kind: EventKind, verb: &str, brings: &[Interface]) {
        let function = if kind == EventKind::ModuleLoad {
            "switch_loadable_module_process"
        } else {
            "switch_loadable_module_unprocess"
        };
        for one in brings {
            self.note(LogLevel::Notice, &format!("{verb} {} '{}'", one.spoken(), one.name));
            let mut one = one.clone();
            self.externals().name_file(&mut one);
            let mut event = Event::new(kind).header("type", one.kind).header("name", &one.name);
            if ["api", "application"].contains(&one.kind) {
                event = event.header("description", &one.description).header("syntax", &one.syntax);
            }
            event = event.header("key", &one.module).header("filename", &one.filename);
            self.bus().publish(event, Origin::new("switch_loadable_module.c", function, 235));
        }
    }

    fn note(&self, level: LogLevel, text: &str) {
        self.log().write(level, "switch_loadable_module.c", "switch_loadable_module_load_module_ex", 1754, "", text);
    }
}

impl Interface {
    fn new(kind: &'static str, name: &str, module: &str) -> Self {
        Self {
            kind,
            name: name.to_owned(),
            description: String::new(),
            syntax: String::new(),
            module: module.to_owned(),
            filename: BUILT_IN.to_owned(),
        }
    }

    fn of(kind: &'static str, about: AboutOf<'_>) -> Self {
        let (description, syntax) = (about.help.to_owned(), about.syntax.to_owned());
        Self { description, syntax, ..Self::new(kind, about.name, about.module) }
    }

    /// What the log calls it.
    fn spoken(&self) -> &'static str {
        match self.kind {
            "api" => "API Function",
            "application" => "Application",
            "endpoint" => "Endpoint",
            "dialplan" => "Dialplan",
            "limit" => "Limit interface",
            other => other,
        }
    }
}

/// What modules bring, or one of them, in FreeSWITCH's order.
fn brought(registries: &Registries, only: Option<&str>) -> Vec<Interface> {
    let mut all: Vec<Interface> = Vec::new();
    all.extend(registries.endpoints.all().iter().map(|one| Interface::new("endpoint", one.name(), one.module())));
    all.extend(registries.applications.all().iter().map(|one| Interface::of("application", one.about())));
    all.extend(registries.commands.all().iter().map(|one| Interface::of("api", one.about())));
    all.extend(FIXED.iter().map(|(kind, name, module)| Interface::new(kind, name, module)));
    all.retain(|one| only.is_none_or(|only| one.module == only));
    all.sort_by_key(|one| ORDER.iter().position(|kind| *kind == one.kind));
    all
}
