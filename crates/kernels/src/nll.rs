//! The negative log-likelihood of targets; its shader is `shaders/nll.wgsl`.

use crate::grid::{ELEMENTS, fold, word};
use crate::{Binding, Data, Kernel, KernelError, Key, Step, check};

const NAME: &str = "nll";

/// y\[b, i\] = -weights\[t\] x\[b, t, i\] with t = targets\[b, i\] (ONNX `NegativeLogLikelihoodLoss` before its
/// reduction), or the weight of t alone.
///
/// Reads: x \[batch, classes, inner\] unless only the weights are wanted, the targets \[batch, inner\], int32,
/// and the weights \[classes\]. A target that is ignored or names no class gives 0.
#[derive(Clone, Debug)]
pub struct Nll {
    /// Instances.
    pub batch: usize,
    /// Classes.
    pub classes: usize,
    /// Positions.
    pub inner: usize,
    /// The target that does not count.
    pub ignored: Option<i32>,
    /// Whether only the weights are wanted.
    pub weight: bool,
}

/// Variants by result.
const VARIANTS: [&[&str]; 2] = [&[], &["WEIGHT"]];

/// Every pipeline this kernel may ask for.
pub(crate) fn keys() -> Vec<Key> {
    VARIANTS.iter().map(|&defines| Key { shader: NAME, defines }).collect()
}

impl Nll {
    /// The ignored target; -1 names no class either.
    fn ignored(&self) -> i32 {
        self.ignored.unwrap_or(-1)
    }
}

impl Kernel for Nll {
    fn check(&self) -> Result<(), KernelError> {
        check::sizes(NAME, &self.layout())
    }

    fn key(&self) -> Key {
        Key { shader: NAME, defines: VARIANTS[usize::from(self.weight)] }
    }

    fn layout(&self) -> Vec<Binding> {
        let mut layout = vec![
            Binding::f32("x", &[self.batch, self.classes, self.inner]),
            Binding::i32("targets", &[self.batch, self.inner]),
            Binding::f32("weights", &[self.classes]),
            Binding::f32("y", &[self.batch, self.inner]),
        ];
        if self.weight {
            layout.remove(0);
        }
        layout
    }

    fn step(&self) -> Step {
        let elements = self.batch * self.inner;
        let params = vec![word(elements), word(self.classes), word(self.inner), self.ignored().cast_unsigned()];
        Step { params, workgroups: fold(elements.div_ceil(ELEMENTS)) }
    }

    fn cpu(&self, reads: &[Data<'_>], write: &mut [f32]) {
        let (x, rest) = if self.weight { (&[][..], reads) } else { (reads[0].f32(), &reads[1..]) };
        let (targets, weights) = (rest[0].i32(), rest[1].f32());
        for (i, (y, &target)) in write.iter_mut().zip(targets).enumerate() {
            let class = usize::try_from(target).ok().filter(|&class| class < self.classes);
            *y = match class.filter(|_| target != self.ignored()) {
                Some(class) if self.weight => weights[class],
                Some(class) => {
                    let place = (i / self.inner * self.classes + class) * self.inner + i % self.inner;
                    -weights[class] * x[place]
                }
                None => 0.0,
            };
        }
    }

    fn work(&self) -> u64 {
        (self.batch * self.inner) as u64
    }
}
