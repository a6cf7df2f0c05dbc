//! What a device can do, as three sets that contain one another.

/// A set of capabilities. Each contains the one before, so choosing a lower one is always possible.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Tensors in float32, 16 KiB of workgroup memory: what every WebGPU device has.
    #[default]
    Baseline,
    /// Tensors may be stored as float16; all is computed in float32 (`shader-f16`).
    Half,
    /// That, and sums over subgroups (`subgroups`).
    Subgroups,
}

impl Tier {
    /// All of them, lowest first.
    pub const ALL: [Self; 3] = [Self::Baseline, Self::Half, Self::Subgroups];

    /// The name by which it is forced.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Half => "half",
            Self::Subgroups => "subgroups",
        }
    }

    /// The tier of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.name() == name)
    }
}

impl std::fmt::Display for Tier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Baseline => "float32",
            Self::Half => "float16 storage",
            Self::Subgroups => "float16 storage and subgroups",
        })
    }
}
