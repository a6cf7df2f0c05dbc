//! From noise to image: schedules, samplers, guidance and noise, without any GPU.
//!
//! A [`Diffusion`] is what a model card says of its training. With [`Settings`] it becomes a [`Plan`]: a list of
//! [`Step`]s, each of which is data, a linear combination and a clamp. A [`Run`] walks the plan: it asks for network
//! evaluations, its caller supplies them, however long they take. It can be paused, saved, resumed and rewound.
//!
//! ```
//! use darkroom_sampling::{Diffusion, Inputs, Philox, Plan, Run, Settings};
//!
//! let card = r#"{ "schedule": { "kind": "cosine", "timesteps": 1000 }, "prediction": "noise" }"#;
//! let card: Diffusion = serde_json::from_str(card)?;
//! let plan = Plan::new(&card, &Settings::ddim(10))?;
//! let mut run = Run::begin(plan, 16, Philox::new(7), Inputs::default())?;
//! while let Some(request) = run.request() {
//!     let noise: Vec<f32> = request.input.iter().map(|x| 0.9 * x).collect(); // the network
//!     run.supply(&noise)?;
//! }
//! assert_eq!(run.x().len(), 16);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bits;
mod card;
mod clamp;
mod combine;
mod condition;
mod descent;
mod error;
mod guidance;
mod known;
mod level;
mod noise;
mod normal;
mod paused;
mod philox;
mod plan;
mod prediction;
mod resolve;
mod run;
mod samplers;
mod schedule;
mod spacing;
mod state;
mod step;
mod welford;

pub use card::{Diffusion, End, TimeInput};
pub use clamp::Clamp;
pub use combine::{Coefficients, Operands, combine};
pub use condition::{Classes, Unconditional};
pub use error::SamplingError;
pub use guidance::Guidance;
pub use known::Known;
pub use level::{Level, Posterior, posterior};
pub use noise::{Draw, Noise, Philox, Stream};
pub use normal::normals;
pub use paused::Paused;
pub use philox::philox4x32;
pub use plan::{Inpaint, Plan, Settings, Start};
pub use prediction::{Prediction, Variance};
pub use run::{Inputs, Request, Run};
pub use samplers::{
    Adversarial, Churn, Ddim, Ddpm, DpmSolver, EtaConvention, Heun, Langevin, PredictorCorrector, Renoise, Sampler,
};
pub use schedule::{Schedule, ScheduleCard, ScheduleKind};
pub use spacing::Spacing;
pub use state::State;
pub use step::{Combination, Evaluate, Spread, Step};
pub use welford::Welford;
