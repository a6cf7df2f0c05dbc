//! Which pipeline a kernel needs: a shader file and the names defined while it is assembled.

/// Identifies one compiled pipeline. Small and `Copy`, so that a cache can hash it per step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// The shader file, without `.wgsl`.
    pub shader: &'static str,
    /// Names defined for `#ifdef` in that file; a static table in the kernel's file lists the variants.
    pub defines: &'static [&'static str],
}
