import assert from "node:assert/strict";
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, describe, it } from "node:test";
import { z } from "zod";
import { addVersion, type Made } from "../../cli/models/add/add-version.ts";
import { checkFile } from "../../cli/models/check/check-version.ts";
import { commandHost } from "../../cli/models/command-host.ts";
import { Questions } from "../../cli/terminal/questions.ts";
import { contractOf } from "../../shared/model/manifest.ts";
import { RunnerProcess } from "../../worker/score/runner-process.ts";
import { repositoryFile } from "../support/client.ts";
import { assertClose } from "../support/close.ts";
import { readManifest, runRows } from "../support/score.ts";

const FIXTURES = "test/fixtures/exporters";
const rowSchema = z.record(z.string(), z.unknown());
type Row = z.infer<typeof rowSchema>;
const casesSchema = z.array(z.object({ input: rowSchema, output: rowSchema }));
const answers = z
  .record(z.string(), casesSchema)
  .parse(JSON.parse(repositoryFile(`${FIXTURES}/answers.json`).toString()));

const models = mkdtempSync(join(tmpdir(), "exporters-"));
const runner = new RunnerProcess(commandHost());
after(async () => {
  runner.kill();
  await runner.gone;
  rmSync(models, { recursive: true });
});

type Flags = Readonly<Record<string, string | boolean>>;

async function add(path: string, flags: Flags): Promise<Made> {
  const name = `${basename(path, ".onnx")}-${readdirSync(models).length}`;
  return addVersion(path, new Questions({ name, ...flags }, null), {
    models,
    photos: "models/image-classification/photos",
    isForced: false,
    isDry: false,
    onStep: () => undefined,
    runner,
  });
}

async function refusal(path: string, flags: Flags = {}): Promise<string> {
  const before = readdirSync(models);
  const error: unknown = await add(path, flags).catch((reason: unknown) => reason);
  assert.ok(error instanceof Error, `${path} was added`);
  assert.deepEqual(readdirSync(models), before);
  return error.message;
}

/** What a version answers to each row by itself, and to all of them together. */
async function outputsOf({ folder }: Made, inputs: readonly unknown[]): Promise<unknown[][]> {
  const { input } = contractOf(readManifest(folder ?? ""));
  const rows = inputs.map((one) => input.parse(one));
  const runs = [...rows.map((row) => [row]), rows];
  const results = [];
  for (const run of runs) {
    const { outputs, failures } = await runRows(folder ?? "", run);
    results.push(...outputs.map((one, i): unknown => failures[i] ?? JSON.parse(String(one))));
  }
  return [results.slice(0, rows.length), results.slice(rows.length)];
}

/** As a graph with four numbers named x0 to x3. */
const columns = ({ x }: Row): Row =>
  Object.fromEntries(
    z
      .array(z.unknown())
      .parse(x)
      .map((value, i) => [`x${i}`, value]),
  );

const asIs = (row: Row): Row => row;
const tensor = { pipeline: "tensor" };
const alone = { unbatched: true };

/** What a person has to say of each graph, and what clients send for a row of it. */
const added: Readonly<Record<string, readonly [Flags, (input: Row) => Row]>> = {
  "one-row-declared": [{}, columns],
  "no-shape": [{}, columns],
  "fixed-to-one": [alone, columns],
  "weights-beside": [{}, columns],
  half: [{}, columns],
  "two-batches": [alone, asIs],
  suppression: [alone, asIs],
  "same-question": [tensor, asIs],
  "same-none": [tensor, asIs],
  "same-unknown": [tensor, asIs],
  "same-minus": [tensor, asIs],
  "two-questions": [tensor, asIs],
  "long-name": [{}, asIs],
  "old-format": [{}, columns],
  digits: [{}, asIs],
  "scalar-beside": [alone, asIs],
  "one-number": [{}, asIs],
  "any-bytes": [{}, asIs],
  logarithm: [{}, columns],
  texts: [{}, asIs],
  state: [{ dimensions: "sequence_length=1..,past_sequence_length=0.." }, asIs],
};

