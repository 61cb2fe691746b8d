//! Modules: which words belong together, and taking them away and bringing them back while the switch runs
//! (`switch_loadable_module.c`).
//!
//! Every module is built in, and loaded from the start. What a module brings is what names it: applications and commands
//! in their [`About`], endpoints in [`Endpoint::module`], the rest in a table here. A
//! module that comes from elsewhere, a script say, adds its words to the same [`Registries`] and is loaded and unloaded as
//! these are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use parking_lot::Mutex;
use strowger_event::{Event, EventKind};

use crate::bus::Origin;
use crate::endpoint::Endpoint;
use crate::log::LogLevel;
use crate::registry::{About, ApiCommand, Application, Registries};
use crate::switch::Switch;

/// Why a module cannot be loaded or unloaded, in FreeSWITCH's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModuleError {
    /// It is loaded.
    #[error("Module already loaded")]
    AlreadyLoaded,
    /// There is no module of that name to load.
    #[error("module load file routine returned an error")]
    Unknown,
    /// There is none of that name to unload.
    #[error("No such module!")]
    NotLoaded,
    /// It stays as long as the switch runs.
    #[error("Module is not unloadable")]
    Permanent,
}

/// One thing that a module brings, as `show interfaces` and MODULE_LOAD tell of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interface {
    /// `api`, `application`, `endpoint`, `codec`, ….
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// What it does; empty where there is nothing to say.
    pub description: &'static str,
    /// Its arguments.
    pub syntax: &'static str,
    /// The module that brings it.
    pub module: String,
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
        self.applications.into_iter().for_each(|one| registries.applications.add(one.about().name, one));
        self.commands.into_iter().for_each(|one| registries.commands.add(one.about().name, one));
        self.endpoints.into_iter().for_each(|one| registries.endpoints.add(one.name(), one));
    }
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
        names
    }

    /// The modules that could be loaded, sorted.
    pub fn unloaded_modules(&self) -> Vec<String> {
        self.shelf().0.lock().keys().cloned().collect()
    }

    /// What the loaded modules bring, by type and name.
    pub fn interfaces(&self) -> Vec<Interface> {
        let shelf = self.shelf().0.lock();
        let mut all = brought(self.registries(), None);
        all.retain(|one| !shelf.contains_key(&one.module));
        all.sort();
        all
    }

    /// Brings a module's words back, and tells of each: MODULE_LOAD.
    ///
    /// # Errors
    /// [`ModuleError::AlreadyLoaded`], and [`ModuleError::Unknown`] of a name that is no module's.
    pub fn load_module(&self, name: &str) -> Result<(), ModuleError> {
        let registries = self.registries();
        let taken = {
            let mut shelf = self.shelf().0.lock();
            let taken = shelf.remove(name);
            taken.map(|taken| taken.put_back(registries))
        };
        if taken.is_none() {
            let is_loaded = self.modules().contains(name);
            if is_loaded {
                self.note(LogLevel::Warning, &format!("Module {name} Already Loaded!"));
            }
            return Err(if is_loaded { ModuleError::AlreadyLoaded } else { ModuleError::Unknown });
        }
        self.note(LogLevel::Console, &format!("Successfully Loaded [{name}]"));
        self.tell(EventKind::ModuleLoad, "Adding", &brought(registries, Some(name)));
        Ok(())
    }

    /// Takes a module's words away, and tells of each: MODULE_UNLOAD. Calls that are in one of its applications stay in it.
    ///
    /// # Errors
    /// [`ModuleError::NotLoaded`], and [`ModuleError::Permanent`] of what cannot be taken away.
    pub fn unload_module(&self, name: &str) -> Result<(), ModuleError> {
        if !self.modules().contains(name) {
            return Err(ModuleError::NotLoaded);
        }
        if PERMANENT.contains(&name) || name == ASKED_FOR {
            self.note(LogLevel::Crit, "Module is not unloadable.");
            return Err(ModuleError::Permanent);
        }
        let registries = self.registries();
        let mut shelf = self.shelf().0.lock();
        let brings = brought(registries, Some(name));
        let taken = Taken {
            applications: registries.applications.take(|one| one.about().module == name),
            commands: registries.commands.take(|one| one.about().module == name),
            endpoints: registries.endpoints.take(|one| one.module() == name),
        };
        shelf.insert(name.to_owned(), taken);
        drop(shelf);
        self.tell(EventKind::ModuleUnload, "Deleting", &brings);
        self.note(LogLevel::Console, &format!("{name} unloaded."));
        Ok(())
    }

    fn tell(&self, kind: EventKind, verb: &str, brings: &[Interface]) {
        let function = if kind == EventKind::ModuleLoad {
            "switch_loadable_module_process"
        } else {
            "switch_loadable_module_unprocess"
        };
        for one in brings {
            self.note(LogLevel::Notice, &format!("{verb} {} '{}'", one.spoken(), one.name));
            let mut event = Event::new(kind).header("type", one.kind).header("name", &one.name);
            if ["api", "application"].contains(&one.kind) {
                event = event.header("description", one.description).header("syntax", one.syntax);
            }
            event = event.header("key", &one.module).header("filename", "built-in");
            self.bus().publish(event, Origin::new("switch_loadable_module.c", function, 235));
        }
    }

    fn note(&self, level: LogLevel, text: &str) {
        self.log().write(level, "switch_loadable_module.c", "switch_loadable_module_load_module_ex", 1754, "", text);
    }
}

impl Interface {
    fn new(kind: &'static str, name: &str, module: &str) -> Self {
        Self { kind, name: name.to_owned(), description: "", syntax: "", module: module.to_owned() }
    }

    fn of(kind: &'static str, about: About) -> Self {
        Self { description: about.help, syntax: about.syntax, ..Self::new(kind, about.name, about.module) }
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
