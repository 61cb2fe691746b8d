//! Every dependency's licence is one that a user of Strowger can live with.

use serde_json::Value;

use crate::spdx;
use crate::tools::{self, Failure};

/// Licences that ask for no more than a notice.
const ALLOWED: [&str; 15] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "WTFPL",
    "Zlib",
];

/// Looks at every package of the workspace and every one that it depends on.
///
/// # Errors
/// [`Failure::Licences`] names those whose licence is not allowed, with it.
pub fn run() -> Result<(), Failure> {
    let metadata = tools::metadata()?;
    let packages = metadata["packages"].as_array().ok_or_else(|| tools::unclear("no packages"))?;
    let refused: Vec<String> = packages.iter().filter_map(fault).collect();
    if !refused.is_empty() {
        return Err(Failure::Licences(refused.join("\n")));
    }
    println!("{} packages, every licence is allowed", packages.len());
    Ok(())
}

/// What is wrong with a package's licence, if anything is.
fn fault(package: &Value) -> Option<String> {
    let word = |key: &str| package[key].as_str().unwrap_or_default();
    let who = format!("  {} {}", word("name"), word("version"));
    let licence = word("license");
    if licence.is_empty() {
        return Some(format!("{who}: its Cargo.toml names no licence"));
    }
    match spdx::satisfied(licence, &|id| ALLOWED.contains(&id)) {
        Ok(true) => None,
        Ok(false) => Some(format!("{who}: {licence}")),
        Err(error) => Some(format!("{who}: {licence}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_package_is_named() {
        let package = |licence: Value| json!({"name": "thing", "version": "1.2.3", "license": licence});
        assert_eq!(fault(&package(json!("MIT OR GPL-2.0-only"))), None);
        assert_eq!(fault(&package(json!("GPL-3.0-only"))).unwrap(), "  thing 1.2.3: GPL-3.0-only");
        assert!(fault(&package(Value::Null)).unwrap().contains("names no licence"));
        assert!(fault(&package(json!("MIT AND"))).unwrap().contains("MIT AND: it ends"));
    }
}
