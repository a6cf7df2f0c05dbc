//! `docs/operators.md`, from the tables that the executors work by.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use darkroom_compile::OPERATORS;
use darkroom_reference::operators;

const HEAD: &str = "\
# Operators

Which ONNX operators run, where, and with which limits. `cargo xtask operators` writes this page from the tables that
the executors work by; a test holds it to them.

Models of operator sets 7 to the newest are read. Floats of every width are computed in float32; integers and booleans
in int32, and an int64 value beyond that is refused by name. Tensors have at most six axes where elements are moved.

- **GPU**: the kernels, which also run on the CPU as their twins. *yes*: on tensors computed at run time. *folded*: only
  where its operands are known before the run, as in the arithmetic of shapes; the result becomes a constant.
- **CPU path**: on Burn, for browsers without WebGPU. What is folded for the GPU is folded for it too.
- **Known operands**: counted from 0, those that must be constants of the file or follow from shapes.

| operator | GPU | CPU path | known operands | limits |
|---|---|---|---|---|
";

/// What one row says.
#[derive(Default)]
struct Row {
    gpu: Option<&'static darkroom_compile::Operator>,
    cpu: Option<darkroom_reference::Operator>,
}

/// The page as it should be.
#[must_use]
pub fn page() -> String {
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    for operator in OPERATORS {
        rows.entry(operator.name).or_default().gpu = Some(operator);
    }
    for operator in operators() {
        rows.entry(operator.name).or_default().cpu = Some(operator);
    }
    let mut page = HEAD.to_owned();
    for (name, Row { gpu, cpu }) in rows {
        let runs = gpu.map_or("no", |gpu| if gpu.runs() { "yes" } else { "folded" });
        let on_cpu = match (cpu, gpu) {
            (Some(_), _) => "yes",
            (None, Some(gpu)) if !gpu.runs() => "folded",
            _ => "no",
        };
        let known = gpu.map_or(&[][..], |gpu| gpu.known);
        let known: Vec<String> = known.iter().map(ToString::to_string).collect();
        let limits = limits(gpu.map_or("", |gpu| gpu.limits), cpu.map_or("", |cpu| cpu.limits));
        // Writing to a string does not fail.
        let _ = writeln!(page, "| {name} | {runs} | {on_cpu} | {} | {limits} |", known.join(", "));
    }
    page
}

/// The limits of both executors in one cell.
fn limits(gpu: &str, cpu: &str) -> String {
    let text = match (gpu, cpu) {
        ("", "") => String::new(),
        (gpu, cpu) if gpu == cpu => gpu.to_owned(),
        (gpu, "") => format!("GPU: {gpu}"),
        ("", cpu) => format!("CPU: {cpu}"),
        (gpu, cpu) => format!("GPU: {gpu}. CPU: {cpu}"),
    };
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checked_in_page_is_what_the_tables_say() {
        let held = include_str!("../../../docs/operators.md").replace("\r\n", "\n");
        assert!(held == page(), "docs/operators.md is not what the tables say; run `cargo xtask operators`");
    }

    #[test]
    fn limits_of_both_are_told_apart_where_they_differ() {
        assert_eq!(limits("two axes", "two axes"), "two axes");
        assert_eq!(limits("two axes", ""), "GPU: two axes");
        assert_eq!(limits("a|b", "p of 2"), "GPU: a\\|b. CPU: p of 2");
    }
}
