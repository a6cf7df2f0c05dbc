//! The run.

use std::collections::BTreeMap;

use darkroom_conformance::known::Known;
use darkroom_conformance::wheel;
use darkroom_conformance::{ConformanceError, Executor, Gpu, Model, Report, judge, operator_of};
use js_sys::{Error, Function};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// The name of the executor in the report and in the list of known failures.
const NAME: &str = "chromium";

/// Runs every third case of the package `wheel`, or of those whose name contains `filter`, and gives the report with a
/// line that counts. `on_case` hears the name of each case before it runs, so that one that ends the module is known.
///
/// # Errors
/// The package is another than the pinned one, or there is no GPU.
#[wasm_bindgen]
pub async fn run_third(wheel: &[u8], filter: Option<String>, on_case: &Function) -> Result<String, Error> {
    console_error_panic_hook::set_once();
    let mut gpu = Gpu::open(NAME).await.map_err(|error| Error::new(&error.to_string()))?;
    let report = run(wheel, filter.as_deref(), on_case, &mut gpu).await;
    let report = report.map_err(|error| Error::new(&error.to_string()))?;
    let [passed, failed, skipped] = report.totals();
    Ok(format!("{report}\n{passed} passed, {failed} failed, {skipped} skipped"))
}

async fn run(
    wheel: &[u8],
    filter: Option<&str>,
    on_case: &Function,
    executor: &mut impl Executor,
) -> Result<Report, ConformanceError> {
    let known = Known::parse(include_str!("../../conformance/known.txt"))?.also("gpu", NAME);
    let cases = wheel::open(wheel)?;
    let models = cases.iter().map(|case| Ok((case.name.clone(), Model::read(&case.model)?)));
    let models = models.collect::<Result<BTreeMap<_, _>, ConformanceError>>()?;
    let mut report = Report::new(executor.name());
    for case in cases.iter().step_by(3).filter(|case| filter.is_none_or(|filter| case.name.contains(filter))) {
        // Whether the page listens changes nothing here.
        let _ = on_case.call1(&JsValue::UNDEFINED, &case.name.as_str().into());
        let verdict = judge(case, executor).await?;
        report.add(&case.name, operator_of(&case.name, &models), verdict, &known);
    }
    Ok(report)
}
