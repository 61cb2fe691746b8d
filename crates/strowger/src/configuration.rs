//! Which configuration is served, and what it is told of the world.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use strowger_config::{BuiltinSource, Config, ConfigError, DirSource, LoadOptions, Source, load};
use strowger_core::ConfigLoader;

use crate::arguments::ConfiguredArguments;
use crate::host::Host;
use crate::modules;

/// A configuration that can be read again and again.
#[derive(Clone)]
pub struct Configuration {
    source: Arc<dyn Source>,
    options: LoadOptions,
    data: PathBuf,
    is_builtin: bool,
}

impl Configuration {
    /// The folder of `--conf`, else the built-in one.
    pub fn new(arguments: &ConfiguredArguments, host: &Host) -> Configuration {
        let source: Arc<dyn Source> = match &arguments.conf {
            Some(dir) => Arc::new(DirSource::new(dir)),
            None => Arc::new(BuiltinSource::new()),
        };
        let data = arguments.data.clone().unwrap_or_else(default_data);
        let data = std::path::absolute(&data).unwrap_or(data);
        let preset = presets(host, &data, source.conf_dir());
        let options = LoadOptions { fixed: arguments.set.clone(), preset, ..LoadOptions::default() };
        Configuration { source, options, data, is_builtin: arguments.conf.is_none() }
    }

    /// Reads it.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn load(&self) -> Result<Config, ConfigError> {
        load(self.source.as_ref(), &self.options)
    }

    /// Reads it for `reloadxml`, its warnings to the log.
    pub fn loader(&self) -> ConfigLoader {
        let again = self.clone();
        Box::new(move || {
            let config = again.load()?;
            log_warnings(&config);
            Ok(config)
        })
    }

    /// What it is, for people: the folder, or that it is built in.
    pub fn describe(&self) -> String {
        self.source.describe()
    }

    /// Whether it is the one that is compiled in.
    pub fn is_builtin(&self) -> bool {
        self.is_builtin
    }

    /// The folder for what the switch keeps.
    pub fn data(&self) -> &Path {
        &self.data
    }
}

/// Logs what is odd in a configuration.
pub fn log_warnings(config: &Config) {
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    for warning in modules::unknown(config, &modules::built_in()) {
        tracing::error!("{warning}");
    }
}

/// Where the XDG base directory specification puts what belongs to one user; without a home, where services keep theirs.
fn default_data() -> PathBuf {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let shared = folder("XDG_DATA_HOME").or_else(|| folder("HOME").map(|home| home.join(".local/share")));
    shared.unwrap_or_else(|| PathBuf::from("/var/lib")).join("strowger")
}

/// The variables that FreeSWITCH sets before it reads its configuration.
fn presets(host: &Host, data: &Path, conf_dir: Option<String>) -> Vec<(String, String)> {
    let path = |path: &Path| path.to_string_lossy().into_owned();
    let mut presets = vec![
        ("hostname".to_owned(), host.name.clone()),
        ("local_ip_v4".to_owned(), host.ipv4.to_string()),
        ("local_ip_v6".to_owned(), host.ipv6.to_string()),
        ("base_dir".to_owned(), path(data)),
        ("data_dir".to_owned(), path(data)),
        ("conf_dir".to_owned(), conf_dir.unwrap_or_else(|| path(&data.join("conf")))),
        ("temp_dir".to_owned(), path(&std::env::temp_dir())),
    ];
    presets.extend(host.mask.map(|mask| ("local_mask_v4".to_owned(), mask.to_string())));
    presets.extend(FOLDERS.map(|(name, folder)| (name.to_owned(), path(&data.join(folder)))));
    presets
}

/// FreeSWITCH's folders, in the data folder.
const FOLDERS: [(&str, &str); 14] = [
    ("log_dir", "log"),
    ("run_dir", "run"),
    ("db_dir", "db"),
    ("mod_dir", "mod"),
    ("htdocs_dir", "htdocs"),
    ("script_dir", "scripts"),
    ("grammar_dir", "grammar"),
    ("fonts_dir", "fonts"),
    ("images_dir", "images"),
    ("certs_dir", "tls"),
    ("sounds_dir", "sounds"),
    ("storage_dir", "storage"),
    ("cache_dir", "cache"),
    ("recordings_dir", "recordings"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_variables_win_and_presets_are_there() {
        let set = vec![("esl_port".to_owned(), "0".to_owned())];
        let arguments = ConfiguredArguments { conf: None, data: Some("/d".into()), set };
        let configuration = Configuration::new(&arguments, &Host::find());
        let config = configuration.load().unwrap();
        assert_eq!(config.event_socket.listen_port, 0);
        assert_eq!(config.global("recordings_dir"), Some("/d/recordings"));
        assert!(config.global("hostname").is_some_and(|name| !name.is_empty()));
        assert!(configuration.is_builtin());
    }
}
