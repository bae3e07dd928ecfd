//! Where the worker program is: in `../libexec/foreman` of a foreman in `bin`, where packages put it,
//! since `worker` is too common a name for a folder that all programs share; or beside the foreman,
//! where cargo puts it. Wherever it is, others must not be able to put another program there.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// The program that is started as a worker: the given one, or the one installed with this program.
pub(crate) fn worker_program(given: Option<&Path>) -> Result<PathBuf> {
    let program = match given {
        Some(given) => given.to_owned(),
        None => {
            let own = std::env::current_exe().context("cannot find this program's own place")?;
            installed_worker(&own)?
        }
    };
    let trusted = files::trusted_program(&program);
    trusted.with_context(|| format!("cannot use the worker {}", program.display()))
}

/// The worker of a foreman that lies here, behind any links.
fn installed_worker(foreman: &Path) -> Result<PathBuf> {
    let own = foreman.canonicalize().with_context(|| format!("cannot find {}", foreman.display()))?;
    let name = format!("worker{}", std::env::consts::EXE_SUFFIX);
    let beside = own.with_file_name(&name);
    // What lies beside another folder is not of our package: anybody may have put it there.
    let folder = own.parent().filter(|folder| folder.ends_with("bin"));
    let prefix = folder.and_then(Path::parent);
    let packaged = prefix.map(|prefix| prefix.join("libexec/foreman").join(&name));
    // The package's own first: what else a shared folder has under that name is not ours.
    let found = packaged.into_iter().chain([beside.clone()]).find(|worker| worker.exists());
    found.with_context(|| {
        format!(
            "there is no worker program at {}; install it there, or name it with --worker",
            beside.display()
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
