//! Noise schedules: from a card's few numbers to the level of every timestep.

use serde::{Deserialize, Serialize};

use crate::{Level, SamplingError};

/// The most timesteps a schedule may have.
const MOST: usize = 100_000;

/// The smallest β that leaves noise beside a signal of 1 in float64.
const SMALLEST_BETA: f64 = 1e-12;

/// What a model card says of its schedule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScheduleCard {
    /// The shape of the schedule with its numbers.
    #[serde(flatten)]
    pub kind: ScheduleKind,
    /// T, the timesteps of the training.
    pub timesteps: usize,
    /// Whether the signal was shifted and scaled so that none is left at the last timestep.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub zero_terminal_snr: bool,
    /// ᾱ (or σ) of the last timestep as the training printed it; refused where the schedule gives another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<f64>,
}

/// The shapes of a schedule; β_t is the variance that timestep t adds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum ScheduleKind {
    /// β from start to end in equal steps.
    Linear {
        /// β of the first timestep.
        beta_start: f64,
        /// β of the last.
        beta_end: f64,
    },
    /// √β from start to end in equal steps.
    ScaledLinear {
        /// β of the first timestep.
        beta_start: f64,
        /// β of the last.
        beta_end: f64,
    },
    /// β from start to end along a logistic curve from −6 to 6.
    Sigmoid {
        /// β before the curve.
        beta_start: f64,
        /// β after it.
        beta_end: f64,
    },
    /// ᾱ falls as cos²: β_t = min(1 − f(t+1)/f(t), largest), f(t) = cos²(((t/T + s)/(1 + s)) π/2).
    /// Eq. 4.4 is printed without the square.
    Cosine {
        /// s.
        #[serde(default = "cosine_offset")]
        offset: f64,
        /// The largest β; some codes take 0.9999.
        #[serde(default = "largest_beta")]
        largest: f64,
    },
    /// The continuous variance-preserving schedule ᾱ(u) = exp(−β_min u − (β_max − β_min) u²/2) taken at T equal steps
    /// of u from `first` to 1, as few-step adversarial models use it. Eq. 17.19 is printed with a wrong sign.
    VpContinuous {
        /// β at u = 0.
        beta_min: f64,
        /// β at u = 1.
        beta_max: f64,
        /// The u from which the steps are counted.
        #[serde(default = "first_time")]
        first: f64,
    },
    /// β as listed, one a timestep.
    Listed {
        /// The β.
        betas: Vec<f64>,
    },
    /// Variance-exploding: σ from `sigma_min` to `sigma_max` in equal ratios.
    VeGeometric {
        /// σ of the first timestep.
        sigma_min: f64,
        /// σ of the last.
        sigma_max: f64,
    },
}

fn cosine_offset() -> f64 {
    0.008
}

fn largest_beta() -> f64 {
    0.999
}

fn first_time() -> f64 {
    1e-3
}

/// The level of every timestep, from the cleanest to the noisiest.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    levels: Vec<Level>,
    exploding: Option<[f64; 2]>,
}

impl Schedule {
    /// Works the card's schedule out.
    ///
    /// # Errors
    /// [`SamplingError::Schedule`] for numbers from which no schedule follows, and for one whose last level is not the
    /// card's.
    pub fn new(card: &ScheduleCard) -> Result<Self, SamplingError> {
        let refuse = |reason: String| Err(SamplingError::Schedule(reason));
        if !(1..=MOST).contains(&card.timesteps) {
            return refuse(format!("it has {} timesteps; 1 to {MOST} are possible", card.timesteps));
        }
        let schedule = match card.kind {
            ScheduleKind::VeGeometric { sigma_min, sigma_max } => {
                if !(sigma_min > 0.0 && sigma_min < sigma_max && sigma_max.is_finite()) {
                    return refuse(format!("σ from {sigma_min} to {sigma_max} does not grow from above 0"));
                }
                if card.zero_terminal_snr {
                    return refuse("only a variance-preserving schedule can end without any signal".to_owned());
                }
                geometric(sigma_min, sigma_max, card.timesteps)
            }
            ref kind => preserving(&betas(kind, card.timesteps)?, card.zero_terminal_snr)?,
        };
        schedule.agrees_with(card.last)?;
        Ok(schedule)
    }

    /// The level of timestep t = 0, 1, 2, ...
    #[must_use]
    pub fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// The smallest and the largest σ of a variance-exploding schedule.
    #[must_use]
    pub fn exploding(&self) -> Option<[f64; 2]> {
        self.exploding
    }

    /// The level with noise σ of a variance-exploding schedule, between its timesteps where need be.
    pub(crate) fn at_sigma(&self, sigma: f64) -> Level {
        let [low, high] = self.exploding.unwrap_or([1.0, 1.0]);
        let places = self.levels.len().saturating_sub(1) as f64;
        let time = if high > low { places * (sigma / low).ln() / (high / low).ln() } else { 0.0 };
        Level { time, signal: 1.0, noise: sigma }
    }

