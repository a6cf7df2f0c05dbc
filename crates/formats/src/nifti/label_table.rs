//! The names of a label map's regions, where the file carries them: the label table of Connectome Workbench, an XML text
//! in a header extension, which TotalSegmentator writes too.

/// Longest name that is kept, in bytes.
const LONGEST: usize = 120;

/// Label and name of each region that the bytes before the values name, in their order; none where they name none.
pub(super) fn names(before: &[u8]) -> Vec<(u32, String)> {
    entries(&String::from_utf8_lossy(before))
}

/// `<Label Key="7" Red="0" ...><![CDATA[name]]></Label>`, with or without the CDATA.
fn entries(text: &str) -> Vec<(u32, String)> {
    let entry = |text: &str| {
        let (attributes, rest) = text.split_once('>')?;
        let (_, key) = attributes.split_once("Key=\"")?;
        let label = key.split_once('"')?.0.parse::<u32>().ok().filter(|&label| label > 0)?;
        let name = rest.split_once("</Label>")?.0;
        let name = name.trim().trim_start_matches("<![CDATA[").trim_end_matches("]]>").trim();
        (!name.is_empty() && name.len() <= LONGEST).then(|| (label, name.to_owned()))
    };
    text.split("<Label ").skip(1).filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_both_forms_and_what_is_none_is_passed_over() {
        let text = "<LabelTable>\n<Label Key=\"1\" Red=\"0.0\"><![CDATA[spleen]]></Label>\n<Label Red=\"1\" Key=\"27\"> \
                    vertebrae_L5 </Label><Label Key=\"0\">none</Label><Label Key=\"900\">far</Label><Label Key=\"3\"></Label>\
                    <Label Key=\"4\">unfinished";
        assert_eq!(entries(text), [(1, "spleen".to_owned()), (27, "vertebrae_L5".to_owned()), (900, "far".to_owned())]);
        assert!(entries("").is_empty() && entries("<Label ").is_empty());
    }
}
