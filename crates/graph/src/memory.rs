//! Where tensors lie: in a few arenas, at offsets, so that none overlaps another that is alive.
//!
//! Largest tensors first, each at the smallest gap that fits, where it makes an arena grow least
//! (Pisarchyk and Lee 2020, arXiv 2001.03288, "offset calculation"). Unlike there, one arena does not always do:
//! a buffer has a largest size, and pairs of tensors may have to lie apart. Several orders are tried, and the
//! smallest result is taken.

use std::cmp::Reverse;

/// A tensor's size and the steps between which it must be kept, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// Size in elements.
    pub len: usize,
    /// The step that writes it.
    pub first: usize,
    /// The last step that reads it.
    pub last: usize,
}

impl Lifetime {
    fn meets(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// Arenas, and who lives where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    /// Length of each arena in elements.
    pub arenas: Vec<usize>,
    /// The arena and the offset in elements of each tensor, in the order given.
    pub places: Vec<(usize, usize)>,
}

impl Placement {
    /// Elements of all arenas together.
    #[must_use]
    pub fn total(&self) -> usize {
        self.arenas.iter().sum()
    }
}

/// Offsets are multiples of this many elements: 256 bytes, WebGPU's default alignment of bindings.
pub const ALIGNMENT: usize = 64;

/// Orders tried at random beside the fixed ones, and the number of tensors above which none is.
const SHUFFLES: u64 = 24;
const SHUFFLED: usize = 4000;

/// Steps of one bucket of an arena's residents, so that a tensor is compared only with those near it in time.
const BUCKET: usize = 32;

/// Places tensors so that those alive at one step never overlap, and no pair of `apart` shares an arena.
///
/// No arena grows beyond `largest` elements, unless a single tensor is longer.
#[must_use]
pub fn place(lifetimes: &[Lifetime], apart: &[(usize, usize)], largest: usize) -> Placement {
    let mut enemies: Vec<Vec<usize>> = vec![Vec::new(); lifetimes.len()];
    for &(a, b) in apart {
        enemies[a].push(b);
        enemies[b].push(a);
    }
    let task = Task { lifetimes, enemies, largest };
    let by = |key: &dyn Fn(&Lifetime) -> usize| {
        let mut order: Vec<usize> = (0..lifetimes.len()).collect();
        order.sort_by_key(|&tensor| (Reverse(key(&lifetimes[tensor])), tensor));
        order
    };
    let by_size = by(&|tensor| tensor.len);
    let by_area = by(&|tensor| tensor.len.saturating_mul(tensor.last - tensor.first + 1));
    let by_time: Vec<usize> = (0..lifetimes.len()).collect();
    let mut best = task.placed(&by_size);
    let mut consider = |order: &[usize]| {
        let other = task.placed(order);
        if (other.total(), other.arenas.len()) < (best.total(), best.arenas.len()) {
            best = other;
        }
        best.total()
    };
    consider(&by_area);
    let mut total = consider(&by_time);
    let bound = lower_bound(lifetimes);
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    for round in 0..SHUFFLES {
        if total <= bound + bound / 50 || lifetimes.len() > SHUFFLED {
            break;
        }
        // Neighbours in an order trade places; the further apart, the later the round.
        let mut order = [&by_size, &by_area, &by_time][round as usize % 3].clone();
        for n in 1..order.len() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let reach = 1 + round as usize / 6;
            order.swap(n, n - (seed >> 33) as usize % (reach.min(n) + 1));
        }
        total = consider(&order);
    }
    best
}

struct Task<'a> {
    lifetimes: &'a [Lifetime],
    enemies: Vec<Vec<usize>>,
    largest: usize,
}

