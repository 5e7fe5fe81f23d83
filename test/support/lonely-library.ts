/** Loads ONNX Runtime as somebody does who says nothing of telemetry. */
delete process.env["ORT_DISABLE_TELEMETRY"];
const { InferenceSession } = await import("onnxruntime-node");
await InferenceSession.create("models/wine/1/model.onnx");
process.stdout.write("loaded\n");
setInterval(() => {}, 60_000);
