//! Cards, networks and sources of noise for the tests.

use darkroom_sampling::{
    Diffusion, Draw, Level, Noise, Plan, Prediction, Request, Run, SamplingError, Settings, Stream,
};

/// A card from its JSON.
pub(crate) fn card(json: &str) -> Diffusion {
    serde_json::from_str(json).unwrap()
}

/// Settings from their JSON.
pub(crate) fn settings(json: &str) -> Settings {
    serde_json::from_str(json).unwrap()
}

/// Runs to the end, with the network's output made of the request and the level it is asked for.
pub(crate) fn finish<N: Noise>(run: &mut Run<N>, network: &dyn Fn(&Request<'_>, Level) -> Vec<f32>) {
    while let Some(request) = run.request() {
        let level = run.plan().steps()[request.step].evaluate.unwrap().level;
        let output = network(&request, level);
        run.supply(&output).unwrap();
    }
}

/// What a plan refuses, as its sentence.
pub(crate) fn refused(card: &Diffusion, settings: &Settings) -> String {
    Plan::new(card, settings).unwrap_err().to_string()
}

/// The refusal of something that must not work.
pub(crate) fn sentence<T>(result: Result<T, SamplingError>) -> String {
    result.err().expect("a refusal").to_string()
}

/// The output of a network whose x0 is known: the inverse of `Prediction::x0`, in float64.
pub(crate) fn output(prediction: Prediction, level: Level, x: &[f64], x0: &[f64]) -> Vec<f32> {
    let [of_x, of_output] = prediction.x0(level);
    x.iter().zip(x0).map(|(x, x0)| ((x0 - of_x * x) / of_output) as f32).collect()
}

/// The image as the sampler has it, of a request that may be scaled for the network.
pub(crate) fn unscaled(request: &Request<'_>, prediction: Prediction, level: Level) -> Vec<f64> {
    let scale = prediction.input_scale(level);
    request.input.iter().map(|&value| f64::from(value) / scale).collect()
}

/// Noise that is written down: the start, then one image a step.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    pub(crate) start: Vec<f32>,
    pub(crate) steps: Vec<Vec<f32>>,
}

impl Noise for Given {
    fn fill(&self, draw: Draw, values: &mut [f32]) {
        match draw.stream {
            Stream::Start => values.copy_from_slice(&self.start[..values.len()]),
            _ if values.is_empty() => {}
            _ => values.copy_from_slice(&self.steps[draw.step as usize][..values.len()]),
        }
    }
}

/// Many copies of a small image side by side: the first without any noise, each other with 1 at one element of one
/// draw. What an affine sampler makes of the copies are its constant and the columns of its Jacobian.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Basis {
    /// Elements of a copy.
    pub(crate) width: usize,
    /// Steps of the plan.
    pub(crate) steps: usize,
}

impl Basis {
    /// Copies that are needed: start, steps and latent vectors.
    pub(crate) fn copies(self) -> usize {
        1 + self.width * (1 + 2 * self.steps)
    }
}

impl Noise for Basis {
    fn fill(&self, draw: Draw, values: &mut [f32]) {
        let slot = match draw.stream {
            Stream::Start => 0,
            Stream::Step => 1 + draw.step as usize,
            Stream::Latent => 1 + self.steps + draw.step as usize,
            Stream::Known => panic!("no copy has noise on a known part"),
        };
        values.fill(0.0);
        if values.is_empty() {
            return;
        }
        for element in 0..self.width {
            let copy = 1 + slot * self.width + element;
            values[copy * self.width + element] = 1.0;
        }
    }
}
