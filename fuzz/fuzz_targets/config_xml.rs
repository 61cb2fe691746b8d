//! A whole configuration from any text: it loads or says why not, and what it holds can be written and asked.
#![no_main]

use libfuzzer_sys::fuzz_target;
use strowger_config::{LoadOptions, MemorySource, load};

fuzz_target!(|text: &str| {
    // What follows a NUL is a second file, so that includes are reached.
    let (entry, other) = text.split_once('\0').unwrap_or((text, ""));
    let source = MemorySource::new([("freeswitch.xml", entry), ("other.xml", other)]);
    let options = LoadOptions { env: |_| None, resolve: |_| None, ..LoadOptions::default() };
    match load(&source, &options) {
        Ok(config) => {
            let mut written = String::new();
            config.root.write_xml(&mut written);
            for user in config.directory().users() {
                config.directory().user(&user.domain, &user.id);
            }
            for extension in config.dialplan.contexts.iter().flat_map(|context| &context.extensions) {
                for pattern in extension.conditions.iter().filter_map(|condition| condition.expression.as_ref()) {
                    let _ = pattern.captures("1000");
                }
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