impl Task<'_> {
    /// The placement that takes the tensors in this order.
    fn placed(&self, order: &[usize]) -> Placement {
        let mut arenas: Vec<usize> = Vec::new();
        let mut residents: Vec<Residents> = Vec::new();
        let mut places: Vec<Option<(usize, usize)>> = vec![None; self.lifetimes.len()];
        for &tensor in order {
            let len = self.lifetimes[tensor].len.next_multiple_of(ALIGNMENT);
            let hostile: Vec<usize> =
                self.enemies[tensor].iter().filter_map(|&enemy| places[enemy]).map(|(arena, _)| arena).collect();
            let candidates = (0..arenas.len()).filter(|arena| !hostile.contains(arena)).map(|arena| {
                let (offset, slack) = self.gap(tensor, len, &residents[arena], &places);
                let growth = (offset + len).saturating_sub(arenas[arena]);
                (growth, slack, arena, offset)
            });
            let fitting = candidates.filter(|&(_, _, arena, offset)| offset + len <= self.largest.max(arenas[arena]));
            let choice = fitting.min().filter(|&(growth, ..)| growth < len);
            let (arena, offset) = match choice {
                Some((_, _, arena, offset)) => (arena, offset),
                None => {
                    arenas.push(0);
                    residents.push(Residents::default());
                    (arenas.len() - 1, 0)
                }
            };
            arenas[arena] = arenas[arena].max(offset + len);
            residents[arena].add(self.lifetimes[tensor], tensor);
            places[tensor] = Some((arena, offset));
        }
        Placement { arenas, places: places.into_iter().map(Option::unwrap_or_default).collect() }
    }

    /// The offset of the smallest gap that holds `len` elements among the residents that `tensor` meets,
    /// and what is left of the gap; else the end of the last of them.
    fn gap(
        &self,
        tensor: usize,
        len: usize,
        residents: &Residents,
        places: &[Option<(usize, usize)>],
    ) -> (usize, usize) {
        let own = self.lifetimes[tensor];
        // One that lives long is met once in each bucket, which does no harm.
        let mut taken: Vec<(usize, usize)> = residents
            .near(own)
            .filter(|&other| own.meets(&self.lifetimes[other]))
            .filter_map(|other| {
                let (_, offset) = places[other]?;
                Some((offset, offset + self.lifetimes[other].len.next_multiple_of(ALIGNMENT)))
            })
            .collect();
        taken.sort_unstable();
        let mut end = 0;
        let mut best: Option<(usize, usize)> = None;
        for (from, to) in taken {
            if from >= end + len && best.is_none_or(|(slack, _)| from - end - len < slack) {
                best = Some((from - end - len, end));
            }
            end = end.max(to);
        }
        best.map_or((end, usize::MAX), |(slack, offset)| (offset, slack))
    }
}

/// The tensors of an arena, by the buckets of steps in which they live.
#[derive(Default)]
struct Residents {
    buckets: Vec<Vec<usize>>,
}

impl Residents {
    fn add(&mut self, lifetime: Lifetime, tensor: usize) {
        let last = lifetime.last / BUCKET;
        if self.buckets.len() <= last {
            self.buckets.resize(last + 1, Vec::new());
        }
        self.buckets[lifetime.first / BUCKET..=last].iter_mut().for_each(|bucket| bucket.push(tensor));
    }

    /// Those that may live at a step of `lifetime`.
    fn near(&self, lifetime: Lifetime) -> impl Iterator<Item = usize> {
        let end = (lifetime.last / BUCKET + 1).min(self.buckets.len());
        self.buckets[(lifetime.first / BUCKET).min(end)..end].iter().flatten().copied()
    }
}

/// The largest sum of tensors alive at one step, each rounded up to [`ALIGNMENT`]: no placement can be smaller.
#[must_use]
pub fn lower_bound(lifetimes: &[Lifetime]) -> usize {
    let steps = lifetimes.iter().map(|tensor| tensor.last + 1).max().unwrap_or(0);
    let aligned = |tensor: &Lifetime| Lifetime { len: tensor.len.next_multiple_of(ALIGNMENT), ..*tensor };
    alive(&lifetimes.iter().map(aligned).collect::<Vec<_>>(), steps).into_iter().max().unwrap_or(0)
}

/// Elements alive at each of the first `steps` steps.
#[must_use]
pub fn alive(lifetimes: &[Lifetime], steps: usize) -> Vec<usize> {
    let mut changes = vec![0_i64; steps + 1];
    for tensor in lifetimes.iter().filter(|tensor| tensor.first < steps) {
        changes[tensor.first] += tensor.len as i64;
        changes[(tensor.last + 1).min(steps)] -= tensor.len as i64;
    }
    let running = changes[..steps].iter().scan(0_i64, |sum, change| {
        *sum += change;
        Some(*sum as usize)
    });
    running.collect()
}
