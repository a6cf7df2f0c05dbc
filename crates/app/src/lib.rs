//! The page: what it knows ([`state`]) and, in a browser, how it shows it.
//!
//! Tests find their way by these `data-testid` attributes:
//!
//! | id | element |
//! |---|---|
//! | `drop` | the area that takes dropped files |
//! | `choose`, `choose-folder` | the file inputs |
//! | `sample` | the button that opens the built-in sample |
//! | `series-row`, `series-verdict` | a row of the series list, and its verdict |
//! | `viewer`, `plane-axial`, `plane-coronal`, `plane-sagittal` | the images; a plane is a canvas |
//! | `readout` | value and position under the crosshair |
//! | `enhance`, `cancel`, `progress` | the run |
//! | `use-cpu` | the consent to the slow CPU |
//! | `swipe`, `difference`, `result-numbers` | input against result |
//! | `download-nifti`, `download-dicom`, `download-manifest` | the result's files |
//! | `sealed` | the count of requests; opens the proof |
//! | `self-test`, `self-test-row` | the proof's attempts to escape |
//! | `backend` | where the engine runs |
//! | `task-enhance`, `task-translate`, `task-generate` | the tasks |
//! | `denoiser`, `denoiser-file`, `offered` | the diffusion model in use, its file input, a model that the page offers |
//! | `class`, `seed`, `samples`, `sampler`, `steps`, `guidance` | how images are made |
//! | `generate`, `translate-slice`, `translate` | what begins samples |
//! | `bench`, `now`, `look-clean`, `look-noisy`, `look-noise`, `watch` | the sample under way and what of it is looked at |
//! | `back`, `play`, `step`, `stop`, `step-words`, `strip`, `frame` | the steps |
//! | `gallery`, `sample-made`, `show-mean`, `show-spread`, `spread` | samples, their mean and spread, the spread over a result |
//! | `save-image`, `save-picture`, `save-samples`, `save-mean`, `save-spread`, `save-record` | what was made as files |
//! | `alert` | what went wrong and what to do |

pub mod state;

#[cfg(target_arch = "wasm32")]
pub mod browser;
#[cfg(target_arch = "wasm32")]
pub mod components;
