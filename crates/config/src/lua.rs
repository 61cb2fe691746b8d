//! `lua.conf`: scripts in Lua (`mod_lua`).

use std::time::Duration;

use crate::config::{Tree, warn};
use crate::element::Element;
use crate::error::{ConfigError, Place, Warning};
use crate::value::Settings;
use crate::xml_curl::Sections;

/// `lua.conf`, with mod_lua's defaults, and bounds of our own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LuaSettings {
    /// `startup-script`, each: run when the switch has started.
    pub startup_scripts: Vec<String>,
    /// The `<hook>`s.
    pub hooks: Vec<LuaHook>,
    /// `xml-handler-script`: asked for parts of the configuration.
    pub xml_handler: Option<String>,
    /// `xml-handler-bindings`: the parts it is asked for.
    pub xml_sections: Sections,
    /// `module-directory`, each: patterns that `require` looks for modules in C in. There are none here.
    pub module_directories: Vec<String>,
    /// `script-directory`, each: patterns (`/usr/share/lua/?.lua`) that `require` looks for scripts in.
    pub script_directories: Vec<String>,
    /// `restrict-scripts`: only what is in the scripts folder is run. Default false.
    pub is_restricted: bool,
    /// `max-memory`: bytes that one script may have; the file has MiB, 1 to 65,536, default 256.
    pub max_memory: usize,
    /// `max-instructions`: how many a script may run without waiting for something; `None` for 0. Default 2,000,000,000.
    pub max_instructions: Option<u64>,
    /// `max-seconds`: how long a script may run; `None` for 0, the default: any time.
    pub max_time: Option<Duration>,
    /// `max-scripts`: how many may run at a time, 1 to 100,000, default 2000.
    pub max_scripts: usize,
}

/// A script for an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LuaHook {
    /// The event's name.
    pub event: String,
    /// The subclass of a CUSTOM event; any when empty.
    pub subclass: String,
    /// The script.
    pub script: String,
    /// Where it stands.
    pub place: Place,
}

const MAX_INSTRUCTIONS: u64 = 2_000_000_000;

impl Default for LuaSettings {
    fn default() -> Self {
        Self {
            startup_scripts: Vec::new(),
            hooks: Vec::new(),
            xml_handler: None,
            xml_sections: Sections { directory: false, dialplan: false },
            module_directories: Vec::new(),
            script_directories: Vec::new(),
            is_restricted: false,
            max_memory: 256 << 20,
            max_instructions: Some(MAX_INSTRUCTIONS),
            max_time: None,
            max_scripts: 2000,
        }
    }
}

pub(crate) fn read(tree: Tree<'_>, warnings: &mut Vec<Warning>) -> Result<LuaSettings, ConfigError> {
    let element = tree.settings("lua.conf");
    let settings = Settings::new(element);
    let each = |name| settings.all(name).map(|(_, value)| value.to_owned()).collect::<Vec<_>>();
    for (param, _) in settings.all("module-directory") {
        warn(warnings, param.place(), "module-directory has no effect: modules in C are not loaded".to_owned());
    }
    let sections = all_sections(&settings, warnings);
    let usual = LuaSettings::default();
    let megabytes = settings.number("max-memory", usual.max_memory >> 20, 1..=65_536, "MiB, 1 to 65536")?;
    let instructions = settings.number(
        "max-instructions",
        MAX_INSTRUCTIONS,
        0..=u64::MAX,
        "a number of instructions, or 0 for any",
    )?;
    let seconds = settings.seconds("max-seconds", 0)?;
    Ok(LuaSettings {
        startup_scripts: each("startup-script"),
        hooks: element.into_iter().flat_map(|settings| hooks(settings, warnings)).collect(),
        xml_handler: settings.text("xml-handler-script").map(str::to_owned),
        xml_sections: sections,
        module_directories: each("module-directory"),
        script_directories: each("script-directory"),
        is_restricted: settings.flag("restrict-scripts", usual.is_restricted)?,
        max_memory: megabytes << 20,
        max_instructions: Some(instructions).filter(|instructions| *instructions > 0),
        max_time: Some(seconds).filter(|seconds| !seconds.is_zero()),
        max_scripts: settings.number("max-scripts", usual.max_scripts, 1..=100_000, "a number, 1 to 100000")?,
    })
}

