//! Options for what a DICOM series does not say about SUV.

use darkroom_imaging::suv::typed::{half_life, sex};
use darkroom_imaging::suv::{Entered, Sex, When};

/// Values entered by hand; each comes before the file's and is told in everything that is written.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct EnteredArguments {
    /// The patient's weight in kilograms, for SUV.
    #[arg(long, value_name = "KG", allow_negative_numbers = true, help_heading = "SUV by hand")]
    weight: Option<f64>,
    /// The patient's height in metres, where the values are by lean mass, ideal weight or surface.
    #[arg(long, value_name = "M", allow_negative_numbers = true, help_heading = "SUV by hand")]
    height: Option<f64>,
    /// The patient's sex, M, F or O.
    #[arg(long, value_parser = sex, help_heading = "SUV by hand")]
    sex: Option<Sex>,
    /// Injected activity in megabecquerel.
    #[arg(long, value_name = "MBQ", allow_negative_numbers = true, help_heading = "SUV by hand")]
    injected_dose: Option<f64>,
    /// When it was injected: 10:35, 10:35:20 or "2025-03-01 10:35".
    #[arg(long, value_name = "TIME", help_heading = "SUV by hand")]
    injected_at: Option<When>,
    /// The start of the scan, written alike.
    #[arg(long, value_name = "TIME", help_heading = "SUV by hand")]
    scanned_at: Option<When>,
    /// Half-life in seconds, or a nuclide such as F-18.
    #[arg(long, value_parser = half_life, value_name = "SECONDS", help_heading = "SUV by hand")]
    half_life: Option<f64>,
    /// How the scanner corrected decay.
    #[arg(long, value_parser = ["START", "ADMIN", "NONE"], help_heading = "SUV by hand")]
    decay_correction: Option<String>,
}

impl EnteredArguments {
    pub(crate) fn values(&self) -> Entered {
        Entered {
            weight_kg: self.weight,
            height_m: self.height,
            sex: self.sex,
            dose_mbq: self.injected_dose,
            injected_at: self.injected_at,
            scanned_at: self.scanned_at,
            half_life_s: self.half_life,
            decay_correction: self.decay_correction.clone(),
        }
    }
}
