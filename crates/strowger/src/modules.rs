//! The modules that a configuration names.

use std::sync::Arc;

use strowger_config::{Config, Element, Place};
use strowger_core::Switch;
use strowger_core::modules::{self, ModuleError, ModuleFile};
use strowger_core::registry::Registries;

/// The files that name modules, in the order in which FreeSWITCH loads them.
const FILES: [&str; 3] = ["pre_load_modules.conf", "modules.conf", "post_load_modules.conf"];

/// A module without which the switch is not to start (`critical="true"`) cannot be loaded.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {name}, which is critical, cannot be loaded: {error}")]
pub struct CriticalModule {
    name: String,
    place: Place,
    #[source]
    error: ModuleError,
}

/// The words that are built in, for what looks at a configuration without a switch; what listens brings its own later.
pub fn built_in() -> Registries {
    let registries = Registries::default();
    strowger_apps::register(&registries);
    strowger_lua::register_words(&registries);
    strowger_python::register_words(&registries);
    strowger_core::endpoints::register(&registries);
    registries
}

/// A warning for each module that is named and neither built in nor a file, with its place.
pub fn unknown(config: &Config, registries: &Registries) -> Vec<String> {
    let missing = external(config, registries).filter(|(file, _)| !file.path.is_file());
    let text = |(file, load): (ModuleFile, &Element)| {
        format!("{}: there is no {}: what it brings in FreeSWITCH is missing", load.place(), file.name)
    };
    missing.map(text).collect()
}

/// Loads the modules that the configuration names and that are not built in. Those whose file is missing were told of
/// when it was read ([`unknown`]); what else is wrong with one is in the log.
///
/// # Errors
/// [`CriticalModule`]; the others of the list are not loaded then.
pub async fn load_external(switch: &Arc<Switch>) -> Result<(), CriticalModule> {
    let config = switch.config();
    let named: Vec<_> = external(&config, switch.registries()).collect();
    for (file, load) in named {
        let is_critical = load.attr("critical").is_some_and(strowger_config::is_true);
        if !is_critical && !file.path.is_file() {
            continue;
        }
        let name = file.name.clone();
        if let Err(error) = switch.load_module_file(file).await
            && is_critical
        {
            return Err(CriticalModule { name, place: load.place(), error });
        }
    }
    Ok(())
}

/// The modules that are named and not built in.
fn external<'a>(config: &'a Config, registries: &Registries) -> impl Iterator<Item = (ModuleFile, &'a Element)> {
    let folder = config.global("mod_dir").unwrap_or_default();
    let lists = FILES.iter().filter_map(|file| config.configuration(file)?.child("modules"));
    let files = lists.flat_map(|list| list.children_named("load")).filter_map(move |load| {
        let folder = load.attr("path").filter(|path| !path.is_empty()).unwrap_or(folder);
        Some((ModuleFile::parse(load.attr("module")?, folder), load))
    });
    files.filter(|(file, _)| !modules::is_known(registries, &file.name))
}

#[cfg(test)]
mod tests {
    use strowger_config::{LoadOptions, MemorySource, load};

    #[test]
    fn modules_that_are_not_there_are_named() {
        let text = "<d><section name='configuration'><configuration name='modules.conf'><modules>\n\
                    <load module='mod_sofia'/><load module='mod_hash'/>\n<load module='mod_nosuch'/>\n\
                    </modules></configuration></section></d>";
        let config = load(&MemorySource::new([("freeswitch.xml", text)]), &LoadOptions::default()).unwrap();
        let warning = "freeswitch.xml:3: there is no mod_nosuch: what it brings in FreeSWITCH is missing";
        assert_eq!(super::unknown(&config, &super::built_in()), [warning]);
    }
}
