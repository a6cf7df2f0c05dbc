//! The placement of tensors in shared buffers, on random lifetimes.

use darkroom_graph::memory::{Lifetime, lower_bound, place};
use proptest::prelude::*;

fn lifetimes() -> impl Strategy<Value = Vec<Lifetime>> {
    let one = (1_usize..1000, 0_usize..30, 0_usize..10);
    prop::collection::vec(one.prop_map(|(len, first, span)| Lifetime { len, first, last: first + span }), 0..40)
}

proptest! {
    #[test]
    fn tensors_that_share_a_slot_never_meet(lifetimes in lifetimes()) {
        let placement = place(&lifetimes);
        for (a, one) in lifetimes.iter().enumerate() {
            prop_assert!(one.len <= placement.slots[placement.slot_of[a]]);
            for (b, other) in lifetimes.iter().enumerate().skip(a + 1) {
                let meet = one.first <= other.last && other.first <= one.last;
                prop_assert!(!(meet && placement.slot_of[a] == placement.slot_of[b]));
            }
        }
        prop_assert!(placement.slots.iter().sum::<usize>() >= lower_bound(&lifetimes));
    }
}

#[test]
fn a_chain_needs_two_buffers() {
    let chain: Vec<Lifetime> = (0..10).map(|n| Lifetime { len: 100, first: n, last: n + 1 }).collect();
    assert_eq!(place(&chain).slots, [100, 100]);
    assert_eq!(lower_bound(&chain), 200);
}
