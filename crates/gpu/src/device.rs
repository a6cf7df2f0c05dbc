//! The opened GPU: its limits, its tier, and the pipelines compiled so far.

use crate::adapter::{self, AdapterInfo};
use crate::pipelines::Pipelines;
use crate::{GpuError, signal};
use darkroom_kernels::Tier;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Work of one submit on a software adapter, about 0.3 s of it at 3 GFLOP/s.
const SOFTWARE_WORK: u64 = 450_000_000;

/// How to open a GPU.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Ask for the software adapter even where there is a GPU.
    pub software: bool,
    /// Run everything at this tier, and refuse an adapter that lacks it. `None`: plans are made for the
    /// baseline; those that do not fit there may be made again for a higher tier that the adapter has.
    pub tier: Option<Tier>,
    /// Open the GPU with the limits that WebGPU promises everywhere, not with those it has.
    pub least_limits: bool,
    /// Cut a run into submits of about this much work (see `Kernel::work`), so that it can be watched
    /// and cancelled. `None`: whole runs on a GPU, parts of about 0.3 s on a software adapter.
    pub work_per_submit: Option<u64>,
    /// Read convolution weights straight from memory instead of staging them in workgroup memory.
    /// `None`: staged, unless measurement says otherwise for this kind of adapter.
    pub direct_weights: Option<bool>,
}

/// An opened GPU. Sessions made on it share its compiled pipelines.
#[derive(Debug)]
pub struct Device {
    pub(crate) device: wgpu::Device,
    pub(crate) queue: wgpu::Queue,
    pub(crate) pipelines: Mutex<Pipelines>,
    /// Why the GPU was lost, once it was.
    pub(crate) lost: Arc<OnceLock<String>>,
    pub(crate) work_per_submit: Option<u64>,
    forced: Option<Tier>,
    info: AdapterInfo,
}

impl Device {
    /// Opens the fastest GPU, with all the limits and of all the tiers it has, unless `options` say otherwise.
    ///
    /// # Errors
    /// A sentence if there is none, it lacks the tier asked for, or the driver refuses.
    #[cfg_attr(
        target_arch = "wasm32",
        allow(clippy::arc_with_non_send_sync, reason = "a page has one thread; the type is the native one")
    )]
    pub async fn open(options: &Options) -> Result<Arc<Self>, GpuError> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let adapter = instance
            .request_adapter(&wgpu::RequestAdapterOptions {
                power_preference: wgpu::PowerPreference::HighPerformance,
                force_fallback_adapter: options.software,
                ..wgpu::RequestAdapterOptions::default()
            })
            .await
            .map_err(|error| GpuError::NoAdapter(error.to_string()))?;
        let offered = adapter::tier(adapter.features());
        let tier = options.tier.unwrap_or(offered);
        if tier > offered {
            return Err(GpuError::NoTier { name: name(&adapter), wanted: tier, offered });
        }
        let timed = adapter.features() & wgpu::Features::TIMESTAMP_QUERY;
        let (device, queue) = adapter
            .request_device(&wgpu::DeviceDescriptor {
                label: Some("darkroom"),
                required_features: timed | adapter::features(tier),
                required_limits: if options.least_limits { wgpu::Limits::default() } else { adapter.limits() },
                ..wgpu::DeviceDescriptor::default()
            })
            .await
            .map_err(|error| GpuError::NoDevice { name: name(&adapter), reason: error.to_string() })?;

        let info = AdapterInfo::new(&adapter, &device);
        let lost = Arc::new(OnceLock::new());
        let (on_loss, on_error) = (Arc::clone(&lost), Arc::clone(&lost));
        device.set_device_lost_callback(move |reason, message| {
            on_loss.get_or_init(|| format!("{reason:?}: {message}"));
        });
        // Errors outside any scope mean that results can no longer be trusted.
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            on_error.get_or_init(|| error.to_string());
        }));
        let direct = options.direct_weights.unwrap_or(info.software).then_some("DIRECT");
        let subgroups = (options.tier == Some(Tier::Subgroups)).then_some("SUBGROUPS");
        Ok(Arc::new(Self {
            pipelines: Mutex::new(Pipelines::new(direct.into_iter().chain(subgroups).collect())),
            forced: options.tier,
            work_per_submit: options.work_per_submit.or(info.software.then_some(SOFTWARE_WORK)),
            device,
            queue,
            lost,
            info,
        }))
    }

    /// What the GPU says about itself.
    #[must_use]
    pub fn info(&self) -> &AdapterInfo {
        &self.info
    }

    /// The tier that everything runs at, if one was asked for.
    #[must_use]
    pub fn forced(&self) -> Option<Tier> {
        self.forced
    }

    /// The tier that plans are made for first.
    #[must_use]
    pub fn tier(&self) -> Tier {
        self.forced.unwrap_or_default()
    }

    /// Compiled pipelines so far.
    #[must_use]
    pub fn pipelines(&self) -> usize {
        self.pipelines.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Bytes the driver holds for this device, where it tells (natively on Vulkan and Dx12).
    #[must_use]
    pub fn allocated(&self) -> Option<u64> {
        self.device.generate_allocator_report().map(|report| report.total_allocated_bytes)
    }

    /// Whether sessions can still be made and run.
    ///
    /// # Errors
    /// The loss of the device, once it happened.
    pub fn alive(&self) -> Result<(), GpuError> {
        self.lost.get().map_or(Ok(()), |reason| Err(GpuError::Lost(reason.clone())))
    }

    /// Waits until everything submitted so far has run.
    pub(crate) async fn finished(&self) -> Result<(), GpuError> {
        let (sender, done) = signal::signal();
        self.queue.on_submitted_work_done(move || sender.send(()));
        self.drive()?;
        done.await;
        self.alive()
    }

    /// Lets callbacks run: natively by waiting for the GPU here, on the web nothing is needed.
    pub(crate) fn drive(&self) -> Result<(), GpuError> {
        self.device.poll(wgpu::PollType::wait_indefinitely()).map_err(|error| GpuError::Lost(error.to_string()))?;
        Ok(())
    }
}

/// An adapter's name before it is opened, which browsers keep to themselves.
fn name(adapter: &wgpu::Adapter) -> String {
    let name = adapter.get_info().name;
    if name.is_empty() { "of this browser".to_owned() } else { name }
}
