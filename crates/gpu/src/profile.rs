//! How long each operation of a session takes.

use crate::{GpuError, Session, signal};
use darkroom_kernels::Data;

/// GPU time of one operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Timing {
    /// The ONNX node.
    pub label: String,
    /// The shader's name.
    pub shader: &'static str,
    /// Time on the GPU, seconds. Browsers round it to about 0.1 ms.
    pub seconds: f64,
    /// Multiply-adds or element operations.
    pub work: u64,
}

/// Operations timed with one query set, which holds at most 4096 queries.
const OPERATIONS: usize = 2048;

impl Session {
    /// Runs the network once with a timestamp around every operation. Results are not read back.
    ///
    /// # Errors
    /// As [`Session::run`], and [`GpuError::NoTimestamps`] where the GPU takes none.
    pub async fn profile(&mut self, inputs: &[Data<'_>]) -> Result<Vec<Timing>, GpuError> {
        self.device.alive()?;
        if !self.device.device.features().contains(wgpu::Features::TIMESTAMP_QUERY) {
            return Err(GpuError::NoTimestamps);
        }
        self.upload(inputs)?;
        let mut timings = Vec::with_capacity(self.dispatches.len());
        for first in (0..self.dispatches.len()).step_by(OPERATIONS) {
            let last = self.dispatches.len().min(first + OPERATIONS);
            timings.extend(self.time(first..last).await?);
        }
        Ok(timings)
    }

    async fn time(&self, range: std::ops::Range<usize>) -> Result<Vec<Timing>, GpuError> {
        let device = &self.device.device;
        let dispatches = &self.dispatches[range];
        let queries = 2 * u32::try_from(dispatches.len()).unwrap_or(u32::MAX);
        let set = device.create_query_set(&wgpu::QuerySetDescriptor {
            label: Some("timings"),
            ty: wgpu::QueryType::Timestamp,
            count: queries,
        });
        let buffer = |usage| {
            let size = 8 * u64::from(queries);
            device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("timings"),
                size,
                usage,
                mapped_at_creation: false,
            })
        };
        let resolved = buffer(wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC);
        let readable = buffer(wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ);

        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        for (dispatch, query) in dispatches.iter().zip((0..).step_by(2)) {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                label: Some(&dispatch.label),
                timestamp_writes: Some(wgpu::ComputePassTimestampWrites {
                    query_set: &set,
                    beginning_of_pass_write_index: Some(query),
                    end_of_pass_write_index: Some(query + 1),
                }),
            });
            dispatch.record(&mut pass);
        }
        encoder.resolve_query_set(&set, 0..queries, &resolved, 0);
        encoder.copy_buffer_to_buffer(&resolved, 0, &readable, 0, 8 * u64::from(queries));
        self.device.queue.submit([encoder.finish()]);

        let (sender, mapped) = signal::signal();
        readable.map_async(wgpu::MapMode::Read, .., move |result| sender.send(result));
        self.device.drive()?;
        mapped.await.map_err(|error| GpuError::Lost(error.to_string()))?;
        let bytes = readable.get_mapped_range(..).map_err(|error| GpuError::Lost(error.to_string()))?;
        let tick = f64::from(self.device.queue.get_timestamp_period()) * 1e-9;
        let ticks = |bytes: &[u8]| bytes.iter().rev().fold(0_u64, |value, &byte| value << 8 | u64::from(byte));
        let timing = |(dispatch, bytes): (&crate::session::Dispatch, &[u8])| Timing {
            label: dispatch.label.clone(),
            shader: dispatch.shader,
            seconds: ticks(&bytes[8..]).saturating_sub(ticks(&bytes[..8])) as f64 * tick,
            work: dispatch.work,
        };
        Ok(dispatches.iter().zip(bytes.chunks_exact(16)).map(timing).collect())
    }
}
