//! What a PET series says of itself, as far as SUV needs it: numbers as they are written, nothing interpreted yet.

use super::Missing;

/// Facts of a series. Moments are seconds since 1970-01-01 in the scanner's local time, see [`crate::moment`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Units (0054,1001).
    pub units: Option<String>,
    /// SUV Type (0054,1006).
    pub suv_type: Option<String>,
    /// Decay Correction (0054,1102).
    pub decay_correction: Option<String>,
    /// Corrected Image (0028,0051).
    pub corrected: Vec<String>,
    /// Patient's Weight (0010,1030), as written.
    pub weight: Option<f64>,
    /// Patient's Size (0010,1020), as written.
    pub height: Option<f64>,
    /// Patient's Sex (0010,0040).
    pub sex: Option<String>,
    /// Whether there is a Radiopharmaceutical Information Sequence (0054,0016).
    pub drug: bool,
    /// Radionuclide Total Dose (0018,1074), as written.
    pub dose: Option<f64>,
    /// Radionuclide Half Life (0018,1075), as written.
    pub half_life: Option<f64>,
    /// Code and name of the radionuclide (0054,0300).
    pub nuclide: Vec<String>,
    /// Radiopharmaceutical Start DateTime (0018,1078).
    pub injected: Option<f64>,
    /// Radiopharmaceutical Start Time (0018,1072), seconds since midnight.
    pub injected_clock: Option<f64>,
    /// The scan's start by GE's private attribute (0009,100D).
    pub private_start: Option<f64>,
    /// Series Date and Time (0008,0021) (0008,0031).
    pub series: Option<f64>,
    /// The day of the scan, where it is written, at its midnight.
    pub day: Option<f64>,
    /// What was entered by hand for a series that this one was made of, in a sentence.
    pub inherited: Option<String>,
    /// Its slices, in the order of the volume.
    pub slices: Vec<SliceFacts>,
    /// What was odd about the attributes and how it was taken, in sentences.
    pub notes: Vec<String>,
    /// What slices contradict each other in, or what cannot be read. A rule that asks for it cannot go on, unless the
    /// field it names is entered.
    pub conflicts: Vec<Missing>,
}

/// Facts of a slice.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SliceFacts {
    /// Rescale Slope (0028,1053).
    pub slope: f64,
    /// Rescale Intercept (0028,1052).
    pub intercept: f64,
    /// Acquisition Date and Time (0008,0022) (0008,0032).
    pub acquired: Option<f64>,
    /// Actual Frame Duration (0018,1242), in seconds.
    pub frame: Option<f64>,
    /// Frame Reference Time (0054,1300), in seconds.
    pub frame_reference: Option<f64>,
    /// Philips SUV Scale Factor (7053,xx00), above zero.
    pub suv_factor: Option<f64>,
    /// Philips Activity Concentration Scale Factor (7053,xx09), above zero.
    pub activity_factor: Option<f64>,
}
