//! A program made ready to run: every buffer, pipeline and bind group it needs.

use crate::limits;
use crate::pipelines::Access;
use crate::scope::Scope;
use crate::{Device, GpuError};
use darkroom_kernels::{Operation, Port, Program, Source, Step, Tier};
use std::sync::{Arc, PoisonError};

/// A network on the GPU, ready to run any number of times.
#[derive(Debug)]
pub struct Session {
    pub(crate) device: Arc<Device>,
    pub(crate) dispatches: Vec<Dispatch>,
    pub(crate) inputs: Vec<Port>,
    pub(crate) outputs: Vec<Port>,
    pub(crate) arenas: Vec<wgpu::Buffer>,
    /// All outputs side by side, mapped after a run.
    pub(crate) staging: wgpu::Buffer,
    /// What only bind groups hold otherwise: weights, tables, uniform blocks.
    bound: Vec<wgpu::Buffer>,
    /// One word that kernels set when a number does not fit float16, where the program stores any.
    pub(crate) beyond: Option<wgpu::Buffer>,
    pub(crate) work: u64,
    /// What the last run took, from its first submit to the arrival of its outputs.
    pub(crate) seconds: f64,
    memory: Memory,
    /// Why its tensors are float16, if nobody asked for it.
    narrowed: Option<String>,
}

/// One kernel launch, complete.
#[derive(Debug)]
pub(crate) struct Dispatch {
    pub(crate) label: String,
    pub(crate) shader: &'static str,
    pub(crate) work: u64,
    pub(crate) pipeline: wgpu::ComputePipeline,
    pub(crate) bindings: wgpu::BindGroup,
    /// The flag of a kernel that writes float16.
    pub(crate) beyond: Option<wgpu::BindGroup>,
    pub(crate) workgroups: [u32; 3],
}

/// GPU memory of a session, bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Planned for activations.
    pub activations: u64,
    /// Planned for weights and tables.
    pub constants: u64,
    /// Planned for reading results back.
    pub staging: u64,
    /// Sum of the buffers created, uniform blocks included.
    pub allocated: u64,
}

impl Memory {
    /// Everything the plan foresees.
    #[must_use]
    pub fn planned(&self) -> u64 {
        self.activations + self.constants + self.staging
    }
}

const STORAGE: wgpu::BufferUsages =
    wgpu::BufferUsages::STORAGE.union(wgpu::BufferUsages::COPY_DST).union(wgpu::BufferUsages::COPY_SRC);

/// Bytes of one uniform block in the buffer of all of them.
const UNIFORM_BYTES: u64 = 4 * Step::PARAM_WORDS as u64;

impl Session {
    /// Checks the program against the GPU's limits, then creates everything a run needs.
    ///
    /// # Errors
    /// A sentence if a kernel refuses, a tensor or the whole does not fit the GPU, or the driver fails.
    pub async fn new(device: &Arc<Device>, program: Program) -> Result<Self, GpuError> {
        device.alive()?;
        program.check()?;
        limits::check(device, &program)?;
        let narrow = program.operations.iter().any(|operation| operation.narrow().writes());
        let staging = program.outputs.iter().map(Port::bytes).sum::<usize>() + if narrow { 4 } else { 0 };
        let mut memory = Memory {
            activations: program.activation_bytes() as u64,
            constants: program.constant_bytes() as u64,
            staging: staging as u64,
            allocated: 0,
        };

        let scope = Scope::open(&device.device);
        let mut create = |label, bytes: u64, usage| {
            memory.allocated += bytes;
            device.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(label),
                size: bytes,
                usage,
                mapped_at_creation: false,
            })
        };
        let arenas: Vec<_> = program.arenas.iter().map(|&len| create("arena", 4 * len as u64, STORAGE)).collect();
        let constants: Vec<_> =
            program.constants.iter().map(|constant| create("constant", constant.bytes() as u64, STORAGE)).collect();
        let uniforms = create(
            "uniforms",
            UNIFORM_BYTES * program.operations.len().max(1) as u64,
            wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
        );
        let staging =
            create("staging", staging.max(4) as u64, wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST);
        let beyond = narrow.then(|| create("beyond", 4, STORAGE));
        scope.close(memory.planned()).await?;

        for (buffer, constant) in constants.iter().zip(&program.constants) {
            device.queue.write_buffer(buffer, 0, bytemuck::cast_slice(constant.data().u32()));
        }
        let scope = Scope::open(&device.device);
        let work = program.work();
        let dispatches = dispatches(device, &program.operations, &arenas, &constants, &uniforms, beyond.as_ref());
        if let Err(error) = scope.close(memory.planned()).await {
            let keys: Vec<_> =
                program.operations.iter().map(|operation| (operation.kernel.key(), Access::of(operation))).collect();
            device.pipelines.lock().unwrap_or_else(PoisonError::into_inner).forget(&keys);
            return Err(error);
        }
        // Starts the uploads, so that their staging memory is free before the first run.
        device.queue.submit([]);
        device.finished().await?;
        Ok(Self {
            device: Arc::clone(device),
            dispatches: dispatches?,
            inputs: program.inputs,
            outputs: program.outputs,
            arenas,
            staging,
            bound: constants.into_iter().chain([uniforms]).collect(),
            beyond,
            work,
            seconds: 0.0,
            memory,
            narrowed: None,
        })
    }

    /// The same session, with why it was planned in half storage.
    pub(crate) fn narrowed_for(mut self, refusal: &GpuError) -> Self {
        self.narrowed = Some(refusal.to_string());
        self
    }

    /// Why its tensors are stored as float16 though nobody asked for it: what float32 was refused for.
    #[must_use]
    pub fn narrowed(&self) -> Option<&str> {
        self.narrowed.as_deref()
    }

    /// The tier that it was planned for.
    #[must_use]
    pub fn tier(&self) -> Tier {
        if self.narrowed.is_some() { Tier::Half } else { self.device.tier() }
    }

    /// What a run takes, in order.
    #[must_use]
    pub fn inputs(&self) -> &[Port] {
        &self.inputs
    }

    /// What a run gives, in order.
    #[must_use]
    pub fn outputs(&self) -> &[Port] {
        &self.outputs
    }

    /// Seconds of the last run from its first submit until its outputs could be read: the network's own time, without what
    /// the host does before and after.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.seconds
    }

    /// The GPU memory planned and allocated.
    #[must_use]
    pub fn memory(&self) -> Memory {
        self.memory
    }
}

