//! Which models a build of the page offers: read from their manifests, so that no code names them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::error::TaskError;

/// Where the index lies below the page's folder.
pub(super) const PATH: &str = "weights/index.json";

/// The index of the models whose files are among `wanted` (target below the page's folder to source), as JSON: of each
/// its name, title, kind, what it takes, its files and their size.
///
/// # Errors
/// A manifest that cannot be read.
pub(super) fn of(wanted: &BTreeMap<PathBuf, PathBuf>) -> Result<String, TaskError> {
    let manifests = wanted.iter().filter(|(target, _)| target.ends_with("model.json"));
    let models = manifests.map(|(target, source)| entry(target, source, wanted)).collect::<Result<Vec<_>, _>>()?;
    Ok(format!("{:#}\n", Value::Array(models)))
}

fn entry(target: &Path, source: &Path, wanted: &BTreeMap<PathBuf, PathBuf>) -> Result<Value, TaskError> {
    let text = std::fs::read(source).map_err(TaskError::file("read", source))?;
    let manifest: Value = serde_json::from_slice(&text)
        .map_err(|error| TaskError::file("understand", source)(std::io::Error::other(error.to_string())))?;
    let folder = target.parent().unwrap_or(target);
    let mut files = Vec::new();
    let mut bytes = 0;
    for (path, source) in wanted.iter().filter(|(path, _)| path.parent() == Some(folder)) {
        files.push(path.file_name().unwrap_or_default().to_string_lossy().into_owned());
        bytes += source.metadata().map_err(TaskError::file("read", source))?.len();
    }
    // Where a file has no manifest of the right shape, the page's engine says so; the index only passes on what is there.
    let diffusion = manifest["pipeline"]["kind"] == "diffusion";
    let given = if diffusion { &manifest["pipeline"]["condition"] } else { &manifest["input"] };
    Ok(json!({
        "name": folder.file_name().unwrap_or_default().to_string_lossy(),
        "title": manifest["title"],
        "kind": if diffusion { "diffusion" } else { "one-pass" },
        "takes": given["modality"],
        "files": files,
        "bytes": bytes,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_listed_with_what_they_are_for() {
        let root = std::env::temp_dir().join(format!("darkroom-index-{}", std::process::id()));
        let mut wanted = BTreeMap::new();
        for (path, text) in [
            ("weights/ct/model.json", r#"{"title": "CT from noise", "pipeline": {"kind": "diffusion"}}"#),
            ("weights/ct/denoiser.onnx", "1234"),
            (
                "weights/pet/model.json",
                r#"{"title": "PET", "pipeline": {"kind": "one-pass"}, "input": {"modality": "PT"}}"#,
            ),
            ("index.html", ""),
        ] {
            let source = root.join(path);
            std::fs::create_dir_all(source.parent().unwrap()).unwrap();
            std::fs::write(&source, text).unwrap();
            wanted.insert(PathBuf::from(path), source);
        }
        let index: Value = serde_json::from_str(&of(&wanted).unwrap()).unwrap();
        assert_eq!((&index[0]["name"], &index[0]["kind"]), (&json!("ct"), &json!("diffusion")));
        assert_eq!((&index[0]["takes"], &index[0]["files"]), (&Value::Null, &json!(["denoiser.onnx", "model.json"])));
        assert_eq!((&index[1]["kind"], &index[1]["takes"]), (&json!("one-pass"), &json!("PT")));
        assert_eq!(index.as_array().unwrap().len(), 2);

        std::fs::write(root.join("weights/ct/model.json"), "no manifest").unwrap();
        assert!(of(&wanted).unwrap_err().to_string().contains("model.json"));
        std::fs::remove_dir_all(&root).unwrap();
    }
}
