//! Random numbers that are the same on every machine and every run.

/// SplitMix64 (Steele, Lea, Flood 2014).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is not 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// One of `items`, unless there is none.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        if items.is_empty() { None } else { items.get(self.below(items.len())) }
    }

    /// The index of one of `len` items, unless there is none.
    pub(crate) fn index(&mut self, len: usize) -> Option<usize> {
        if len == 0 { None } else { Some(self.below(len)) }
    }

    /// A dimension, axis, size or count that an exporter would not write.
    pub(crate) fn absurd(&mut self) -> i64 {
        const VALUES: [i64; 22] = [
            0,
            1,
            2,
            3,
            5,
            7,
            -1,
            -2,
            -3,
            64,
            255,
            4096,
            65_535,
            65_536,
            1 << 24,
            (1 << 31) - 1,
            1 << 31,
            1 << 32,
            i64::MAX,
            i64::MIN,
            i64::MIN + 1,
            -(1 << 31),
        ];
        VALUES[self.below(VALUES.len())]
    }
}
