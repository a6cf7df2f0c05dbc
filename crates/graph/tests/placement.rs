//! The placement of tensors in arenas, on random lifetimes.

use darkroom_graph::memory::{ALIGNMENT, Lifetime, Placement, lower_bound, place};
use proptest::prelude::*;

fn lifetimes() -> impl Strategy<Value = (Vec<Lifetime>, Vec<(usize, usize)>)> {
    let one = (1_usize..1000, 0_usize..30, 0_usize..10);
    let all =
        prop::collection::vec(one.prop_map(|(len, first, span)| Lifetime { len, first, last: first + span }), 1..40);
    all.prop_flat_map(|all| {
        let pairs = prop::collection::vec((0..all.len(), 0..all.len()), 0..40);
        // A tensor is read while it is alive, and never by the operation that writes it.
        let of = all.clone();
        let alive = move |&(a, b): &(usize, usize)| a != b && of[a].first <= of[b].last && of[b].first <= of[a].last;
        (Just(all), pairs.prop_map(move |pairs| pairs.into_iter().filter(|pair| alive(pair)).collect()))
    })
}

fn overlap(lifetimes: &[Lifetime], placement: &Placement, a: usize, b: usize) -> bool {
    let ((arena_a, start_a), (arena_b, start_b)) = (placement.places[a], placement.places[b]);
    arena_a == arena_b && start_a < start_b + lifetimes[b].len && start_b < start_a + lifetimes[a].len
}

proptest! {
    #[test]
    fn tensors_that_are_alive_together_never_overlap((lifetimes, apart) in lifetimes()) {
        let placement = place(&lifetimes, &apart, usize::MAX);
        for (a, one) in lifetimes.iter().enumerate() {
            let (arena, offset) = placement.places[a];
            prop_assert!(offset % ALIGNMENT == 0 && offset + one.len <= placement.arenas[arena]);
            for (b, other) in lifetimes.iter().enumerate().skip(a + 1) {
                let meet = one.first <= other.last && other.first <= one.last;
                prop_assert!(!(meet && overlap(&lifetimes, &placement, a, b)));
            }
        }
        for (a, b) in apart {
            prop_assert!(placement.places[a].0 != placement.places[b].0);
        }
        prop_assert!(placement.total() >= lower_bound(&lifetimes));
    }

    #[test]
    fn an_arena_stays_within_its_limit((lifetimes, apart) in lifetimes()) {
        let placement = place(&lifetimes, &apart, 1024);
        prop_assert!(placement.arenas.iter().all(|&len| len <= 1024));
    }
}

#[test]
fn a_chain_needs_two_arenas() {
    let chain: Vec<Lifetime> = (0..10).map(|n| Lifetime { len: 128, first: n, last: n + 1 }).collect();
    let apart: Vec<(usize, usize)> = (1..10).map(|n| (n, n - 1)).collect();
    assert_eq!(place(&chain, &apart, usize::MAX).arenas, [128, 128]);
    assert_eq!(lower_bound(&chain), 256);
}

#[test]
fn tensors_that_never_meet_take_turns_in_one_arena() {
    let turns = [(0, 1, 640), (0, 1, 640), (2, 3, 1280), (4, 5, 320), (4, 5, 960)];
    let lifetimes = turns.map(|(first, last, len)| Lifetime { len, first, last });
    assert_eq!(place(&lifetimes, &[], usize::MAX).arenas, [1280]);
}
