use std::sync::Arc;

use strowger_core::Switch;
use strowger_core::registry::About;

use super::about;
use super::plain::Plain;
use crate::languages::Language;
use crate::say::{Clock, Kind, Method, Saying, Voice, Zone, file_string};
use crate::words::fields;

const SYNTAX: &str = "<module_name>[.<ext>] <lang>[.<ext>] <say_type> <say_method> [<say_gender>] <text>";

const ABOUT: About = about(
    "say_string",
    SYNTAX,
    "What `say` would play for a text, as one path for `playback`; without its `file_string://` when a `~` stands in front of the text.",
);

/// `say_string`.
pub(super) const SAY_STRING: Plain = Plain {
    about: ABOUT,
    answer: |switch, text| answer(switch, text).unwrap_or_else(|| format!("-ERR Usage: {SYNTAX}\n")),
};

fn answer(switch: &Arc<Switch>, text: &str) -> Option<String> {
    let words = fields(text, ' ', 6);
    let (module, language, kind, method, text) = match words.as_slice() {
        [module, language, kind, method, text] | [module, language, kind, method, _, text] => {
            (module, language, kind, method, text)
        }
        _ => return None,
    };
    let (name, of_language) = language.split_once('.').map_or((language.as_str(), None), |(name, e)| (name, Some(e)));
    let of_module = module.split_once('.').map(|(_, ext)| ext);
    // The first extension counts, and leaves the other to be part of the language's name.
    let name = if of_module.is_some() { language } else { name };
    let ext = of_module.or(of_language).filter(|ext| !ext.is_empty()).unwrap_or("wav");
    let config = switch.config();
    let found = Language::find(&config, name).inspect_err(|error| tracing::error!("{error}")).ok()?;
    let voice = found.say_module();
    // Only English makes one path of them.
    let Some(voice) = Voice::parse(voice).filter(|voice| *voice == Voice::English) else {
        tracing::error!("Invalid SAY Interface [{voice}]!");
        return None;
    };
    let bare = text.strip_prefix('~');
    let saying = Saying { kind: Kind::parse(kind), method: Method::parse(method), text: bare.unwrap_or(text) };
    let (files, said) = voice.say(&saying, &Clock::now(Zone::Local));
    if let Err(error) = said {
        tracing::error!("{error}");
        if error.is_unknown_type() {
            return None;
        }
    }
    let path = file_string(&files, ext);
    Some(if bare.is_some() { path.strip_prefix("file_string://").unwrap_or(&path).to_owned() } else { path })
}
