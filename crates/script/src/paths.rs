//! Where scripts are.

use std::path::{Path, PathBuf};

use strowger_core::Switch;

/// Why a script is not run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// There is none of that name.
    #[error("cannot open {0}")]
    Missing(String),
    /// It is somewhere else than where scripts may be.
    #[error("{0} is outside of the scripts folder, and restrict-scripts is on")]
    Outside(String),
}

/// The scripts folder, and whether scripts may be anywhere else.
#[derive(Clone, Debug)]
pub struct Scripts {
    folder: PathBuf,
    is_restricted: bool,
}

impl Scripts {
    /// The folder that the global variable `script_dir` names.
    #[must_use]
    pub fn of(switch: &Switch, is_restricted: bool) -> Self {
        Self { folder: switch.globals().get("script_dir").unwrap_or_default().into(), is_restricted }
    }

    /// The scripts folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file of a script: one of the folder, unless the path is absolute (or begins with a `.`).
    ///
    /// # Errors
    /// [`PathError`].
    pub fn find(&self, name: &str) -> Result<PathBuf, PathError> {
        let path = if name.starts_with(['/', '.']) { PathBuf::from(name) } else { self.folder.join(name) };
        let missing = || PathError::Missing(path.display().to_string());
        if !path.is_file() {
            return Err(missing());
        }
        if self.is_restricted {
            let real = path.canonicalize().map_err(|_| missing())?;
            let folder = self.folder.canonicalize().map_err(|_| missing())?;
            if !real.starts_with(folder) {
                return Err(PathError::Outside(path.display().to_string()));
            }
        }
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_found_where_they_may_be() {
        let base = std::env::temp_dir().join(format!("strowger-scripts-{}", std::process::id()));
        let folder = base.join("scripts");
        std::fs::create_dir_all(folder.join("sub")).unwrap();
        for file in ["scripts/a.lua", "scripts/sub/b.lua", "out.lua"] {
            std::fs::write(base.join(file), "").unwrap();
        }
        let free = Scripts { folder: folder.clone(), is_restricted: false };
        let strict = Scripts { is_restricted: true, ..free.clone() };
        let out = base.join("out.lua").display().to_string();
        for scripts in [&free, &strict] {
            assert_eq!(scripts.find("a.lua"), Ok(folder.join("a.lua")));
            assert_eq!(scripts.find("sub/b.lua"), Ok(folder.join("sub/b.lua")));
            assert!(matches!(scripts.find("nosuch.lua"), Err(PathError::Missing(_))));
        }
        assert!(free.find(&out).is_ok() && free.find("sub/../../out.lua").is_ok());
        assert_eq!(strict.find(&out), Err(PathError::Outside(out)));
        assert!(matches!(strict.find("sub/../../out.lua"), Err(PathError::Outside(_))));
        std::fs::remove_dir_all(base).unwrap();
    }
}
