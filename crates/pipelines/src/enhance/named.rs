//! Label maps that name their regions: which of these are tissues that a model is told.
//!
//! The names are those of TotalSegmentator (Wasserthal et al. 2023), for CT and MR, in both versions of its numbering.

use darkroom_imaging::LabelMap;

/// How the names of a class's regions begin, besides its own name.
const FAMILIES: [(&str, &[&str]); 8] = [
    ("heart", &["heart_", "atrial_appendage"]),
    ("liver", &[]),
    ("spleen", &[]),
    ("lungs", &["lung_"]),
    ("stomach", &[]),
    ("kidneys", &["kidney_"]),
    ("spine", &["vertebrae", "intervertebral_discs", "spinal_cord"]),
    ("ribs", &["rib_"]),
];
/// A vertebra by name, but a part of the sacrum, which is of no class.
const SACRUM: &str = "vertebrae_S1";

/// The label that a model with these classes has for a region of this name.
fn label_of(name: &str, classes: &[String]) -> Option<u8> {
    let belongs = |class: &String| {
        let family = FAMILIES.into_iter().find(|(known, _)| known == class);
        let related =
            family.is_some_and(|(_, beginnings)| beginnings.iter().any(|beginning| name.starts_with(beginning)));
        name == class || related && name != SACRUM
    };
    classes.iter().position(belongs).and_then(|at| u8::try_from(at + 1).ok())
}

/// The map with the labels of a model's classes, and what to tell of it: by the names of its regions where it has them, else
/// as it is.
pub(super) fn told(map: LabelMap, names: &[(u8, String)], classes: &[String]) -> (LabelMap, Option<String>) {
    let most = classes.len();
    if names.is_empty() {
        let beyond = map.labels.iter().any(|&label| usize::from(label) > most);
        let note = beyond.then(|| {
            format!(
                "The label map does not name its regions: labels 1 to {most} are taken for {}, those above are unknown.",
                classes.join(", ")
            )
        });
        return (map, note.filter(|_| most > 0));
    }
    let mut meant = [0_u8; 256];
    for (label, name) in names {
        meant[usize::from(*label)] = label_of(name, classes).unwrap_or(0);
    }
    let labels = map.labels.iter().map(|&label| meant[usize::from(label)]).collect();
    let mapped = LabelMap { dims: map.dims, labels };
    let held = mapped.present();
    let found: Vec<&str> = held.iter().map(|&label| classes[usize::from(label) - 1].as_str()).collect();
    let found = if found.is_empty() { "none of them is a tissue of this model".to_owned() } else { found.join(", ") };
    (mapped, Some(format!("The label map names its regions, and they are taken by name: {found}.")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test should stop where it fails")]

    use super::*;

    fn classes() -> Vec<String> {
        FAMILIES.map(|(class, _)| class.to_owned()).to_vec()
    }

    fn map(labels: Vec<u8>) -> LabelMap {
        LabelMap { dims: [labels.len(), 1, 1], labels }
    }

    #[test]
    fn totalsegmentators_regions_become_the_models_tissues() {
        let names = [
            (1, "spleen"),
            (3, "kidney_left"),
            (5, "liver"),
            (6, "stomach"),
            (7, "pancreas"),
            (14, "lung_lower_lobe_right"),
            (25, "sacrum"),
            (26, "vertebrae_S1"),
            (27, "vertebrae_L5"),
            (51, "heart"),
            (61, "atrial_appendage_left"),
            (79, "spinal_cord"),
            (92, "rib_left_1"),
            (117, "costal_cartilages"),
        ];
        let names: Vec<_> = names.into_iter().map(|(label, name)| (label, name.to_owned())).collect();
        let labels = names.iter().map(|(label, _)| *label).chain([0, 200]).collect();
        let (found, note) = told(map(labels), &names, &classes());
        assert_eq!(found.labels, [3, 6, 2, 5, 0, 4, 0, 0, 7, 1, 1, 7, 8, 0, 0, 0]);
        assert!(note.unwrap().contains("by name: heart, liver, spleen, lungs, stomach, kidneys, spine, ribs."));
        let (found, note) = told(map(vec![7]), &names, &classes());
        assert!(found.labels == [0] && note.unwrap().contains("none of them is a tissue"));
    }

    #[test]
    fn without_names_the_labels_stay_and_those_beyond_are_told() {
        assert_eq!(told(map(vec![0, 8]), &[], &classes()), (map(vec![0, 8]), None));
        let (found, note) = told(map(vec![2, 9]), &[], &classes());
        assert_eq!(found.labels, [2, 9]);
        assert!(note.unwrap().contains("labels 1 to 8 are taken for heart, liver"));
        assert_eq!(told(map(vec![9]), &[], &[]).1, None, "a model that takes no mask says so itself");
    }
}
