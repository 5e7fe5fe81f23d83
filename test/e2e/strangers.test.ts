import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { cli } from "../support/cli.ts";
import { postJson, repositoryFile } from "../support/client.ts";
import { assertClose } from "../support/close.ts";
import { System } from "../support/system.ts";

/** A row of every input or output of a graph, by its names there. */
const rowSchema = z.record(z.string(), z.unknown());
type Row = z.infer<typeof rowSchema>;
const casesSchema = z.array(z.object({ input: rowSchema, output: rowSchema })).min(50);
const floats = z.array(z.number());

/** A file nobody made for us, and all that its owner has to say of it. */
interface Stranger {
  readonly flags: readonly string[];
  /** What a client sends for these inputs of the graph. */
  readonly sent: (input: Row) => unknown;
  /** What the API answers where onnxruntime gives these outputs. */
  readonly answer: (output: Row) => unknown;
  readonly parameters?: object;
  /** Whose inputs and answers it has, if not its own. */
  readonly cases?: string;
  /** Where it lies, if not with the others. */
  readonly folder?: string;
  /** As many as it takes at once. */
  readonly most?: number;
  /** How far a number may be off. */
  readonly tolerance?: number;
}

const asIs = (row: Row): unknown => row;

/** A record of the one input of a graph, its elements under these names. */
const named =
  (names: readonly string[]) =>
  (input: Row): unknown => {
    const [values] = Object.values(input).map((tensor) => floats.parse(tensor));
    return Object.fromEntries(names.map((name, i) => [name, values?.[i]]));
  };

/** A record of inputs with one element each. */
const single = (input: Row): unknown =>
  Object.fromEntries(Object.entries(input).map(([name, value]) => [name, Object(value)[0]]));

const byClass =
  (classes: readonly string[]) =>
  ({ probabilities, ...others }: Row): unknown => {
    const values = floats.parse(probabilities);
    return {
      ...others,
      probabilities: Object.fromEntries(classes.map((one, i) => [one, values[i]])),
    };
  };

const softmax = (logits: readonly number[]): number[] => {
  const powers = logits.map(Math.exp);
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
};

/** Every class with its probability, most probable first. */
const topClasses = (output: Row, activation = softmax): unknown => {
  const [values] = Object.values(output).map((tensor) => floats.parse(tensor));
  const all = activation(values ?? []).map((probability, index) => ({
    label: `class_${index}`,
    index,
    probability,
  }));
  return { predictions: all.toSorted((a, b) => b.probability - a.probability) };
};

const COLOURS = "red,green,painter's blue";
const measures = ["sepal_length", "sepal_width", "petal_length", "petal_width"];
const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `x${i}`);

/** A detector's answers in Python. Coordinates count pixels: what sums are off by is larger with them. */
const detector = (flags: readonly string[], parameters: object): Stranger => ({
  flags,
  parameters,
  sent: asIs,
  answer: asIs,
  folder: "detectors",
  tolerance: 1e-3,
  most: 8,
});

const HOUSES: Stranger = {
  flags: [],
  sent: named(numbered(6)),
  answer: ({ price, kind }) => ({ price: floats.parse(price)[0], kind }),
};