pub(crate) fn hooks(settings: &Element, warnings: &mut Vec<Warning>) -> Vec<LuaHook> {
    let mut hooks = Vec::new();
    for hook in settings.children_named("hook") {
        let attr = |name| hook.attr(name).unwrap_or_default().trim().to_owned();
        let (event, script) = (attr("event"), attr("script"));
        if event.is_empty() || script.is_empty() {
            warn(warnings, hook.place(), "<hook> has no effect: it wants an event and a script".to_owned());
        } else {
            hooks.push(LuaHook { event, subclass: attr("subclass"), script, place: hook.place() });
        }
    }
    hooks
}

/// The parts of the configuration that all `xml-handler-bindings` name.
pub(crate) fn all_sections(settings: &Settings<'_>, warnings: &mut Vec<Warning>) -> Sections {
    settings.all("xml-handler-bindings").map(|(param, value)| sections(param, value, warnings)).fold(
        Sections { directory: false, dialplan: false },
        |all, one| Sections { directory: all.directory || one.directory, dialplan: all.dialplan || one.dialplan },
    )
}

/// `directory|dialplan`, with anything but a letter between them.
fn sections(param: &Element, value: &str, warnings: &mut Vec<Warning>) -> Sections {
    let mut sections = Sections { directory: false, dialplan: false };
    for name in value.split(|character: char| !character.is_ascii_alphabetic()).filter(|name| !name.is_empty()) {
        match name.to_ascii_lowercase().as_str() {
            "directory" => sections.directory = true,
            "dialplan" => sections.dialplan = true,
            _ => warn(warnings, param.place(), format!("xml-handler-bindings: a script is not asked for {name} here")),
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use crate::{LoadOptions, LuaSettings, MemorySource, load};

    fn read(settings: &str) -> Result<(LuaSettings, Vec<String>), String> {
        let text = format!(
            "<d><section name='configuration'><configuration name='lua.conf'><settings>{settings}</settings></configuration></section></d>"
        );
        let source = MemorySource::new([("freeswitch.xml", text.as_str())]);
        let config = load(&source, &LoadOptions::default()).map_err(|error| error.to_string())?;
        Ok((config.lua, config.warnings.iter().map(ToString::to_string).collect()))
    }

    #[test]
    fn defaults_and_values() {
        assert_eq!(read("").unwrap(), (LuaSettings::default(), Vec::new()));
        let (lua, warnings) = read(
            "<param name='startup-script' value='a.lua'/><param name='startup-script' value='b.lua x'/>\
             <param name='xml-handler-script' value='h.lua'/><param name='xml-handler-bindings' value='directory|dialplan'/>\
             <param name='max-memory' value='8'/><param name='max-instructions' value='0'/><param name='max-seconds' value='5'/>\
             <hook event='CUSTOM' subclass='a::b' script='hook.lua'/>",
        )
        .unwrap();
        assert!(warnings.is_empty(), "{warnings:?}");
        assert_eq!(lua.startup_scripts, ["a.lua", "b.lua x"]);
        assert_eq!(lua.xml_handler.as_deref(), Some("h.lua"));
        assert!(lua.xml_sections.directory && lua.xml_sections.dialplan);
        assert_eq!(
            (lua.max_memory, lua.max_instructions, lua.max_time.map(|time| time.as_secs())),
            (8 << 20, None, Some(5))
        );
        assert_eq!((lua.hooks[0].event.as_str(), lua.hooks[0].script.as_str()), ("CUSTOM", "hook.lua"));
    }

    #[test]
    fn what_has_no_effect_is_said() {
        let (_, warnings) = read(
            "<hook event='X'/><param name='xml-handler-bindings' value='phrases'/>\
             <param name='module-directory' value='/x/?.so'/>",
        )
        .unwrap();
        assert_eq!(warnings.len(), 3, "{warnings:?}");
        assert!(read("<param name='max-memory' value='0'/>").unwrap_err().contains("MiB, 1 to 65536"));
    }
}