    /// Refuses a schedule whose last level is not what the training printed.
    fn agrees_with(&self, last: Option<f64>) -> Result<(), SamplingError> {
        let (Some(wanted), Some(level)) = (last, self.levels.last()) else { return Ok(()) };
        let (name, got) = match self.exploding {
            Some(_) => ("σ", level.noise),
            None => ("ᾱ", level.signal * level.signal),
        };
        if (got - wanted).abs() <= 1e-3 * wanted.abs() + 1e-9 {
            return Ok(());
        }
        Err(SamplingError::Schedule(format!(
            "its last timestep has {name} = {got:.6}, but the model was trained with {wanted:.6}; \
             check the kind and its numbers"
        )))
    }
}

/// β of each timestep of a variance-preserving kind.
fn betas(kind: &ScheduleKind, timesteps: usize) -> Result<Vec<f64>, SamplingError> {
    let line = |from: f64, to: f64| {
        let width = (timesteps - 1).max(1) as f64;
        (0..timesteps).map(move |t| from + (to - from) * t as f64 / width)
    };
    let betas: Vec<f64> = match *kind {
        ScheduleKind::Linear { beta_start, beta_end } => line(beta_start, beta_end).collect(),
        ScheduleKind::ScaledLinear { beta_start, beta_end } => {
            line(beta_start.sqrt(), beta_end.sqrt()).map(|root| root * root).collect()
        }
        ScheduleKind::Sigmoid { beta_start, beta_end } => {
            line(-6.0, 6.0).map(|v| (beta_end - beta_start) / (1.0 + (-v).exp()) + beta_start).collect()
        }
        ScheduleKind::Cosine { offset, largest } => {
            let part = |t: usize| (t as f64 / timesteps as f64 + offset) / (1.0 + offset);
            let f = |t: usize| (part(t) * std::f64::consts::FRAC_PI_2).cos().powi(2);
            (0..timesteps).map(|t| (1.0 - f(t + 1) / f(t)).min(largest)).collect()
        }
        ScheduleKind::VpContinuous { beta_min, beta_max, first } => {
            let time = |t: usize| t as f64 / timesteps as f64 * (1.0 - first) + first;
            let log = |u: f64| -beta_min * u - (beta_max - beta_min) * u * u / 2.0;
            (0..timesteps).map(|t| -(log(time(t + 1)) - log(time(t))).exp_m1()).collect()
        }
        ScheduleKind::Listed { ref betas } if betas.len() != timesteps => {
            let reason = format!("it lists {} values of β for {timesteps} timesteps", betas.len());
            return Err(SamplingError::Schedule(reason));
        }
        ScheduleKind::Listed { ref betas } => betas.clone(),
        ScheduleKind::VeGeometric { .. } => Vec::new(),
    };
    match betas.iter().position(|beta| !(SMALLEST_BETA..1.0).contains(beta)) {
        Some(t) => {
            let reason = format!("β of timestep {t} is {}; it must lie between {SMALLEST_BETA} and 1", betas[t]);
            Err(SamplingError::Schedule(reason))
        }
        None => Ok(betas),
    }
}

/// The levels of a variance-preserving schedule, ᾱ_t = Π (1 − β_s).
fn preserving(betas: &[f64], zero_terminal_snr: bool) -> Result<Schedule, SamplingError> {
    let mut left = 1.0;
    let mut signals: Vec<f64> = betas
        .iter()
        .map(|beta| {
            left *= 1.0 - beta;
            f64::sqrt(left)
        })
        .collect();
    if zero_terminal_snr {
        let (first, last) = (signals[0], signals[signals.len() - 1]);
        if signals.len() < 2 {
            let reason = "a schedule of one timestep would keep no signal at all".to_owned();
            return Err(SamplingError::Schedule(reason));
        }
        // Shifted so that the last is 0, scaled so that the first stays (Lin et al. 2023, algorithm 1).
        for signal in &mut signals {
            *signal = (*signal - last) * first / (first - last);
        }
    }
    let level = |(t, &signal): (usize, &f64)| Level {
        time: t as f64,
        signal,
        noise: f64::sqrt((1.0 - signal * signal).max(0.0)),
    };
    Ok(Schedule { levels: signals.iter().enumerate().map(level).collect(), exploding: None })
}

/// The levels of a variance-exploding schedule.
fn geometric(low: f64, high: f64, timesteps: usize) -> Schedule {
    let width = (timesteps - 1).max(1) as f64;
    let level = |t: usize| Level {
        time: t as f64,
        signal: 1.0,
        noise: if timesteps == 1 { high } else { low * (high / low).powf(t as f64 / width) },
    };
    Schedule { levels: (0..timesteps).map(level).collect(), exploding: Some([low, high]) }
}
