//! Makes the tarball: a folder from which foreman runs wherever it is unpacked, and which can be
//! copied to `/usr/local`.

use anyhow::Result;

use crate::archive::tar_gz;
use crate::tree::Tree;
use crate::{About, PACKAGE, Package, VERSION};

pub(crate) fn tarball(tree: &Tree, about: &About) -> Result<Package> {
    let name = format!("{PACKAGE}-{VERSION}-linux-{}", about.processor);
    let contents = tar_gz(&name, tree.entries(), about.time)?;
    Ok(Package { name: format!("{name}.tar.gz"), contents })
}
