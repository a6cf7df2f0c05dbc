//! What is known about a GPU.

use darkroom_kernels::Tier;

/// The features that a tier needs.
pub(crate) fn features(tier: Tier) -> wgpu::Features {
    match tier {
        Tier::Baseline => wgpu::Features::empty(),
        Tier::Half => wgpu::Features::SHADER_F16,
        Tier::Subgroups => wgpu::Features::SHADER_F16 | wgpu::Features::SUBGROUP,
    }
}

/// The highest tier whose features are all there.
pub(crate) fn tier(offered: wgpu::Features) -> Tier {
    let has = |tier: &Tier| offered.contains(features(*tier));
    Tier::ALL.into_iter().rev().find(has).unwrap_or_default()
}

/// A GPU's self-description.
#[derive(Clone, Debug)]
pub struct AdapterInfo {
    /// The name to show: vendor and architecture where the browser hides the product.
    pub name: String,
    /// Vulkan, Metal, Dx12 or BrowserWebGpu.
    pub backend: String,
    /// Whether the CPU plays GPU (SwiftShader, llvmpipe, WARP), which is slow.
    pub software: bool,
    /// The highest tier it was opened for.
    pub tier: Tier,
    /// Largest tensor a shader can see, bytes.
    pub max_binding: u64,
    /// Largest allocation, bytes.
    pub max_buffer: u64,
}

/// Names by which software adapters give themselves away.
const SOFTWARE_NAMES: [&str; 4] = ["swiftshader", "llvmpipe", "lavapipe", "basic render"];

impl AdapterInfo {
    pub(crate) fn new(adapter: &wgpu::Adapter, device: &wgpu::Device) -> Self {
        let info = adapter.get_info();
        let limits = device.limits();
        let browser = Browser::read(device);
        let name = if info.name.is_empty() { browser.name } else { info.name };
        let lower = name.to_lowercase();
        Self {
            software: info.device_type == wgpu::DeviceType::Cpu
                || browser.fallback
                || SOFTWARE_NAMES.iter().any(|known| lower.contains(known)),
            name: if name.is_empty() { "unnamed GPU".to_owned() } else { name },
            backend: format!("{:?}", info.backend),
            tier: tier(device.features()),
            max_binding: limits.max_storage_buffer_binding_size,
            max_buffer: limits.max_buffer_size,
        }
    }
}

/// What only the browser's own object tells.
#[derive(Default)]
struct Browser {
    name: String,
    fallback: bool,
}

impl Browser {
    #[cfg(not(target_arch = "wasm32"))]
    fn read(_: &wgpu::Device) -> Self {
        Self::default()
    }

    /// Reads `GPUDevice.adapterInfo`; browsers without it leave the fields empty.
    #[cfg(target_arch = "wasm32")]
    fn read(device: &wgpu::Device) -> Self {
        let field = |object: &wasm_bindgen::JsValue, name: &str| js_sys::Reflect::get(object, &name.into()).ok();
        let Some(info) = device.as_webgpu().and_then(|device| field(device.as_ref(), "adapterInfo")) else {
            return Self::default();
        };
        let text = |name| field(&info, name).and_then(|value| value.as_string()).filter(|text| !text.is_empty());
        let fallback = field(&info, "isFallbackAdapter").and_then(|value| value.as_bool()).unwrap_or(false);
        let parts: Vec<String> =
            ["vendor", "architecture", "device", "description"].into_iter().filter_map(text).collect();
        Self { name: parts.join(" "), fallback }
    }
}
