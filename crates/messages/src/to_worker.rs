//! What the page asks of the worker.

use darkroom_imaging::suv::Entered;
use serde::{Deserialize, Serialize};

use crate::{OwnModel, ToDenoiser};

/// A request of the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToWorker {
    /// Look into files. Carries one `File` a name, in the same order.
    /// Answered by `Found` or `Refused`.
    Open {
        /// Names, with folders where there were any.
        names: Vec<String>,
    },
    /// Read the voxels of a series of the last `Found`. Answered by `Opened` or `Refused`.
    Select {
        /// Its place in the list.
        series: usize,
    },
    /// Read the voxels of a series of the last `Found`, scaled with values entered by hand, which take the place of those
    /// entered before. Answered by `Opened` or `Refused`.
    Enter {
        /// Its place in the list.
        series: usize,
        /// All values entered.
        entered: Box<Entered>,
    },
    /// Bring a label map onto the grid of the selected series, to measure its regions. Carries its `File`.
    /// Answered by `Labels` or `Refused`.
    Labels {
        /// The file's name.
        name: String,
    },
    /// Simulate a lower dose of the selected series, which is the thinned one from then on. Answered by `Thinned` or
    /// `Refused`.
    Thin {
        /// The share of the dose to keep.
        share: f64,
        /// Which of many possible scans.
        seed: u64,
    },
    /// Use a label map as the regions of the selected series, or what a CT of the patient shows. Carries one `File` a name,
    /// in the same order. Answered by `MaskRead` or `Refused`.
    Mask {
        /// The files' names.
        names: Vec<String>,
    },
    /// Use what another series of the last `Found`, a CT, shows as the regions of the selected one. Answered by `MaskRead` or
    /// `Refused`.
    MaskFromSeries {
        /// Its place in the list.
        series: usize,
    },
    /// Estimate the regions of the selected series from its image. Answered by `MaskRead` or `Refused`.
    EstimateMask,
    /// Write the label map in use as NIfTI. Answered by `File` or `Refused`.
    SaveMask,
    /// Forget the label map. Not answered.
    NoMask,
    /// Run on the CPU from now on: only after the user agreed to wait. Answered by `Ready` or `Broken`.
    UseCpu,
    /// Look into a network of the user's own, an ONNX file or a zipped package. Carries its `File`.
    /// Answered by `NetworkRead`, a package then by `Model` and `Ready`; or by `Refused`.
    Network {
        /// The file's name.
        name: String,
    },
    /// Look into the same network again with what the user says of it. Answered by `NetworkRead` or `Refused`.
    DescribeNetwork {
        /// What the user says of it.
        own: Box<OwnModel>,
    },
    /// Run the network last looked into from now on. Answered by `NetworkRead`, `Model` and `Ready`, or by `Refused`.
    UseNetwork {
        /// What the user says of it.
        own: Box<OwnModel>,
    },
    /// Forget the network last looked into, unless it is in use. Not answered.
    ForgetNetwork,
    /// Write the network of the user's own as a package. Answered by `File` or `Refused`.
    SavePackage,
    /// Enhance the selected series. Answered by `Progress` many times, then `Enhanced`, `Cancelled` or
    /// `Refused`.
    Enhance {
        /// The share of the standard dose the input was taken with; estimated when absent.
        dose: Option<f64>,
    },
    /// Something about the diffusion model.
    Denoise(ToDenoiser),
    /// End the run. Answered by `Cancelled` as soon as the engine lets go.
    Cancel,
    /// Write a result as a file. Carries its values as a `Float32Array` on the grid of the selected series.
    /// Answered by `File` or `Refused`.
    Export {
        /// What kind of file.
        format: Format,
        /// What of the result the values are.
        part: Part,
        /// The provenance that came with the result, as JSON.
        provenance: String,
    },
}

/// Kinds of file a result can be saved as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// One `.nii.gz` on the input's own grid.
    Nifti,
    /// A zip of derived DICOM slices, for input that was DICOM.
    Dicom,
}

/// What of a result a file holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The image.
    #[default]
    Image,
    /// The standard deviation over its samples.
    Spread,
}
