//! Cases of kernels that stand alone: rotary embedding, local response, determinants, likelihoods.

use darkroom_kernels::det::Det;
use darkroom_kernels::lrn::Lrn;
use darkroom_kernels::nll::Nll;
use darkroom_kernels::rotary::Rotary;
use darkroom_kernels::{Elements, Kernel};

use super::indexing::integers;
use super::{Case, noise, plain};

/// Both layouts and both pairings, with channels that pass through.
pub(crate) fn rotaries() -> Vec<Rotary> {
    let rotary = Rotary { batch: 2, heads: 3, tokens: 5, width: 18, turned: 12, packed: false, interleaved: false };
    vec![
        rotary.clone(),
        Rotary { packed: true, ..rotary.clone() },
        Rotary { interleaved: true, turned: 18, ..rotary.clone() },
        Rotary { packed: true, interleaved: true, ..rotary },
    ]
}

pub(crate) fn lrns() -> Vec<Lrn> {
    [1, 4, 5, 30].map(|size| Lrn { batch: 2, channels: 9, inner: 35, size, alpha: 0.7, beta: 0.75, bias: 1.2 }).to_vec()
}

/// Matrices of every size, one of them singular.
pub(crate) fn dets() -> Vec<Case> {
    let case = |n: usize| {
        let mut case = plain(Det { batch: 67, n });
        if let (Elements::F32(x), true) = (&mut case.reads[0], n > 1) {
            x[..n].fill(0.0);
        }
        case
    };
    (1..=8).map(case).collect()
}

pub(crate) fn nlls() -> Vec<Nll> {
    let nll = Nll { batch: 3, classes: 7, inner: 91, ignored: None, weight: false };
    vec![nll.clone(), Nll { ignored: Some(4), ..nll.clone() }, Nll { ignored: Some(-9), weight: true, ..nll }]
}

/// Targets of which some name no class.
pub(crate) fn nll(kernel: &Nll) -> Case {
    let mut reads = vec![
        Elements::F32(noise(1, kernel.batch * kernel.classes * kernel.inner)),
        Elements::I32(integers(2, kernel.batch * kernel.inner, -2, 9)),
        Elements::F32(noise(3, kernel.classes)),
    ];
    if kernel.layout().len() == 3 {
        reads.remove(0);
    }
    Case { kernel: Box::new(kernel.clone()), reads }
}

/// Every case of these kernels.
pub(crate) fn all() -> Vec<Case> {
    let mut all: Vec<Case> = rotaries().into_iter().map(plain).collect();
    all.extend(lrns().into_iter().map(plain));
    all.extend(dets());
    all.extend(nlls().iter().map(nll));
    all
}