const strangers: Readonly<Record<string, Stranger>> = {
  iris: {
    flags: ["--columns", measures.join()],
    sent: named(measures),
    answer: byClass(["0", "1", "2"]),
  },
  diabetes: {
    flags: [],
    sent: named(numbered(10)),
    answer: ({ variable }) => ({ variable: floats.parse(variable)[0] }),
  },
  passengers: { flags: [], sent: single, answer: byClass(["died", "lived"]) },
  tokens: { flags: ["--dimensions", "sequence=..32"], sent: asIs, answer: asIs },
  shapes: {
    flags: ["--pixels", "0..1"],
    sent: asIs,
    answer: (output) => topClasses(output),
    parameters: { top_k: 10 },
  },
  houses: HOUSES,
  "houses-external": { ...HOUSES, cases: "houses" },
  yolo: detector([], { iou_threshold: 0.2 }),
  "yolo-one": {
    ...detector(["--unbatched"], { iou_threshold: 0.2 }),
    cases: "yolo",
    most: 1,
  },
  yolox: detector(["--labels", COLOURS, "--pixels", "0..255"], { iou_threshold: 0.2 }),
  "end-to-end": detector(["--labels", COLOURS, "--pixels", "0..1"], {}),
  detr: detector(["--labels", COLOURS, "--pixels", "0..1"], { threshold: 0.55 }),
  // Declares its label as one element for however many rows.
  lightgbm: { flags: [], sent: named(numbered(13)), answer: byClass(["0", "1", "2"]) },
  xgboost: { flags: [], sent: named(numbered(8)), answer: byClass(["0", "1"]) },
  catboost: {
    flags: [],
    sent: named(numbered(10)),
    answer: ({ predictions }) => ({ predictions: floats.parse(predictions)[0] }),
  },
  keras: {
    flags: ["--pixels", "0..255"],
    sent: asIs,
    answer: (output) => topClasses(output, (probabilities) => [...probabilities]),
    parameters: { top_k: 5 },
  },
  optimum: { flags: ["--dimensions", "sequence_length=..32"], sent: asIs, answer: asIs },
};

const GAPS = "test/fixtures/strangers/gaps.csv";
/** By scikit-learn: the label, and how probable it is that one lived. */
const predictionsSchema = z.array(z.tuple([z.string(), z.number()])).length(1000);
const scoredSchema = z.object({
  output: z.object({ label: z.string(), probabilities: z.object({ lived: z.number() }) }),
});

const pathOf = (name: string, { folder: kind = "strangers" }: Partial<Stranger> = {}): string =>
  `test/fixtures/${kind}/${name}`;

let folder = "";
const add = async (name: string, flags: readonly string[]): ReturnType<typeof cli> =>
  cli(["models", "add", `${pathOf(name, strangers[name])}.onnx`, "--name", name, ...flags], {
    MODELS_DIR: folder,
  });

