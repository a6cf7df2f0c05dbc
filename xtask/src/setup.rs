//! What a fresh machine lacks, installed where that is permitted and named where it is not.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::TaskError;
use crate::workspace::Workspace;
use crate::{command, find};

/// Makes sure that the pinned toolchain can build for the browser.
///
/// # Errors
/// The target is missing and rustup cannot add it.
pub(crate) fn wasm_target(workspace: &Workspace) -> Result<(), TaskError> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let sysroot = command::output(rustc(workspace).args(["--print", "sysroot"]))?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).is_dir() {
        return Ok(());
    }
    println!("Adding the {TARGET} target to the toolchain.");
    let added = command::run(Command::new("rustup").args(["target", "add", TARGET]).current_dir(&workspace.root));
    added.map_err(|_| TaskError::Missing {
        what: format!("the Rust target {TARGET}"),
        remedy: format!("install rustup from https://rustup.rs, then `rustup target add {TARGET}`"),
    })
}

fn rustc(workspace: &Workspace) -> Command {
    let mut rustc = Command::new("rustc");
    rustc.current_dir(&workspace.root);
    rustc
}

/// Installs the JavaScript test and build tools as locked, unless they already are.
///
/// # Errors
/// Node or npm is missing, or the installation fails.
pub(crate) fn node_modules(workspace: &Workspace) -> Result<(), TaskError> {
    node_packages(&workspace.browser_tests())
}

/// Installs the npm packages that `folder` locks, unless they already are.
///
/// # Errors
/// Node or npm is missing, or the installation fails.
pub(crate) fn node_packages(folder: &Path) -> Result<(), TaskError> {
    node()?;
    // npm writes this file last, so it is newer than the lock exactly when the tree matches the lock.
    let installed = modified(&folder.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= modified(&folder.join("package-lock.json")) {
        return Ok(());
    }
    println!("Installing the JavaScript packages of {} (npm ci).", folder.display());
    command::run(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(folder))
}

fn node() -> Result<(), TaskError> {
    const OLDEST: u32 = 20;
    let missing = |what: String| TaskError::Missing { what, remedy: "see https://nodejs.org".to_owned() };
    let version = command::output(Command::new("node").arg("--version")).map_err(|_| missing("Node.js".to_owned()))?;
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_some_and(|major| major >= OLDEST) {
        Ok(())
    } else {
        Err(missing(format!("Node.js {OLDEST} or newer (this one is {})", version.trim())))
    }
}

fn modified(path: &Path) -> Option<std::time::SystemTime> {
    path.metadata().and_then(|data| data.modified()).ok()
}

/// Makes sure that a Chromium is there.
///
/// # Errors
/// One sentence with the command to type, when there is none and this user may not install it.
pub(crate) fn chromium() -> Result<PathBuf, TaskError> {
    if find::chromium().is_none() {
        apt(&["chromium"])?;
    }
    find::chromium().ok_or_else(|| TaskError::Missing {
        what: "Chromium".to_owned(),
        remedy: "install it, and set DARKROOM_CHROMIUM to its program where that is not on the PATH".to_owned(),
    })
}

/// Makes sure that a Vulkan driver is there: the machine's own, or lavapipe on the processor.
///
/// # Errors
/// One sentence with the command to type, when there is none and this user may not install it.
pub(crate) fn vulkan() -> Result<(), TaskError> {
    if !cfg!(target_os = "linux") || find::has_gpu() || find::lavapipe().is_some() {
        return Ok(());
    }
    apt(&["mesa-vulkan-drivers", "libvulkan1"])
}

/// Makes sure that `dciodvfy` is there, which checks the DICOM files that Darkroom writes.
///
/// # Errors
/// One sentence with the command to type, when it is not and this user may not install it.
pub(crate) fn dicom_checker() -> Result<(), TaskError> {
    if find::program(&["dciodvfy"]).is_some() { Ok(()) } else { apt(&["dicom3tools"]) }
}

/// Makes sure that `dcmdump` is there, one of the readers that Darkroom's DICOM files are compared with.
///
/// # Errors
/// One sentence with the command to type, when it is not and this user may not install it.
pub(crate) fn dicom_toolkit() -> Result<(), TaskError> {
    if find::program(&["dcmdump"]).is_some() { Ok(()) } else { apt(&["dcmtk"]) }
}

/// Installs Debian packages by name.
///
/// # Errors
/// One sentence with the command to type, when this user may not install packages or it fails.
pub(crate) fn apt(packages: &[&str]) -> Result<(), TaskError> {
    let list = packages.join(" ");
    let refused = || TaskError::Missing { what: list.clone(), remedy: format!("sudo apt-get install {list}") };
    let prefix = privilege().filter(|_| find::program(&["apt-get"]).is_some()).ok_or_else(refused)?;
    println!("Installing {list} (apt-get).");
    let apt_get = |arguments: &[&str]| {
        let words: Vec<&str> = prefix.iter().copied().chain(["apt-get", "-qq", "-y"]).collect();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        command::run(&mut command)
    };
    apt_get(&["update"]).map_err(|_| refused())?;
    let install: Vec<&str> =
        ["install", "--no-install-recommends"].into_iter().chain(packages.iter().copied()).collect();
    apt_get(&install).map_err(|_| refused())
}

/// What to put before a command that needs root: nothing, or sudo where it asks no password.
fn privilege() -> Option<&'static [&'static str]> {
    let id = command::output(Command::new("id").arg("-u")).ok()?;
    if id.trim() == "0" {
        Some(&[])
    } else if command::succeeds(Command::new("sudo").args(["-n", "true"])) {
        Some(&["sudo", "-n"])
    } else {
        None
    }
}

/// Points Vulkan at lavapipe where the machine has no graphics device, so that the loader does not try the drivers of
/// devices that are not there.
pub(crate) fn choose_vulkan_driver(cargo: &mut Command) {
    let chosen = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"].iter().any(|name| std::env::var_os(name).is_some());
    if let (false, false, Some(driver)) = (chosen, find::has_gpu(), find::lavapipe()) {
        // Loaders before 1.3.207 know only the second name.
        cargo.env("VK_DRIVER_FILES", &driver).env("VK_ICD_FILENAMES", &driver);
    }
}
