//! WGSL sources with `#import`, `#ifdef`, `#ifndef`, `#else` and `#endif` resolved.

use crate::{KernelError, Key, Narrow};

macro_rules! shader {
    ($name:literal) => {
        ($name, include_str!(concat!("../../../shaders/", $name, ".wgsl")))
    };
}

/// Every file under `shaders/`, by its path without the extension.
const FILES: &[(&str, &str)] = &[
    shader!("attention"),
    shader!("binary"),
    shader!("conv"),
    shader!("conv_transpose"),
    shader!("convert"),
    shader!("copy"),
    shader!("cumsum"),
    shader!("denoise"),
    shader!("det"),
    shader!("gather"),
    shader!("grid_sample"),
    shader!("haar"),
    shader!("layer_norm"),
    shader!("lrn"),
    shader!("matmul"),
    shader!("nll"),
    shader!("noise"),
    shader!("norm_apply"),
    shader!("norm_combine"),
    shader!("norm_stats"),
    shader!("one_hot"),
    shader!("pad"),
    shader!("pool"),
    shader!("recurrent"),
    shader!("reduce"),
    shader!("resample"),
    shader!("resize"),
    shader!("roi_align"),
    shader!("rotary"),
    shader!("scatter"),
    shader!("scatter_reduce"),
    shader!("select"),
    shader!("softmax"),
    shader!("topk"),
    shader!("trilu"),
    shader!("unary"),
    shader!("shared/activation"),
    shader!("shared/grid"),
    shader!("shared/indexed"),
    shader!("shared/moments"),
    shader!("shared/rows"),
    shader!("shared/stored"),
    shader!("shared/sums"),
    shader!("shared/thread"),
    shader!("shared/together"),
    shader!("shared/weights"),
];

/// Every pipeline that a kernel may ask for.
#[must_use]
pub fn keys() -> Vec<Key> {
    [
        crate::attention::keys(),
        crate::conv::keys(),
        crate::conv_transpose::keys(),
        crate::copy::keys(),
        crate::cumsum::keys(),
        crate::denoise::keys(),
        crate::det::keys(),
        crate::gather::keys(),
        crate::grid_sample::keys(),
        crate::haar::keys(),
        crate::layer_norm::keys(),
        crate::lrn::keys(),
        crate::matmul::keys(),
        crate::nll::keys(),
        crate::noise::keys(),
        crate::norm_apply::keys(),
        crate::norm_combine::keys(),
        crate::norm_stats::keys(),
        crate::one_hot::keys(),
        crate::pad::keys(),
        crate::pointwise::keys(),
        crate::pool::keys(),
        crate::recurrent::keys(),
        crate::reduce::keys(),
        crate::resample::keys(),
        crate::resize::keys(),
        crate::roi_align::keys(),
        crate::rotary::keys(),
        crate::scatter::keys(),
        crate::scatter_reduce::keys(),
        crate::softmax::keys(),
        crate::topk::keys(),
        crate::trilu::keys(),
    ]
    .concat()
}

/// The WGSL text of a pipeline whose tensors are stored as `narrow` says. `device` names are defined
/// besides those of the key: choices that belong to the adapter, not to the kernel, such as `DIRECT`.
///
/// # Errors
/// A sentence naming the unknown file, import or directive, or the unbalanced condition.
pub fn source(key: Key, narrow: Narrow, device: &[&str]) -> Result<String, KernelError> {
    let mut defines: Vec<&str> = key.defines.to_vec();
    defines.extend(device);
    for name in narrow.defines() {
        defines.push(name);
    }
    let text = if narrow.any() { "enable f16;\n".to_owned() } else { String::new() };
    let mut assembly = Assembly { shader: key.shader, defines, imported: Vec::new(), text };
    assembly.append(key.shader)?;
    Ok(assembly.text)
}

/// The text with those reads bound for writing whose bits are set in `shared`, the first read's the lowest: WGSL has to
/// say what the layout says.
#[must_use]
pub fn with_shared(text: &str, shared: u32) -> String {
    (0..u32::BITS).filter(|read| shared >> read & 1 == 1).fold(text.to_owned(), |text, read| {
        let binding = |access| format!("@binding({}) var<storage, {access}>", read + 1);
        text.replace(&binding("read"), &binding("read_write"))
    })
}

struct Assembly<'a> {
    shader: &'static str,
    defines: Vec<&'a str>,
    imported: Vec<String>,
    text: String,
}

impl Assembly<'_> {
    fn append(&mut self, name: &str) -> Result<(), KernelError> {
        let Some((_, file)) = FILES.iter().find(|(known, _)| *known == name) else {
            return self.refuse(format!("there is no shader file {name}.wgsl"));
        };
        // Whether each open condition holds, innermost last.
        let mut conditions: Vec<bool> = Vec::new();
        for line in file.lines() {
            let mut words = line.split_whitespace();
            let directive = words.next().unwrap_or_default();
            let argument = words.next().unwrap_or_default();
            match directive {
                "#ifdef" => conditions.push(self.defines.contains(&argument)),
                "#ifndef" => conditions.push(!self.defines.contains(&argument)),
                "#else" => match conditions.last_mut() {
                    Some(condition) => *condition = !*condition,
                    None => return self.refuse(format!("{name}.wgsl has an #else without #ifdef")),
                },
                "#endif" => {
                    if conditions.pop().is_none() {
                        return self.refuse(format!("{name}.wgsl has an #endif without #ifdef"));
                    }
                }
                _ if conditions.contains(&false) => {}
                "#import" => {
                    if !self.imported.iter().any(|known| known == argument) {
                        self.imported.push(argument.to_owned());
                        self.append(argument)?;
                    }
                }
                _ if directive.starts_with('#') => {
                    return self.refuse(format!("{name}.wgsl has the unknown directive {directive}"));
                }
                _ => {
                    self.text.push_str(line);
                    self.text.push('\n');
                }
            }
        }
        if conditions.is_empty() { Ok(()) } else { self.refuse(format!("{name}.wgsl lacks an #endif")) }
    }

    fn refuse(&self, reason: String) -> Result<(), KernelError> {
        Err(KernelError::unsupported(self.shader, reason))
    }
}
