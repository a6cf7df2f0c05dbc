// How the tensors that a kernel reads and writes are stored: as float32 or, where a plan is in half
// storage, as float16. Sums and functions are computed in float32 either way.
//
//   RealN, f32(x[i])         an element of binding N, which the kernel reads
//   Written, written(v)      an element of the last binding, which it writes
//   WordN, Moved, moved(w)   the same in kernels that only move elements; a Word is any 32 bits where
//                            every binding has 32, else a float
//
// CPU twin: Program::run_cpu, which widens and rounds for all kernels.

#ifdef NARROW_1
alias Real1 = f16;
#else
alias Real1 = f32;
#endif
#ifdef NARROW_2
alias Real2 = f16;
#else
alias Real2 = f32;
#endif
#ifdef NARROW_3
alias Real3 = f16;
#else
alias Real3 = f32;
#endif
#ifdef NARROW_4
alias Real4 = f16;
#else
alias Real4 = f32;
#endif

#ifdef NARROW_WRITTEN
alias Written = f16;

// Set when a number did not fit: the run's result is then refused.
@group(1) @binding(0) var<storage, read_write> beyond: atomic<u32>;

fn written(v: f32) -> Written {
    // An infinity is one in float16 too.
    if abs(v) > 65504.0 && abs(v) <= 0x1.fffffep127 { atomicStore(&beyond, 1u); }
    return f16(v);
}
#else
alias Written = f32;

fn written(v: f32) -> Written {
    return v;
}
#endif

#ifdef NARROW
alias Word = f32;
alias Word1 = Real1;
alias Word2 = Real2;
alias Word3 = Real3;
alias Moved = Written;

fn moved(w: Word) -> Moved {
    return written(w);
}
#else
alias Word = u32;
alias Word1 = u32;
alias Word2 = u32;
alias Word3 = u32;
alias Moved = u32;

fn moved(w: Word) -> Moved {
    return w;
}
#endif
