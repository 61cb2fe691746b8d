//! The modules that a configuration names.

use strowger_config::Config;
use strowger_core::modules;
use strowger_core::registry::Registries;

/// The files that name modules, in the order in which FreeSWITCH loads them.
const FILES: [&str; 3] = ["pre_load_modules.conf", "modules.conf", "post_load_modules.conf"];

/// The words that are built in, for what looks at a configuration without a switch; what listens brings its own later.
pub fn built_in() -> Registries {
    let registries = Registries::default();
    strowger_apps::register(&registries);
    strowger_lua::register_words(&registries);
    strowger_python::register_words(&registries);
    strowger_core::endpoints::register(&registries);
    registries
}

/// A warning for each module that is named and not there, with its place.
pub fn unknown(config: &Config, registries: &Registries) -> Vec<String> {
    let lists = FILES.iter().filter_map(|file| config.configuration(file)?.child("modules"));
    let named =
        lists.flat_map(|list| list.children_named("load")).filter_map(|load| Some((load.attr("module")?, load)));
    let unknown = named.filter(|(name, _)| !modules::is_known(registries, name));
    unknown
        .map(|(name, load)| format!("{}: there is no {name}: what it brings in FreeSWITCH is missing", load.place()))
        .collect()
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
