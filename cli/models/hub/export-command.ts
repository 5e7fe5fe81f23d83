import { quoted } from "../../../gateway/page/browser/call/quote.ts";
import type { HubConfig } from "./hub-files.ts";

/** What makes a graph of a folder's weights, in a Python that has `pip install optimum-onnx[onnxruntime]`. */
export function exportCommand(path: string, config: HubConfig): string {
  const task = taskOf(config);
  return `optimum-cli export onnx --model ${quoted(path)} --task ${task} ${quoted(`${path}/onnx`)}`;
}

/** As Hugging Face's exporter calls it. */
function taskOf({ architectures }: HubConfig): string {
  const [made = ""] = architectures ?? [];
  if (made.endsWith("ForSequenceClassification")) return "text-classification";
  if (made.endsWith("ForTokenClassification")) return "token-classification";
  if (made.endsWith("ForObjectDetection")) return "object-detection";
  if (made.endsWith("ForImageClassification")) return "image-classification";
  return "feature-extraction";
}
