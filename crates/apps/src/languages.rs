//! The languages that things are said in: the section `languages` of the configuration, or `phrases`, as older ones have
//! it (`switch_xml_locate_language`).

use strowger_config::{Config, Element};

/// A language, as it is configured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Language<'a> {
    element: &'a Element,
    /// What holds groups of macros; none in an older configuration.
    phrases: Option<&'a Element>,
    /// The macros of a name without a group.
    macros: &'a Element,
}

/// Why there is no such language; the texts are FreeSWITCH's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LanguageError {
    #[error("Open of languages and phrases failed.")]
    NoSection,
    #[error("Can't find language {0}.")]
    Unknown(String),
    #[error("Can't find phrases tag.")]
    NoPhrases,
    #[error("Can't find macros tag.")]
    NoMacros,
}

/// A macro, and where its sounds are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Macro<'a> {
    /// The macro's element.
    pub(crate) element: &'a Element,
    /// The folder of its sounds, if it says so.
    pub(crate) sound_prefix: Option<&'a str>,
    /// Who says numbers in its language.
    pub(crate) say_module: &'a str,
    /// The engine that speaks its texts, if the language names one.
    pub(crate) tts_engine: Option<&'a str>,
    /// The voice that it speaks with.
    pub(crate) tts_voice: Option<&'a str>,
}

/// Why there is no such macro.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MacroError {
    #[error("Can't find macros group {0}.")]
    Group(String),
    #[error("Can't find macro {0}.")]
    Unknown(String),
}

impl<'a> Language<'a> {
    /// The language of that name.
    ///
    /// # Errors
    /// [`LanguageError`].
    pub(crate) fn find(config: &'a Config, name: &str) -> Result<Language<'a>, LanguageError> {
        let unknown = || LanguageError::Unknown(shown(name));
        if let Some(languages) = config.section("languages") {
            let element = named(languages, "language", name).ok_or_else(unknown)?;
            let phrases = element.child("phrases").ok_or(LanguageError::NoPhrases)?;
            let macros = phrases.child("macros").ok_or(LanguageError::NoMacros)?;
            return Ok(Language { element, phrases: Some(phrases), macros });
        }
        let macros = config.section("phrases").ok_or(LanguageError::NoSection)?.child("macros");
        let element = named(macros.ok_or(LanguageError::NoMacros)?, "language", name).ok_or_else(unknown)?;
        Ok(Language { element, phrases: None, macros: element })
    }

    /// Who says numbers in it: the language's own name unless it says otherwise.
    pub(crate) fn say_module(&self) -> &'a str {
        let given = first(self.element, &["say-module", "module"]);
        given.or_else(|| self.element.attr("name")).unwrap_or_default()
    }

    /// The folder of its sounds.
    pub(crate) fn sound_prefix(&self) -> Option<&'a str> {
        first(self.element, &SOUND_PREFIX)
    }

    /// The macro of that name; `name@group` looks in a group.
    ///
    /// # Errors
    /// [`MacroError`].
    pub(crate) fn find_macro(&self, name: &str) -> Result<Macro<'a>, MacroError> {
        let (local, group) = match (self.phrases, name.split_once('@')) {
            (Some(phrases), Some((local, group))) => {
                let found = named(phrases, "macros", group);
                (local, found.ok_or_else(|| MacroError::Group(shown(group)))?)
            }
            _ => (name, self.macros),
        };
        let of_group = first(group, &SOUND_PREFIX).filter(|_| self.phrases.is_some());
        let element = named(group, "macro", local).ok_or_else(|| MacroError::Unknown(shown(name)))?;
        let sound_prefix = of_group.or_else(|| self.sound_prefix());
        Ok(Macro {
            element,
            sound_prefix,
            say_module: self.say_module(),
            tts_engine: first(self.element, &["tts-engine", "tts_engine"]),
            tts_voice: first(self.element, &["tts-voice", "tts_voice"]),
        })
    }
}

const SOUND_PREFIX: [&str; 3] = ["sound-prefix", "sound-path", "sound_path"];

fn named<'a>(parent: &'a Element, tag: &str, name: &str) -> Option<&'a Element> {
    parent.children.iter().find(|child| child.name == tag && child.attr("name") == Some(name))
}

fn first<'a>(element: &'a Element, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| element.attr(name))
}

/// As much of a name as a line of the log may hold.
fn shown(name: &str) -> String {
    name.chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use strowger_config::{LoadOptions, MemorySource, load};

    use super::*;

    fn config(text: &str) -> Config {
        load(&MemorySource::new([("freeswitch.xml", text)]), &LoadOptions::default()).unwrap()
    }

    #[test]
    fn languages_and_their_macros() {
        let config = config(
            "<document><section name='languages'><language name='en' say-module='en' sound-prefix='/s'><phrases>
            <macros><macro name='hello'/></macros><macros name='vm' sound-prefix='/vm'><macro name='hello'/></macros>
            </phrases></language><language name='zh'><phrases/></language><language name='ru'/></section></document>",
        );
        let english = Language::find(&config, "en").unwrap();
        assert_eq!((english.say_module(), english.sound_prefix()), ("en", Some("/s")));
        assert_eq!(english.find_macro("hello").unwrap().sound_prefix, Some("/s"));
        assert_eq!(english.find_macro("hello@vm").unwrap().sound_prefix, Some("/vm"));
        assert_eq!(english.find_macro("hello@no").unwrap_err().to_string(), "Can't find macros group no.");
        assert_eq!(english.find_macro("no@vm").unwrap_err().to_string(), "Can't find macro no@vm.");
        let refused = |name: &str| Language::find(&config, name).unwrap_err().to_string();
        assert_eq!(refused("de"), "Can't find language de.");
        assert_eq!(refused("zh"), "Can't find macros tag.");
        assert_eq!(refused("ru"), "Can't find phrases tag.");
    }

    #[test]
    fn older_configurations() {
        let old = config(
            "<document><section name='phrases'><macros><language name='en' sound_path='/o'><macro name='a@b'/></language>
            </macros></section></document>",
        );
        let english = Language::find(&old, "en").unwrap();
        assert_eq!((english.say_module(), english.find_macro("a@b").unwrap().sound_prefix), ("en", Some("/o")));
        assert_eq!(Language::find(&config("<document/>"), "en").unwrap_err(), LanguageError::NoSection);
    }
}
