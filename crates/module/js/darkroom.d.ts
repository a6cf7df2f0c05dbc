/** Values with their dimensions, row-major. A tensor of ONNX Runtime's JavaScript API is one. */
export interface Tensor {
  /**
   * Float32Array for float32, float16 and bfloat16; Float64Array for double (computed in float32); BigInt64Array and
   * BigUint64Array for 64-bit integers (32 bits at run time: a value beyond is refused); Uint8Array for bool; the array
   * of its own width for every other integer.
   */
  readonly data:
    | Float32Array
    | Float64Array
    | Int8Array
    | Uint8Array
    | Int16Array
    | Uint16Array
    | Int32Array
    | Uint32Array
    | BigInt64Array
    | BigUint64Array;
  readonly dims: readonly number[];
}

/** Tensors by the names of the model's inputs or outputs. */
export type Tensors = Record<string, Tensor>;

export interface SessionOptions {
  /** What computes: the GPU (default), or the CPU: one thread, downloaded when first asked for. */
  backend?: "gpu" | "cpu";
  /** Ask for the browser's software adapter even where there is a GPU. */
  software?: boolean;
  /**
   * Store tensors as float32 (`baseline`) or as float16 between kernels (`half`, and `subgroups` with sums over subgroups);
   * a GPU that cannot is refused. Left out: float32, and float16 only where float32 does not fit; `narrowed` then says why.
   */
  tier?: "baseline" | "half" | "subgroups";
  /** Dimensions of inputs that the file leaves open. */
  inputs?: Record<string, readonly number[]>;
  /** Inputs whose values are fixed before the run, as shapes and axes must be. They are no inputs of the session. */
  constants?: Tensors;
}

/** Time of one operation. */
export interface Timing {
  /** The ONNX node it came from. */
  node: string;
  /** The kernel; on the CPU, the operator. */
  shader: string;
  /** Milliseconds; browsers round what a GPU reports to about 0.1 ms. */
  ms: number;
  /** Multiply-adds, or element operations; unknown on the CPU. */
  work?: number;
}

/** A network made ready to run any number of times, for one set of input dimensions. */
export class Session {
  private constructor();
  /**
   * Reads an ONNX model, fixes its shapes, compiles its kernels and uploads its weights. The GPU is opened by the first
   * session and shared by all. A refusal is an `Error` by the name of `DarkroomError` whose message is a sentence: what
   * cannot be read or run, with the name of the node or input.
   */
  static create(onnx: Uint8Array | ArrayBuffer, options?: SessionOptions): Promise<Session>;
  /** Runs the network on a tensor for each input; one run at a time. */
  run(inputs: Tensors): Promise<Tensors>;
  /** Runs the network once, on `inputs` or on zeros, and times each operation. On a GPU it needs timestamps. */
  profile(inputs?: Tensors): Promise<Timing[]>;
  /** Frees the session's memory, on the GPU too; a run that is under way ends first. */
  release(): void;
  /** The names of the inputs, in the model's order. */
  readonly inputNames: string[];
  /** The names of the outputs, in the model's order. */
  readonly outputNames: string[];
  /** What computes. */
  readonly backend: "gpu" | "software gpu" | "cpu";
  /** The name of the adapter. */
  readonly adapter: string;
  /** How tensors are stored, see the option of this name. */
  readonly tier: "baseline" | "half" | "subgroups";
  /** Why tensors are stored as float16 though nobody asked for it; empty where they are not. */
  readonly narrowed: string;
}
