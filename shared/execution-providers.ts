/** What ONNX Runtime may run a graph on. */
export const EXECUTION_PROVIDERS = ["cpu", "webgpu", "cuda", "tensorrt"] as const;
