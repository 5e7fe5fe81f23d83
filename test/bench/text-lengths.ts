import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { contractOf } from "../../shared/model/manifest.ts";
import { pipelineFor } from "../../worker/runner/pipelines.ts";
import { postJson } from "../support/client.ts";
import { writeVersion } from "../support/hub-folders.ts";
import { System } from "../support/system.ts";

const USAGE = `node test/bench/text-lengths.ts FOLDER [seconds]

Tokens a second of a text-embedding model, added from its Hugging Face FOLDER, by 64 clients: texts of
all lengths, beside texts of one length, in turns of so many seconds (10). And how much of what the
graph gets is padding, in batches as they come.
`;

const CLIENTS = 64;
const ROUNDS = 3;
const WORD = "hello ";

const outputSchema = z.object({ tokens: z.int() });

async function main(): Promise<void> {
  const [given, seconds = "10"] = process.argv.slice(2);
  if (given === undefined) return print(USAGE);
  const models = mkdtempSync(join(tmpdir(), "scoreline-lengths-"));
  const { manifest, folder } = await writeVersion(resolve(given), models);
  if (manifest.pipeline.type !== "text-embedding") return print(USAGE);
  const { max } = manifest.pipeline.tokens;
  await using system = await System.start({ MODELS_DIR: models });
  system.removes(models);
  const url = `${system.url}/v1/models/${basename(given)}/jobs`;
  // Two special tokens, and a word each; the mean of all lengths is half of the longest.
  const mixed = (i: number): string => WORD.repeat(1 + ((i * 97) % (max - 2)));
  const equal = (): string => WORD.repeat(Math.round(max / 2) - 2);
  const ratios: number[] = [];
  await tokensASecond(url, mixed, 3);
  for (let round = 1; round <= ROUNDS; round += 1) {
    const ofEqual = await tokensASecond(url, equal, Number(seconds));
    const ofMixed = await tokensASecond(url, mixed, Number(seconds));
    ratios.push(ofMixed / ofEqual);
    print(
      `round ${round}  equal ${ofEqual.toFixed(0)} tokens/s  mixed ${ofMixed.toFixed(0)} tokens/s  ratio ${(ofMixed / ofEqual).toFixed(2)}`,
    );
  }
  const middle = ratios.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? NaN;
  print(`\nmixed ÷ equal, median of the rounds: ${middle.toFixed(2)}`);

  const pipeline = await pipelineFor(manifest, folder);
  const contract = contractOf(manifest);
  const size = manifest.batching.max_batch_size;
  let filled = 0;
  let all = 0;
  for (let from = 0; from < 40 * size; from += size) {
    const rows = Array.from({ length: size }, (_, i) =>
      contract.input.parse({ text: mixed(from + i) }),
    );
    const parameters = rows.map(() => contract.parameters.parse({}));
    for (const stack of (await pipeline.encode(rows, parameters)).stacks) {
      const { attention_mask: mask } = stack.inputs();
      if (mask?.dtype !== "int64") throw new Error("the graph has no mask of int64");
      all += mask.data.length;
      filled += mask.data.reduce((sum, one) => sum + Number(one), 0);
    }
  }
  print(`padding in batches of ${size}: ${(100 * (1 - filled / all)).toFixed(1)} %`);
}

/** A closed loop of clients. */
async function tokensASecond(
  url: string,
  text: (i: number) => string,
  seconds: number,
): Promise<number> {
  const beganMs = performance.now();
  const untilMs = beganMs + seconds * 1000;
  let tokens = 0;
  const loops = Array.from({ length: CLIENTS }, async (_, client) => {
    for (let i = client; performance.now() < untilMs; i += CLIENTS) {
      const input = { text: text(i) };
      const parameters = { encoding_format: "base64" };
      const { body } = await postJson(url, { input, parameters });
      tokens += outputSchema.parse(body.output).tokens;
    }
  });
  await Promise.all(loops);
  return (1000 * tokens) / (performance.now() - beganMs);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

await main();