/// Frees the GPU memory at once. A browser would wait for its garbage collector, which does not see how large it is.
impl Drop for Session {
    fn drop(&mut self) {
        self.arenas
            .iter()
            .chain(&self.bound)
            .chain(&self.beyond)
            .chain([&self.staging])
            .for_each(wgpu::Buffer::destroy);
    }
}

/// Compiles and binds every operation, and uploads the uniform blocks.
fn dispatches(
    device: &Device,
    operations: &[Operation],
    arenas: &[wgpu::Buffer],
    constants: &[wgpu::Buffer],
    uniforms: &wgpu::Buffer,
    beyond: Option<&wgpu::Buffer>,
) -> Result<Vec<Dispatch>, GpuError> {
    let mut pipelines = device.pipelines.lock().unwrap_or_else(PoisonError::into_inner);
    let mut blocks = vec![0_u32; Step::PARAM_WORDS * operations.len()];
    let mut dispatches = Vec::with_capacity(operations.len());
    let beyond = beyond.map(|buffer| {
        device.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("beyond"),
            layout: &pipelines.beyond(&device.device),
            entries: &[wgpu::BindGroupEntry { binding: 0, resource: buffer.as_entire_binding() }],
        })
    });
    for (number, (operation, block)) in operations.iter().zip(blocks.chunks_exact_mut(Step::PARAM_WORDS)).enumerate() {
        let kernel = &operation.kernel;
        let step = kernel.step();
        block[..step.params.len()].copy_from_slice(&step.params);
        let access = Access::of(operation);
        let pipeline = pipelines.get(&device.device, kernel.key(), access)?;

        let uniform = wgpu::BufferBinding {
            buffer: uniforms,
            offset: UNIFORM_BYTES * number as u64,
            size: std::num::NonZeroU64::new(UNIFORM_BYTES),
        };
        let sources = operation.reads.iter().copied().chain([Source::Tensor(operation.write)]);
        let storage = sources.zip(kernel.layout()).map(|(source, binding)| {
            let (buffer, offset) = match source {
                Source::Tensor(place) => (&arenas[place.arena], place.offset),
                Source::Constant(constant) => (&constants[constant], 0),
            };
            let size = std::num::NonZeroU64::new(source.width().bytes(binding.len()) as u64);
            wgpu::BufferBinding { buffer, offset: 4 * offset as u64, size }
        });
        let entries: Vec<_> = std::iter::once(uniform)
            .chain(storage)
            .zip(0..)
            .map(|(buffer, binding)| wgpu::BindGroupEntry { binding, resource: wgpu::BindingResource::Buffer(buffer) })
            .collect();
        let bindings = device.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(&operation.label),
            layout: &pipelines.layout(&device.device, access),
            entries: &entries,
        });
        dispatches.push(Dispatch {
            label: operation.label.clone(),
            shader: kernel.key().shader,
            work: kernel.work(),
            pipeline,
            bindings,
            beyond: beyond.clone().filter(|_| operation.narrow().writes()),
            workgroups: step.workgroups,
        });
    }
    device.queue.write_buffer(uniforms, 0, bytemuck::cast_slice(&blocks));
    Ok(dispatches)
}
