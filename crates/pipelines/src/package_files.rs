//! The files of a package, found by their names.

use darkroom_imaging::NamedBytes;

use crate::PipelineError;

/// The files of a package, each by its own name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackageFiles(Vec<NamedBytes>);

impl From<Vec<NamedBytes>> for PackageFiles {
    /// Files with folders in their names, as in a zip of a package's folder, go by what comes last.
    fn from(mut files: Vec<NamedBytes>) -> Self {
        for file in &mut files {
            if let Some(last) = file.name.rfind('/') {
                file.name.drain(..=last);
            }
        }
        Self(files)
    }
}

impl PackageFiles {
    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[NamedBytes] {
        &self.0
    }

    /// The contents of a file, if it is there.
    #[must_use]
    pub fn part(&self, name: &str) -> Option<&[u8]> {
        self.0.iter().find(|file| file.name == name).map(|file| file.bytes.as_slice())
    }

    /// `model.json`.
    ///
    /// # Errors
    /// Without it.
    pub fn manifest(&self) -> Result<&[u8], PipelineError> {
        self.part("model.json").ok_or_else(|| PipelineError::MissingFile("model.json".to_owned()))
    }

    /// The model card, as Markdown; empty without one.
    #[must_use]
    pub fn card(&self) -> String {
        String::from_utf8_lossy(self.part("CARD.md").unwrap_or_default()).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zipped_folder_is_the_same_as_its_files() {
        let file = |name: &str| NamedBytes { name: name.to_owned(), bytes: name.as_bytes().to_vec() };
        let files = PackageFiles::from(vec![file("a/b/model.json"), file("CARD.md")]);
        assert_eq!(files.manifest().unwrap(), b"a/b/model.json");
        assert_eq!(files.card(), "CARD.md");
        let error = PackageFiles::default().manifest().unwrap_err();
        assert!(error.to_string().contains("model.json"));
    }
}
