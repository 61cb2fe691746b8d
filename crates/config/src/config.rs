//! A whole configuration, read and typed.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, ToSocketAddrs};

use crate::acl::AccessLists;
use crate::dialplan::Dialplan;
use crate::directory::{Directory, DirectoryIndex};
use crate::element::Element;
use crate::error::{ConfigError, Place, Warning};
use crate::event_socket::EventSocketSettings;
use crate::ivr::IvrMenu;
use crate::lua::LuaSettings;
use crate::preprocess::preprocess;
use crate::python::PythonSettings;
use crate::sofia::SofiaProfile;
use crate::source::Source;
use crate::speech::SpeechSettings;
use crate::switch::SwitchSettings;
use crate::xml_curl::XmlCurlBinding;
use crate::{dialplan_parse, ivr, lua, python, sofia, speech, xml, xml_curl};

/// What is known before the first file is read, and how the world outside the files is asked.
#[derive(Clone)]
pub struct LoadOptions {
    /// Variables that files cannot change: `--set NAME=VALUE` wins over `X-PRE-PROCESS set`, `env-set`, `exec-set` and
    /// `stun-set` of the same name.
    pub fixed: Vec<(String, String)>,
    /// Variables that are there from the start and may be set anew: `hostname`, `base_dir`, `local_ip_v4`,
    /// `local_mask_v4`, `sounds_dir`, … `conf_dir` is the source's folder unless given here.
    pub preset: Vec<(String, String)>,
    /// A variable of the environment, for `env-set`. By default that of this process.
    pub env: fn(&str) -> Option<String>,
    /// The address of a host name given where an address belongs. By default the system's resolver, IPv4 first.
    pub resolve: fn(&str) -> Option<IpAddr>,
}

impl Default for LoadOptions {
    fn default() -> LoadOptions {
        LoadOptions {
            fixed: Vec::new(),
            preset: Vec::new(),
            env: |name| std::env::var(name).ok(),
            resolve: resolve_with_system,
        }
    }
}

impl fmt::Debug for LoadOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadOptions").field("fixed", &self.fixed).field("preset", &self.preset).finish_non_exhaustive()
    }
}

/// A configuration as it was when it was loaded. `reloadxml` loads another one; nothing in this one changes.
#[derive(Debug, Clone)]
pub struct Config {
    /// The document, for what has no type below (`xml_locate`, conference and IVR settings, scripts).
    pub root: Element,
    /// The global variables in the order they were first set: presets, `--set`, then those of the files. Values from
    /// files are as they stand there, entities not decoded, as FreeSWITCH keeps them.
    pub globals: Vec<(String, String)>,
    /// `event_socket.conf`.
    pub event_socket: EventSocketSettings,
    /// `switch.conf`.
    pub switch: SwitchSettings,
    /// `acl.conf` and the automatic lists.
    pub acl: AccessLists,
    /// The modules of `pre_load_modules.conf`, `modules.conf` and `post_load_modules.conf`, in that order.
    pub modules: Vec<String>,
    /// The profiles of `sofia.conf`.
    pub sofia: Vec<SofiaProfile>,
    /// The menus of `ivr.conf`.
    pub ivr_menus: Vec<IvrMenu>,
    /// The services of `xml_curl.conf`.
    pub xml_curl: Vec<XmlCurlBinding>,
    /// `lua.conf`.
    pub lua: LuaSettings,
    /// `python.conf`.
    pub python: PythonSettings,
    /// The engines of `speech.conf`.
    pub speech: SpeechSettings,
    /// The dialplan section.
    pub dialplan: Dialplan,
    /// What is odd but harmless, in the order of the files.
    pub warnings: Vec<Warning>,
    directory: DirectoryIndex,
}

/// Reads a configuration: `freeswitch.xml` of the source and all it includes. Missing sections are fine and leave
/// FreeSWITCH's defaults.
///
/// # Errors
/// The first thing that is wrong, with its file and line; see [`ConfigError`].
pub fn load(source: &dyn Source, options: &LoadOptions) -> Result<Config, ConfigError> {
    let read = preprocess(source, options)?;
    let root = xml::parse(&read.text)?;
    let globals = read.globals.into_pairs();
    let mut warnings = read.warnings;
    let tree = Tree { root: &root, globals: &globals, resolve: options.resolve };
    let index = DirectoryIndex::new(tree.section("directory"));
    let directory = Directory::new(tree.section("directory"), &index);
    let event_socket = EventSocketSettings::read(tree, &mut warnings)?;
    let switch = SwitchSettings::read(tree)?;
    let acl = AccessLists::read(tree, directory)?;
    let sofia = sofia::read_profiles(tree, directory, &mut warnings)?;
    warn_of_unknown_lists(tree, &acl, &mut warnings);
    let dialplan = dialplan_parse::read(tree.section("dialplan"), &mut warnings)?;
    let modules = read_modules(tree)?;
    let ivr_menus = ivr::read(tree, &mut warnings)?;
    let xml_curl = xml_curl::read(tree, &modules, &mut warnings)?;
    let lua = lua::read(tree, &mut warnings)?;
    let python = python::read(tree, &mut warnings)?;
    let speech = speech::read(tree, &mut warnings)?;
    Ok(Config {
        globals,
        event_socket,
        switch,
        acl,
        modules,
        sofia,
        ivr_menus,
        xml_curl,
        lua,
        python,
        speech,
        dialplan,
        warnings,
        directory: index,
        root,
    })
}

