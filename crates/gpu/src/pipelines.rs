//! Compiled pipelines, shared by all sessions of a device.

use crate::GpuError;
use darkroom_kernels::{Key, Narrow, Operation, source, with_shared};
use std::collections::HashMap;

/// A cache of compiled pipelines and of the binding layouts they share.
#[derive(Debug)]
pub(crate) struct Pipelines {
    /// Names defined in every shader on this device.
    defines: Vec<&'static str>,
    compiled: HashMap<(Key, Access), wgpu::ComputePipeline>,
    layouts: HashMap<Access, wgpu::BindGroupLayout>,
    /// Of the flag of kernels that write float16.
    beyond: Option<wgpu::BindGroupLayout>,
}

/// How a dispatch uses its buffers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Access {
    reads: usize,
    /// Those reads that are bound for writing as well, see [`Operation::shared`].
    shared: u32,
    /// What is stored as float16.
    narrow: Narrow,
}

impl Access {
    pub(crate) fn of(operation: &Operation) -> Self {
        Self { reads: operation.reads.len(), shared: operation.shared(), narrow: operation.narrow() }
    }
}

/// The binding of a buffer.
fn entry(binding: usize, ty: wgpu::BufferBindingType) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding: u32::try_from(binding).unwrap_or(u32::MAX),
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
        count: None,
    }
}

impl Pipelines {
    /// An empty cache.
    pub(crate) fn new(defines: Vec<&'static str>) -> Self {
        Self { defines, compiled: HashMap::new(), layouts: HashMap::new(), beyond: None }
    }

    /// How many pipelines were compiled.
    pub(crate) fn len(&self) -> usize {
        self.compiled.len()
    }

    /// The layout of a kernel of such use: uniform block, reads, one write.
    pub(crate) fn layout(&mut self, device: &wgpu::Device, access: Access) -> wgpu::BindGroupLayout {
        let create = || {
            let mut entries = vec![entry(0, wgpu::BufferBindingType::Uniform)];
            for binding in 1..=access.reads + 1 {
                let read_only = binding <= access.reads && access.shared >> (binding - 1) & 1 == 0;
                entries.push(entry(binding, wgpu::BufferBindingType::Storage { read_only }));
            }
            device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries: &entries })
        };
        self.layouts.entry(access).or_insert_with(create).clone()
    }

    /// The layout of the flag that kernels set when a number does not fit float16.
    pub(crate) fn beyond(&mut self, device: &wgpu::Device) -> wgpu::BindGroupLayout {
        let create = || {
            let entries = [entry(0, wgpu::BufferBindingType::Storage { read_only: false })];
            device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries: &entries })
        };
        self.beyond.get_or_insert_with(create).clone()
    }

    /// The pipeline of a key for tensors so stored, compiled if it is new.
    pub(crate) fn get(
        &mut self,
        device: &wgpu::Device,
        key: Key,
        access: Access,
    ) -> Result<wgpu::ComputePipeline, GpuError> {
        if let Some(pipeline) = self.compiled.get(&(key, access)) {
            return Ok(pipeline.clone());
        }
        let text = with_shared(&source(key, access.narrow, &self.defines)?, access.shared);
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(key.shader),
            source: wgpu::ShaderSource::Wgsl(text.into()),
        });
        let bindings = self.layout(device, access);
        let beyond = access.narrow.writes().then(|| self.beyond(device));
        let groups: Vec<_> = std::iter::once(Some(&bindings)).chain(beyond.as_ref().map(Some)).collect();
        let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(key.shader),
            bind_group_layouts: &groups,
            immediate_size: 0,
        });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(key.shader),
            layout: Some(&layout),
            module: &module,
            entry_point: Some("main"),
            // Every kernel writes its workgroup memory before reading it.
            compilation_options: wgpu::PipelineCompilationOptions {
                zero_initialize_workgroup_memory: false,
                ..wgpu::PipelineCompilationOptions::default()
            },
            cache: None,
        });
        self.compiled.insert((key, access), pipeline.clone());
        Ok(pipeline)
    }

    /// Forgets pipelines whose compilation failed.
    pub(crate) fn forget(&mut self, keys: &[(Key, Access)]) {
        keys.iter().for_each(|key| {
            self.compiled.remove(key);
        });
    }
}
