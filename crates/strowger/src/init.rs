//! `strowger init DIR`.

use std::path::Path;
use std::process::ExitCode;

/// Writes the built-in configuration out and says what it wrote; 1 when it could not.
pub fn init(dir: &Path) -> ExitCode {
    match strowger_config::write_builtin(dir) {
        Ok(files) => {
            for file in files {
                println!("{}", file.display());
            }
            println!("Edit them, then: strowger serve --conf {}", dir.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("strowger: {error}");
            ExitCode::FAILURE
        }
    }
}
