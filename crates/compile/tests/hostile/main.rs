//! Models made to break the reader or the compiler: each must end in a sentence, soon, in little memory.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failing test should stop where it fails")]

mod fuzz;
mod memory;
mod mutate;
mod random;

#[global_allocator]
static ALLOCATOR: memory::Counting = memory::Counting;
