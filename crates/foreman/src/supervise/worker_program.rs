//! Finds the worker program.
//!
//! If the foreman is in a folder `bin`, the worker is in `../libexec/foreman`, where packages put
//! it. The name `worker` is too common for a folder that all programs share. Otherwise the worker
//! is beside the foreman, where cargo puts it. In both places, other users must not be able to
//! replace it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use events::Shown as _;

/// Returns the program to start as a worker: the given one, or the one installed with this program.
pub(crate) fn worker_program(given: Option<&Path>) -> Result<PathBuf> {
    let program = match given {
        Some(given) => given.to_owned(),
        None => {
            let own = std::env::current_exe().context("cannot find this program's own path")?;
            installed_worker(&own)?
        }
    };
    let trusted = files::trusted_program(&program);
    trusted.with_context(|| format!("cannot use the worker {}", program.shown()))
}

/// Returns the worker for a foreman at this path, which may be a link.
fn installed_worker(foreman: &Path) -> Result<PathBuf> {
    let own = foreman.canonicalize().with_context(|| format!("cannot find {}", foreman.shown()))?;
    let name = format!("worker{}", std::env::consts::EXE_SUFFIX);
    let beside = own.with_file_name(&name);
    // For another folder than `bin`, the folder above does not belong to the package: anybody may
    // have put files there.
    let folder = own.parent().filter(|folder| folder.ends_with("bin"));
    let prefix = folder.and_then(Path::parent);
    let packaged = prefix.map(|prefix| prefix.join("libexec/foreman").join(&name));
    // The package's own worker comes first, because a shared folder may have another program of
    // this name.
    let found = packaged.into_iter().chain([beside.clone()]).find(|worker| worker.exists());
    found.with_context(|| {
        format!(
            "there is no worker program at {}; install it there, or name another with --worker",
            beside.shown()
        )
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn the_worker_is_found_where_it_is_installed() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().canonicalize().unwrap().join(path);
        for path in ["usr/bin/foreman", "links/empty"] {
            fs::create_dir_all(at(path).parent().unwrap()).unwrap();
            fs::write(at(path), "").unwrap();
        }
        symlink("../usr/bin/foreman", at("links/foreman")).unwrap();
        for foreman in ["usr/bin/foreman", "links/foreman"] {
            let error = format!("{:#}", installed_worker(&at(foreman)).unwrap_err());
            assert!(error.contains(at("usr/bin/worker").to_str().unwrap()), "{error}");
        }

        fs::write(at("usr/bin/worker"), "cargo's, or somebody else's").unwrap();
        assert_eq!(installed_worker(&at("usr/bin/foreman")).unwrap(), at("usr/bin/worker"));
        assert_eq!(installed_worker(&at("links/foreman")).unwrap(), at("usr/bin/worker"));

        fs::create_dir_all(at("usr/archive")).unwrap();
        fs::write(at("usr/archive/foreman"), "").unwrap();
        fs::write(at("usr/archive/worker"), "of the same archive").unwrap();
        fs::create_dir_all(at("usr/libexec/foreman")).unwrap();
        fs::write(at("usr/libexec/foreman/worker"), "the package's").unwrap();
        assert_eq!(installed_worker(&at("links/foreman")).unwrap(), at("usr/libexec/foreman/worker"));
        assert_eq!(installed_worker(&at("usr/archive/foreman")).unwrap(), at("usr/archive/worker"));
    }
}
