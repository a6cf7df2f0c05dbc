//! What a visitor downloads, in bytes as stored and as sent with gzip.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::error::TaskError;

/// Prints each download of the page in `dist`, grouped by what needs it, with the total that the target speaks of.
///
/// # Errors
/// A file cannot be read.
pub(crate) fn print(dist: &Path) -> Result<(), TaskError> {
    let mut groups: BTreeMap<Group, Vec<Row>> = BTreeMap::new();
    measure(dist, dist, &mut groups)?;
    println!("\n{}", line("download", "bytes", "gzip"));
    let mut engine_and_page = Row::total("page and engine");
    for (group, rows) in &mut groups {
        rows.sort_by(|a, b| a.name.cmp(&b.name));
        let mut total = Row::total(group.name());
        for row in rows.iter() {
            println!("{}", line(&format!("  {}", row.name), &grouped(row.bytes), &grouped(row.gzip)));
            total.add(row);
        }
        total.print();
        if matches!(group, Group::Page | Group::Engine) {
            engine_and_page.add(&total);
        }
    }
    engine_and_page.print();
    Ok(())
}

/// What a file of the page is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Page,
    Engine,
    Dicom,
    Library,
    LibraryCpu,
    Cpu,
    Weights,
    Samples,
}

impl Group {
    fn of(name: &str) -> Self {
        match name {
            _ if name.starts_with("engine") => Self::Engine,
            _ if name.starts_with("dicom") => Self::Dicom,
            _ if name.starts_with("darkroom-cpu") => Self::LibraryCpu,
            _ if name.starts_with("darkroom") => Self::Library,
            _ if name.starts_with("cpu") => Self::Cpu,
            _ if name.starts_with("weights/") => Self::Weights,
            _ if name.starts_with("samples/") => Self::Samples,
            _ => Self::Page,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Engine => "engine (worker)",
            Self::Dicom => "DICOM (on first use)",
            Self::Library => "ES module (for other pages)",
            Self::LibraryCpu => "its CPU half (on first use)",
            Self::Cpu => "CPU path (without a GPU)",
            Self::Weights => "weights",
            Self::Samples => "samples (on request)",
        }
    }
}

struct Row {
    name: String,
    bytes: usize,
    gzip: usize,
}

impl Row {
    fn total(name: &str) -> Self {
        Self { name: name.to_owned(), bytes: 0, gzip: 0 }
    }

    fn add(&mut self, other: &Self) {
        self.bytes += other.bytes;
        self.gzip += other.gzip;
    }

    fn print(&self) {
        println!("{}", line(&self.name, &grouped(self.bytes), &grouped(self.gzip)));
    }
}

/// One line of the table.
fn line(name: &str, bytes: &str, gzip: &str) -> String {
    format!("{name:<44} {bytes:>12} {gzip:>12}")
}

fn measure(dist: &Path, folder: &Path, groups: &mut BTreeMap<Group, Vec<Row>>) -> Result<(), TaskError> {
    for entry in folder.read_dir().map_err(TaskError::file("read", folder))? {
        let path = entry.map_err(TaskError::file("read", folder))?.path();
        if path.is_dir() {
            measure(dist, &path, groups)?;
            continue;
        }
        let bytes = std::fs::read(&path).map_err(TaskError::file("read", &path))?;
        let name = path.strip_prefix(dist).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        let row =
            Row { gzip: gzip_length(&bytes).map_err(TaskError::file("compress", &path))?, bytes: bytes.len(), name };
        groups.entry(Group::of(&row.name)).or_default().push(row);
    }
    Ok(())
}

fn gzip_length(bytes: &[u8]) -> std::io::Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish().map(|compressed| compressed.len())
}

/// A number with spaces between its thousands.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(' ');
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(1_234_567), "1 234 567");
        assert_eq!(grouped(100_000), "100 000");
    }

    #[test]
    fn gzip_shrinks_what_repeats() {
        let length = gzip_length(&[7; 10_000]).unwrap();
        assert!(length > 0 && length < 200, "{length}");
    }
}