describe("a stranger's file", () => {
  let system: System & { url: string };
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "strangers-"));
    for (const [name, { flags }] of Object.entries(strangers)) {
      const { code, err } = await add(name, flags);
      assert.equal(code, 0, err);
    }
    const { code, out, err } = await add("gaps", ["--columns", GAPS]);
    assert.equal(code, 0, err);
    assert.match(out, /^missing +allowed in all columns: null, left out, or empty in CSV$/m);
    const card = readFileSync(join(folder, "gaps/1/card.md"), "utf8");
    assert.match(card, /^Values may be missing in: age, fare, sex, embarked, first class\.$/m);
    system = await System.start({ MODELS_DIR: folder });
  });
  after(() => rmSync(folder, { recursive: true }));
  after(async () => system[Symbol.asyncDispose]());

  for (const [name, stranger] of Object.entries(strangers)) {
    const { sent, answer, parameters = {}, tolerance, most = 30, cases: own } = stranger;
    it(`answers as onnxruntime does in Python: ${name}`, async () => {
      const cases = casesSchema.parse(
        JSON.parse(repositoryFile(`${pathOf(own ?? name, stranger)}.json`).toString()),
      );
      const url = `${system.url}/v1/models/${name}/jobs`;
      const replies = await Promise.all(
        cases.map(async ({ input }) => postJson(url, { input: sent(input), parameters })),
      );
      for (const [i, { status, body }] of replies.entries()) {
        assert.equal(status, 200, body.detail);
        assertClose(body.output, answer(cases[i]?.output ?? {}), tolerance);
      }
      const some = cases.slice(0, most);
      const inputs = some.map(({ input }) => sent(input));
      const { body } = await postJson(url, { inputs, parameters });
      assertClose(
        body.outputs,
        some.map(({ output }) => answer(output)),
        tolerance,
      );
    });
  }

  it("with gaps scores a thousand rows of pandas as scikit-learn does", async () => {
    const out = join(folder, ".gaps.ndjson");
    const { code, err } = await cli(["batch", "submit", GAPS, "--model", "gaps", "--out", out], {
      SCORELINE_API_KEY: system.key,
      PORT: new URL(system.url).port,
    });
    assert.equal(code, 0, err);
    const scored = readFileSync(out, "utf8").trimEnd().split("\n");
    const wanted = predictionsSchema.parse(
      JSON.parse(repositoryFile("test/fixtures/strangers/gaps.json").toString()),
    );
    const outputs = scored.map((line) => scoredSchema.parse(JSON.parse(line)).output);
    assert.deepEqual(
      outputs.map(({ label }) => label),
      wanted.map(([label]) => label),
    );
    assertClose(
      outputs.map(({ probabilities: { lived } }) => lived),
      wanted.map(([, lived]) => lived),
      1e-6,
    );
  });

  it("with gaps takes each of them as null, as nothing, and as we write it", async () => {
    const others = { fare: 7.5, sex: "male", "first class": "no" };
    const gaps = [{ age: null, embarked: null }, {}, { age: "NaN", embarked: "nan" }];
    const inputs = gaps.map((gap) => ({ ...others, ...gap }));
    const { body } = await postJson(`${system.url}/v1/models/gaps/jobs`, { inputs });
    const [first, ...more] = body.outputs ?? [];
    assert.ok(first !== undefined, body.detail);
    assert.deepEqual(more, [first, first]);
    const filled = { ...others, age: 35, embarked: "Cherbourg" };
    const other = await postJson(`${system.url}/v1/models/gaps/jobs`, { input: filled });
    assert.notDeepEqual(other.body.output, first);
  });

  it("refuses longer inputs than its owner said it takes", async () => {
    const words = Array.from({ length: 33 }, () => 1);
    const input = { input_ids: words, attention_mask: words };
    const { status, body } = await postJson(`${system.url}/v1/models/tokens/jobs`, { input });
    assert.equal(status, 422);
    assert.equal(body.errors?.[0]?.pointer, "/input/input_ids");
    assert.match(body.errors[0].detail, /has 33 elements where "sequence" is 1 to 32/);
  });

  it("that is a detector refuses limits that are none, and an image that is none", async () => {
    const refused = async (model: string, parameters: object) => {
      const input = { image: Buffer.from("<svg/>").toString("base64") };
      const url = `${system.url}/v1/models/${model}/jobs`;
      const { status, body } = await postJson(url, { input, parameters });
      return [status, body.errors?.[0]?.pointer, body.errors?.[0]?.detail];
    };
    const [threshold, count] = [{ threshold: 2 }, { top_k: 301 }];
    const at = "/parameters";
    assert.deepEqual(await refused("yolo", threshold), [
      422,
      `${at}/threshold`,
      "must be at most 1",
    ]);
    assert.deepEqual(await refused("yolo", count), [422, `${at}/top_k`, "must be at most 300"]);
    // Its graph chooses the boxes.
    const [status, pointer] = await refused("end-to-end", { iou_threshold: 0.5 });
    assert.deepEqual([status, pointer], [422, `${at}/iou_threshold`]);
    const kind = "The file is SVG; images must be JPEG, PNG or WebP.";
    assert.deepEqual(await refused("yolo", {}), [415, "/input", kind]);
  });

  it("with a ZipMap is refused, with what mends the export, or the file", async () => {
    const { code, err } = await add("iris-zipmap", []);
    assert.equal(code, 1);
    assert.match(err, /"output_probability" is a sequence of maps/);
    assert.match(err, /to_onnx\(model, .*\{"zipmap": False\}/);
    assert.match(err, /models add --plain-outputs$/m);
    assert.ok(!existsSync(join(folder, "iris-zipmap")));
  });

  it("of images is not added before somebody says what a pixel is", async () => {
    const { code, err } = await add("shapes", []);
    assert.equal(code, 2);
    assert.match(err, /--pixels is missing/);
  });
});
