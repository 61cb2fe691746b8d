//! `freeswitch.xml`, read as FreeSWITCH reads it: pre-processing, sections, typed settings, the directory and the dialplan.
//!
//! The way of a configuration is one straight line:
//!
//! ```text
//! Source → preprocess (X-PRE-PROCESS, $${…}, include) → one text with a line map → xml → Element tree → Config
//! ```
//! - [`load`] does all of it and either returns a [`Config`], with [`Warning`]s for what is odd but harmless, or one
//!   [`ConfigError`] whose text is `FILE:LINE: what is wrong, what was expected`.
//! - The crate opens no sockets and runs no programs. Files are read through a [`Source`], the environment and host
//!   names through two functions in [`LoadOptions`].
//! - What it reads is bounded: 64 MiB of text, includes 32 deep, elements 128 deep. No text makes it panic.

mod acl;
mod acl_auto;
mod builtin;
mod config;
mod dialplan;
mod dialplan_parse;
mod directory;
mod directory_user;
mod document;
mod element;
mod error;
mod event_socket;
mod event_socket_tls;
mod gateway;
mod globals;
mod ivr;
mod line_map;
mod lua;
mod markup;
mod pattern;
mod preprocess;
mod python;
mod sofia;
mod source;
mod source_error;
mod speech;
mod switch;
pub mod template;
mod value;
mod xml;
mod xml_curl;

pub use acl::AccessLists;
pub use builtin::{BuiltinSource, InitError, write_builtin};
pub use config::{Config, LoadOptions, load};
pub use dialplan::{Action, Break, CALENDAR, Condition, Context, Dialplan, Extension, Regex, RegexMode};
pub use directory::Directory;
pub use directory_user::DirectoryUser;
pub use document::Document;
pub use element::Element;
pub use error::{ConfigError, Place, Warning};
pub use event_socket::EventSocketSettings;
pub use event_socket_tls::{ClientCertificates, PemFile, TlsSettings};
pub use gateway::{Gateway, GatewayVariable, VariableDirection};
pub use ivr::{IvrAction, IvrDigits, IvrEntry, IvrMenu};
pub use lua::{LuaHook, LuaSettings};
pub use pattern::{MAX_SUBJECT, Pattern, PatternError};
pub use python::PythonSettings;
pub use sofia::{CodecNegotiation, SofiaDomain, SofiaProfile};
pub use source::{DirSource, ENTRY_FILE, MemorySource, Source};
pub use source_error::SourceError;
pub use speech::{SpeechEngine, SpeechMeans, SpeechSettings};
pub use switch::SwitchSettings;
pub use value::{is_false, is_true};
pub use xml_curl::{AuthScheme, Sections, XmlCurlBinding};

#[cfg(test)]
mod errors_tests;
#[cfg(test)]
mod properties_tests;
