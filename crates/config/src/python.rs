//! `python.conf`: scripts in Python (`mod_python3`).

use std::path::PathBuf;
use std::time::Duration;

use crate::config::Tree;
use crate::error::{ConfigError, Warning};
use crate::lua::{LuaHook, all_sections, hooks};
use crate::value::Settings;
use crate::xml_curl::Sections;

/// `python.conf`: what mod_python3 has, and bounds of our own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PythonSettings {
    /// `interpreter`: the program. `virtualenv` sets it to that environment's. Default `python3`.
    pub interpreter: PathBuf,
    /// `startup-script`, each: its `runtime` is run when the switch has started.
    pub startup_scripts: Vec<String>,
    /// The `<hook>`s.
    pub hooks: Vec<LuaHook>,
    /// `xml-handler-script`: its `xml_fetch` is asked for parts of the configuration.
    pub xml_handler: Option<String>,
    /// `xml-handler-bindings`: the parts it is asked for.
    pub xml_sections: Sections,
    /// `restrict-scripts`: only what is in the scripts folder is run. Default false.
    pub is_restricted: bool,
    /// `max-workers`: how many scripts run at a time, each in a process, 1 to 10,000, default 100.
    pub max_workers: usize,
    /// `idle-workers`: how many processes are kept for the next scripts, 1 to 10,000, default 8.
    pub idle_workers: usize,
    /// `max-memory`: bytes of addresses that a worker may have; the file has MiB, 0 for any, default 4096.
    pub max_memory: u64,
    /// `max-cpu-seconds`: processor time that a script may take without asking the switch for anything; `None` for 0.
    /// Default 30 s.
    pub max_cpu: Option<Duration>,
    /// `max-seconds`: how long a script may run; `None` for 0, the default: any time.
    pub max_time: Option<Duration>,
    /// `linger-seconds`: how long a script may go on when its call is gone. Default 60 s.
    pub linger: Duration,
}

impl Default for PythonSettings {
    fn default() -> Self {
        Self {
            interpreter: "python3".into(),
            startup_scripts: Vec::new(),
            hooks: Vec::new(),
            xml_handler: None,
            xml_sections: Sections { directory: false, dialplan: false },
            is_restricted: false,
            max_workers: 100,
            idle_workers: 8,
            max_memory: 4096 << 20,
            max_cpu: Some(Duration::from_secs(30)),
            max_time: None,
            linger: Duration::from_secs(60),
        }
    }
}

pub(crate) fn read(tree: Tree<'_>, warnings: &mut Vec<Warning>) -> Result<PythonSettings, ConfigError> {
    let element = tree.settings("python.conf");
    let settings = Settings::new(element);
    let usual = PythonSettings::default();
    let environment = settings.text("virtualenv").map(|folder| PathBuf::from(folder).join("bin/python3"));
    let named = settings.text("interpreter").map(PathBuf::from);
    let workers = |name, usual| settings.number(name, usual, 1..=10_000, "a number, 1 to 10000");
    let some = |time: Duration| Some(time).filter(|time| !time.is_zero());
    let megabytes = settings.number("max-memory", usual.max_memory >> 20, 0..=1 << 24, "MiB, or 0 for any")?;
    Ok(PythonSettings {
        interpreter: environment.or(named).unwrap_or(usual.interpreter),
        startup_scripts: settings.all("startup-script").map(|(_, value)| value.to_owned()).collect(),
        hooks: element.into_iter().flat_map(|settings| hooks(settings, warnings)).collect(),
        xml_handler: settings.text("xml-handler-script").map(str::to_owned),
        xml_sections: all_sections(&settings, warnings),
        is_restricted: settings.flag("restrict-scripts", usual.is_restricted)?,
        max_workers: workers("max-workers", usual.max_workers)?,
        idle_workers: workers("idle-workers", usual.idle_workers)?,
        max_memory: megabytes << 20,
        max_cpu: some(settings.seconds("max-cpu-seconds", 30)?),
        max_time: some(settings.seconds("max-seconds", 0)?),
        linger: settings.seconds("linger-seconds", 60)?,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::{LoadOptions, MemorySource, PythonSettings, load};

    fn read(settings: &str) -> Result<PythonSettings, String> {
        let text = format!(
            "<d><section name='configuration'><configuration name='python.conf'><settings>{settings}</settings></configuration></section></d>"
        );
        let source = MemorySource::new([("freeswitch.xml", text.as_str())]);
        load(&source, &LoadOptions::default()).map(|config| config.python).map_err(|error| error.to_string())
    }

    #[test]
    fn defaults_and_values() {
        assert_eq!(read("").unwrap(), PythonSettings::default());
        let python = read(
            "<param name='virtualenv' value='/srv/env'/><param name='max-cpu-seconds' value='0'/>\
             <param name='startup-script' value='begin now'/><param name='max-memory' value='8'/>\
             <param name='linger-seconds' value='5'/><param name='xml-handler-bindings' value='dialplan'/>",
        )
        .unwrap();
        assert_eq!(python.interpreter.to_str(), Some("/srv/env/bin/python3"));
        assert_eq!(
            (python.startup_scripts, python.max_memory, python.max_cpu, python.linger),
            (vec!["begin now".to_owned()], 8 << 20, None, Duration::from_secs(5))
        );
        assert!(python.xml_sections.dialplan && !python.xml_sections.directory);
        assert!(read("<param name='max-workers' value='0'/>").unwrap_err().contains("1 to 10000"));
    }
}
