//! Compiled pipelines, shared by all sessions of a device.

use crate::GpuError;
use darkroom_kernels::{Key, source};
use std::collections::HashMap;

/// A cache of compiled pipelines and of the binding layouts they share.
#[derive(Debug)]
pub(crate) struct Pipelines {
    /// Names defined in every shader on this device.
    defines: &'static [&'static str],
    compiled: HashMap<Key, wgpu::ComputePipeline>,
    /// By number of read bindings.
    layouts: HashMap<usize, wgpu::BindGroupLayout>,
}

impl Pipelines {
    /// An empty cache.
    pub(crate) fn new(defines: &'static [&'static str]) -> Self {
        Self { defines, compiled: HashMap::new(), layouts: HashMap::new() }
    }

    /// How many pipelines were compiled.
    pub(crate) fn len(&self) -> usize {
        self.compiled.len()
    }

    /// The layout of a kernel with this many read bindings: uniform block, reads, one write.
    pub(crate) fn layout(&mut self, device: &wgpu::Device, reads: usize) -> wgpu::BindGroupLayout {
        let entry = |binding: usize, ty| wgpu::BindGroupLayoutEntry {
            binding: u32::try_from(binding).unwrap_or(u32::MAX),
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
            count: None,
        };
        let create = || {
            let mut entries = vec![entry(0, wgpu::BufferBindingType::Uniform)];
            for binding in 1..=reads + 1 {
                let read_only = binding <= reads;
                entries.push(entry(binding, wgpu::BufferBindingType::Storage { read_only }));
            }
            device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries: &entries })
        };
        self.layouts.entry(reads).or_insert_with(create).clone()
    }

    /// The pipeline of a key, compiled if it is new.
    pub(crate) fn get(
        &mut self,
        device: &wgpu::Device,
        key: Key,
        reads: usize,
    ) -> Result<wgpu::ComputePipeline, GpuError> {
        if let Some(pipeline) = self.compiled.get(&key) {
            return Ok(pipeline.clone());
        }
        let text = source(key, self.defines)?;
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(key.shader),
            source: wgpu::ShaderSource::Wgsl(text.into()),
        });
        let bindings = self.layout(device, reads);
        let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(key.shader),
            bind_group_layouts: &[Some(&bindings)],
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
        self.compiled.insert(key, pipeline.clone());
        Ok(pipeline)
    }

    /// Forgets pipelines whose compilation failed.
    pub(crate) fn forget(&mut self, keys: &[Key]) {
        keys.iter().for_each(|key| {
            self.compiled.remove(key);
        });
    }
}
