//! Names of the files that results are saved as.

/// Longest part of a title that goes into a file name.
const LONGEST: usize = 60;

/// A file name for a result: the input's title, marked as enhanced, safe on every system.
#[must_use]
pub fn result_name(title: &str, model: &str, ending: &str) -> String {
    let title = title.trim_end_matches(".gz").trim_end_matches(".nii");
    let safe = |c: char| if c.is_alphanumeric() || c == '-' { c } else { '-' };
    let words: String = title.chars().take(LONGEST).map(safe).collect();
    let words = words.split('-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
    let words = if words.is_empty() { "image" } else { &words };
    format!("{words}-{model}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_and_marked() {
        assert_eq!(result_name("torso-low-dose.nii.gz", "pet-enhance", ".nii.gz"), "torso-low-dose-pet-enhance.nii.gz");
        assert_eq!(result_name("PET AC / WB: (3D)", "pet-enhance", ".zip"), "PET-AC-WB-3D-pet-enhance.zip");
        assert_eq!(result_name("../..", "m", ".nii.gz"), "image-m.nii.gz");
        assert_eq!(result_name(&"x".repeat(300), "m", ".zip").len(), 60 + 6);
    }
}