impl Config {
    /// A `<section name="..">` of the document.
    pub fn section(&self, name: &str) -> Option<&Element> {
        section(&self.root, name)
    }

    /// A `<configuration name="..">`, such as `sofia.conf`.
    pub fn configuration(&self, name: &str) -> Option<&Element> {
        configuration(&self.root, name)
    }

    /// The value of a global variable.
    pub fn global(&self, name: &str) -> Option<&str> {
        global(&self.globals, name)
    }

    /// The users and domains.
    pub fn directory(&self) -> Directory<'_> {
        Directory::new(self.section("directory"), &self.directory)
    }

    /// The profile of this name, or the one that has it as an alias.
    pub fn profile(&self, name: &str) -> Option<&SofiaProfile> {
        let named = self.sofia.iter().find(|profile| profile.name == name);
        named.or_else(|| self.sofia.iter().find(|profile| profile.aliases.iter().any(|alias| alias == name)))
    }
}

/// What typed settings are read from.
#[derive(Clone, Copy)]
pub(crate) struct Tree<'a> {
    root: &'a Element,
    globals: &'a [(String, String)],
    /// See [`LoadOptions::resolve`].
    pub(crate) resolve: fn(&str) -> Option<IpAddr>,
}

impl<'a> Tree<'a> {
    pub(crate) fn section(self, name: &str) -> Option<&'a Element> {
        section(self.root, name)
    }

    pub(crate) fn configuration(self, name: &str) -> Option<&'a Element> {
        configuration(self.root, name)
    }

    /// The `<settings>` of a configuration.
    pub(crate) fn settings(self, name: &str) -> Option<&'a Element> {
        self.configuration(name)?.child("settings")
    }

    pub(crate) fn global(self, name: &str) -> Option<&'a str> {
        global(self.globals, name)
    }
}

pub(crate) fn section<'a>(root: &'a Element, name: &str) -> Option<&'a Element> {
    root.children_named("section").find(|section| section.attr("name") == Some(name))
}

/// Looked for in every section of that name: FreeSWITCH's own files have one, users' may have several.
fn configuration<'a>(root: &'a Element, name: &str) -> Option<&'a Element> {
    let sections = root.children_named("section").filter(|section| section.attr("name") == Some("configuration"));
    sections.flat_map(|section| section.children_named("configuration")).find(|found| found.attr("name") == Some(name))
}

fn global<'a>(globals: &'a [(String, String)], name: &str) -> Option<&'a str> {
    globals.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// A list that does not exist lets nobody in: somebody may look long for why.
fn warn_of_unknown_lists(tree: Tree<'_>, lists: &AccessLists, warnings: &mut Vec<Warning>) {
    let profiles = tree.configuration("sofia.conf").and_then(|sofia| sofia.child("profiles"));
    let profiles = profiles.into_iter().flat_map(|profiles| profiles.children_named("profile"));
    let settings = profiles.filter_map(|profile| profile.child("settings")).chain(tree.settings("event_socket.conf"));
    for param in settings.flat_map(|settings| settings.children_named("param")) {
        let is_list = |name: &&str| APPLY.iter().any(|apply| name.eq_ignore_ascii_case(apply));
        let Some(name) = param.attr("name").filter(is_list) else { continue };
        let value = param.attr("value").unwrap_or_default().trim();
        if !value.is_empty() && lists.check(value, IpAddr::V4(Ipv4Addr::LOCALHOST)).is_none() {
            let text = format!("{name} is \"{value}\", which is no list of acl.conf and no network: it lets nobody in");
            warn(warnings, param.place(), text);
        }
    }
}

const APPLY: [&str; 2] = ["apply-inbound-acl", "apply-register-acl"];

fn read_modules(tree: Tree<'_>) -> Result<Vec<String>, ConfigError> {
    let mut modules: Vec<String> = Vec::new();
    for file in ["pre_load_modules.conf", "modules.conf", "post_load_modules.conf"] {
        let list = tree.configuration(file).and_then(|found| found.child("modules"));
        for load in list.into_iter().flat_map(|list| list.children_named("load")) {
            let name = crate::value::required(load, "module", "the name of a module, such as mod_event_socket")?;
            if !modules.iter().any(|known| known == name) {
                modules.push(name.to_owned());
            }
        }
    }
    Ok(modules)
}

/// Adds a warning at a place.
pub(crate) fn warn(warnings: &mut Vec<Warning>, place: Place, text: String) {
    warnings.push(Warning { place, text });
}

fn resolve_with_system(name: &str) -> Option<IpAddr> {
    let found: Vec<IpAddr> = (name, 0).to_socket_addrs().ok()?.map(|address| address.ip()).collect();
    found.iter().find(|address| address.is_ipv4()).or(found.first()).copied()
}

#[cfg(test)]
mod tests;
