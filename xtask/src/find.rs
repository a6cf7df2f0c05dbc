//! Finding programs.

use std::path::{Path, PathBuf};

/// The first of `names` found on the PATH.
pub(crate) fn program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    names.iter().find_map(|name| {
        let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        std::env::split_paths(&path).map(|folder| folder.join(&file)).find(|candidate| candidate.is_file())
    })
}

/// The Chromium to test with: `DARKROOM_CHROMIUM`, or one on the PATH.
pub(crate) fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("DARKROOM_CHROMIUM").map(PathBuf::from).filter(|path| path.is_file());
    named.or_else(|| program(&["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]))
}

/// The description file of lavapipe, Mesa's Vulkan driver on the processor.
pub(crate) fn lavapipe() -> Option<PathBuf> {
    ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"].iter().find_map(|folder| {
        let entries = Path::new(folder).read_dir().ok()?;
        entries
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("lvp_icd")))
    })
}

/// Whether the machine shows a graphics device of its own.
pub(crate) fn has_gpu() -> bool {
    ["/dev/dri/renderD128", "/dev/nvidia0", "/dev/dxg"].iter().any(|device| Path::new(device).exists())
}
