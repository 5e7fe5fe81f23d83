import { modelBytes, type Manifest } from "../../../shared/model/manifest.ts";
import type { OnnxModel } from "../onnx/graph.ts";
import { megabytes } from "../../terminal/units.ts";

/**
 * What `card.md` begins as: what the file says, and what only its maker knows.
 *
 * @param notes on what was done to the file, a sentence each
 */
export function cardOf(
  { producer, opsets }: OnnxModel,
  manifest: Manifest,
  notes: readonly string[],
): string {
  const { name, version, pipeline, license } = manifest;
  const maker = producer.name === "" ? "an unnamed tool" : `${producer.name} ${producer.version}`;
  const sets = [...opsets].map(([domain, number]) => `${domain || "ai.onnx"} ${number}`).join(", ");
  return `# ${name}, version ${version}

${manifest.description || "What it does: to be written."}

## Source and licence

- File: ${megabytes(modelBytes(manifest))}, written by ${maker.trim()}; operator sets: ${sets}.
${notes.map((note) => `- ${note}\n`).join("")}- Added with \`scoreline models add\`, pipeline \`${pipeline.type}\`.
- Data and training: to be written.
- Licence: ${license ?? "to be written"}.

## How good it is, and where it fails

To be written, with the data it was measured on.
${gapsIn(manifest)}
\`golden.json\` holds what the model answered when it was added. It shows when answers change, not
that they are right: put cases in whose answers you know.
`;
}

function gapsIn({ pipeline, inputs }: Manifest): string {
  const columns = pipeline.type === "tabular" ? pipeline.columns : inputs;
  const names = columns.flatMap(({ name, missing }) => (missing === undefined ? [] : [name]));
  return names.length === 0 ? "" : `\nValues may be missing in: ${names.join(", ")}.\n`;
}
