//! One run of a session: upload, one compute pass a submit, read back.

use crate::scope::Scope;
use crate::session::Dispatch;
use crate::{GpuError, Session, signal};
use darkroom_kernels::{Data, Elements, KernelError, Port, Width, narrow, widened};
use std::ops::ControlFlow;
use web_time::Instant;

impl Session {
    /// Runs the network on `inputs`, in the order of [`Session::inputs`].
    ///
    /// On a software adapter, or where the device's options say so, the run is cut into several
    /// submits; after each the GPU is awaited and `watch` is called with the share of work done, up to
    /// 1 at the end. It may end the run. No GPU object is created but encoders and command buffers.
    ///
    /// # Errors
    /// A wrong number, type or length of inputs, a run that `watch` ended, a lost device.
    pub async fn run(
        &mut self,
        inputs: &[Data<'_>],
        mut watch: impl FnMut(f64) -> ControlFlow<()>,
    ) -> Result<Vec<Elements>, GpuError> {
        self.device.alive()?;
        self.upload(inputs)?;
        let start = Instant::now();
        let mut parts: Vec<_> = self.parts().collect();
        if parts.is_empty() {
            // A network whose outputs are inputs launches nothing, and they are read back all the same.
            parts.push(&[]);
        }
        let mut done = 0;
        for (number, part) in (1..).zip(&parts) {
            let last = number == parts.len();
            self.submit(part, last).await?;
            done += part.iter().map(|dispatch| dispatch.work).sum::<u64>();
            // The last part is awaited with the download.
            if !last {
                self.device.finished().await?;
                if watch(done as f64 / self.work.max(1) as f64).is_break() {
                    return Err(KernelError::Cancelled.into());
                }
            }
        }
        self.outputs_arrived().await?;
        self.seconds = start.elapsed().as_secs_f64();
        let outputs = self.read_staging();
        self.staging.unmap();
        let outputs = outputs?;
        if watch(1.0).is_break() { Err(KernelError::Cancelled.into()) } else { Ok(outputs) }
    }

    /// Writes the inputs to their places.
    pub(crate) fn upload(&self, inputs: &[Data<'_>]) -> Result<(), GpuError> {
        Port::check(&self.inputs, inputs)?;
        for (port, values) in self.inputs.iter().zip(inputs) {
            let mut halves = Vec::new();
            let words = match port.place.width {
                Width::Single => values.u32(),
                Width::Half => {
                    halves.resize(Width::Half.words(port.len()), 0);
                    narrow(values.f32(), &mut halves).map_err(|value| KernelError::beyond(&port.name, value))?;
                    &halves
                }
            };
            self.device.queue.write_buffer(
                &self.arenas[port.place.arena],
                4 * port.place.offset as u64,
                bytemuck::cast_slice(words),
            );
        }
        if let Some(beyond) = &self.beyond {
            self.device.queue.write_buffer(beyond, 0, &[0; 4]);
        }
        Ok(())
    }

    /// The dispatches in runs of about `work_per_submit`, in order.
    fn parts(&self) -> impl Iterator<Item = &[Dispatch]> {
        let budget = self.device.work_per_submit.unwrap_or(u64::MAX);
        let mut work = 0_u64;
        self.dispatches.chunk_by(move |last, next| {
            work = work.saturating_add(last.work);
            let joins = work.saturating_add(next.work) <= budget;
            if !joins {
                work = 0;
            }
            joins
        })
    }

    /// Submits a part; behind the last one the outputs are copied to where they can be read.
    async fn submit(&self, part: &[Dispatch], last: bool) -> Result<(), GpuError> {
        let scope = Scope::open(&self.device.device);
        let mut encoder = self.device.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            part.iter().for_each(|dispatch| dispatch.record(&mut pass));
        }
        if last {
            self.stage_outputs(&mut encoder);
        }
        self.device.queue.submit([encoder.finish()]);
        scope.close(self.memory().planned()).await
    }

    /// Records the copies of the outputs to the staging buffer.
    fn stage_outputs(&self, encoder: &mut wgpu::CommandEncoder) {
        let mut offset = 0;
        for port in &self.outputs {
            let bytes = port.bytes() as u64;
            let from = 4 * port.place.offset as u64;
            encoder.copy_buffer_to_buffer(&self.arenas[port.place.arena], from, &self.staging, offset, bytes);
            offset += bytes;
        }
        if let Some(beyond) = &self.beyond {
            encoder.copy_buffer_to_buffer(beyond, 0, &self.staging, offset, 4);
        }
    }

    /// Waits until the staging buffer, which the last part fills, can be read.
    async fn outputs_arrived(&self) -> Result<(), GpuError> {
        let (sender, mapped) = signal::signal();
        self.staging.map_async(wgpu::MapMode::Read, .., move |result| sender.send(result));
        self.device.drive()?;
        mapped.await.map_err(|error| self.lost(&error))
    }

    fn read_staging(&self) -> Result<Vec<Elements>, GpuError> {
        let bytes = self.staging.get_mapped_range(..).map_err(|error| self.lost(&error))?;
        let mut words = bytes.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        let mut take = |len| words.by_ref().take(len).collect::<Vec<u32>>();
        let elements = |port: &Port| {
            let words = take(port.place.width.words(port.len()));
            match port.place.width {
                Width::Single => Elements::of(port.element, &words),
                Width::Half => Elements::F32(widened(&words, port.len())),
            }
        };
        let outputs = self.outputs.iter().map(elements).collect();
        if self.beyond.is_some() && words.next() != Some(0) { Err(GpuError::Beyond) } else { Ok(outputs) }
    }

    /// A failed mapping, which only a lost device explains.
    fn lost(&self, error: &dyn std::error::Error) -> GpuError {
        self.device.alive().err().unwrap_or_else(|| GpuError::Lost(error.to_string()))
    }
}

impl Dispatch {
    /// Records the launch.
    pub(crate) fn record(&self, pass: &mut wgpu::ComputePass<'_>) {
        let [x, y, z] = self.workgroups;
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bindings, &[]);
        if let Some(beyond) = &self.beyond {
            pass.set_bind_group(1, beyond, &[]);
        }
        pass.dispatch_workgroups(x, y, z);
    }
}