describe("a graph as exporters write it", () => {
  it("is one of those that are added or refused here", () => {
    const graphs = globSync(`${FIXTURES}/*.onnx`).map((path) => basename(path, ".onnx"));
    assert.deepEqual(graphs.toSorted(), [...Object.keys(added), "bfloat"].toSorted());
    assert.deepEqual(Object.keys(answers).toSorted(), Object.keys(added).toSorted());
  });

  for (const [name, [flags, sent]] of Object.entries(added)) {
    it(`is added, and answers as onnxruntime does in Python: ${name}`, async () => {
      const made = await add(`${FIXTURES}/${name}.onnx`, flags);
      const cases = answers[name] ?? [];
      const inputs = cases.map(({ input }) => sent(input));
      for (const outputs of await outputsOf(made, inputs)) {
        assertClose(
          outputs,
          cases.map(({ output }) => output),
        );
      }
    });
  }

  it("is refused for an element type that nobody serves, with a word on what to do", async () => {
    const message = await refusal(`${FIXTURES}/bfloat.onnx`);
    assert.match(
      message,
      /input "x" is of bfloat16.*\nCast it, in the model, to one of\n {2}float16,/,
    );
  });

  it("is refused without a batch, with what it takes and costs to run rows one by one", async () => {
    const wanted = {
      "fixed-to-one": /"x" is \[1, 4\], without a batch.*dynamic_axes/s,
      "two-batches": /"logits" is \[image_batch_size, text_batch_size\], as long as the\nbatch/,
      suppression: /"selected" is \[0, 3\] for 1 row, and \[0, 3\] for 3: it has not a row/,
      "scalar-beside": /"k" is \[\], without a batch/,
    };
    for (const [name, why] of Object.entries(wanted)) {
      const message = await refusal(`${FIXTURES}/${name}.onnx`);
      assert.match(message, why);
      assert.match(
        message,
        /have every row run by itself: --unbatched\n.*requests never share a run/,
      );
      assert.doesNotMatch(message, /--outputs/);
    }
  });

  it("has no room for settings of batches where rows run one by one", async () => {
    const flags = { ...alone, "max-batch-size": "8" };
    const message = await refusal(`${FIXTURES}/suppression.onnx`, flags);
    assert.match(message, /^--max-batch-size 8: rows of an unbatched version are run one by one/);
    const table = await refusal(`${FIXTURES}/suppression.onnx`, { ...alone, pipeline: "tabular" });
    assert.match(table, /^--pipeline tabular: without a batch/);
  });

  it("is served with shapes of its own where it has no batch, else row by row", async () => {
    const whole = await add(`${FIXTURES}/two-batches.onnx`, alone);
    assert.ok(whole.manifest.unbatched);
    assert.deepEqual(
      [...whole.manifest.inputs, ...whole.manifest.outputs].map(({ shape }) => shape),
      [
        ["image_batch_size", 4],
        ["text_batch_size", 4],
        ["image_batch_size", "text_batch_size"],
      ],
    );
    const { manifest } = await add(`${FIXTURES}/fixed-to-one.onnx`, alone);
    assert.ok(!manifest.unbatched);
    assert.equal(manifest.batching.max_batch_size, 1);
    assert.deepEqual(manifest.inputs[0]?.shape, ["batch", 4]);
  });

  it("brings its weights along, or says what is missing", async () => {
    const { folder, manifest } = await add(`${FIXTURES}/weights-beside.onnx`, {});
    const [weights] = manifest.file.weights;
    assert.equal(weights?.path, "weights-beside.onnx.data");
    assert.ok(existsSync(join(folder ?? "", weights.path)));
    const lonely = join(mkdtempSync(join(models, "lonely-")), "lonely.onnx");
    copyFileSync(`${FIXTURES}/weights-beside.onnx`, lonely);
    assert.match(
      await refusal(lonely),
      /weights are in weights-beside\.onnx\.data,\nwhich is not beside it/,
    );
  });

  it("is found sound by `models check` where only its declared shapes are not", async () => {
    for (const name of ["one-row-declared", "no-shape", "same-question", "weights-beside"]) {
      const { findings } = await checkFile(`${FIXTURES}/${name}.onnx`);
      assert.deepEqual(findings, [], name);
    }
    const { findings } = await checkFile(`${FIXTURES}/suppression.onnx`);
    assert.deepEqual(
      findings.map(({ rule, place }) => `${rule} ${place}`),
      ['batch-dimension output "selected"'],
    );
  });
});

describe("a graph with a ZipMap", () => {
  const path = "test/fixtures/strangers/iris-zipmap.onnx";
  const measures = ["a", "b", "c", "d"];
  const flags = { "plain-outputs": true, columns: measures.join() };

  it("is refused, with both ways out", async () => {
    const message = await refusal(path);
    assert.match(message, /"output_probability" is a sequence of maps/);
    assert.match(message, /\{"zipmap": False\}.*\n.*--plain-outputs/);
  });

  it("is served without it when its owner agrees, with the answers of the export without", async () => {
    const made = await add(path, flags);
    assert.match(
      made.notes.join(),
      /\(ZipMap\) removed.*"output_label" is the original's, bit for bit/,
    );
    assert.match(readFileSync(join(made.folder ?? "", "card.md"), "utf8"), /\(ZipMap\) removed/);
    const cases = casesSchema.parse(
      JSON.parse(repositoryFile("test/fixtures/strangers/iris.json").toString()),
    );
    const inputs = cases.map(({ input }) => {
      const values = z.array(z.number()).parse(Object.values(input)[0]);
      return Object.fromEntries(measures.map((name, i) => [name, values[i]]));
    });
    const wanted = cases.map(({ output }) => ({
      label: output["label"],
      probabilities: Object.fromEntries(
        z
          .array(z.number())
          .parse(output["probabilities"])
          .map((value, i) => [String(i), value]),
      ),
    }));
    const [one] = await outputsOf(made, inputs);
    assertClose(
      one?.map((output) => ({ ...z.record(z.string(), z.unknown()).parse(output) })),
      wanted,
    );
  });

  it("leaves the sequence out when its owner serves the label alone", async () => {
    const { manifest, notes } = await add(path, { outputs: "output_label", columns: "a,b,c,d" });
    assert.deepEqual(
      manifest.outputs.map(({ name }) => name),
      ["output_label"],
    );
    assert.deepEqual(notes, []);
  });
});

describe("a graph with a sequence of tensors", () => {
  it("is served with an output for each of them", async () => {
    const { manifest } = await add("test/fixtures/graphs/sequence.onnx", { "plain-outputs": true });
    assert.deepEqual(
      manifest.outputs.map(({ name, shape }) => [name, shape]),
      [
        ["parts_0", ["batch", 2]],
        ["parts_1", ["batch", 2]],
      ],
    );
  });
});
