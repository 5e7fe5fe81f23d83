import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { z } from "zod";
import { loadRegistry } from "../../shared/model/registry.ts";
import { cli } from "../support/cli.ts";
import { repositoryFile } from "../support/client.ts";

const GRAPHS = "test/fixtures/graphs";
const FLOATS = { dtype: "float32", shape: ["batch", 2] };

const speedSchema = z
  .strictObject({
    max_batch_size: z.number(),
    proposed_max_batch_size: z.number().nullable(),
    batches: z.array(
      z.strictObject({
        batch_size: z.number(),
        runs: z.int().positive(),
        rows_per_second: z.number().positive(),
        worst_rows_per_second: z.number().positive(),
        batch_ms: z.number().positive(),
      }),
    ),
  })
  .nullable();

const reportsSchema = z.array(
  z.strictObject({
    model: z.string(),
    ok: z.boolean(),
    findings: z.array(
      z.strictObject({
        level: z.enum(["bad", "note"]),
        rule: z.string().min(1),
        place: z.string().min(1),
        why: z.string().min(1),
        fix: z.string().min(1),
      }),
    ),
    goldens: z.strictObject({ cases: z.number(), failed: z.number() }).nullable(),
    neighbours: z.strictObject({ batches: z.number(), changed: z.number() }).nullable(),
    speed: speedSchema,
    gpu: z.null(), // unless one is asked for
    cpu_speed: z.null(),
    advice: z.null(),
  }),
);

type Report = z.infer<typeof reportsSchema>[number];

const models = mkdtempSync(join(tmpdir(), "scoreline-check-"));
after(() => rmSync(models, { recursive: true }));

interface Given {
  readonly graph?: string | Buffer;
  readonly manifest?: object;
  /** Inputs of goldens with their outputs; none: no golden.json. */
  readonly goldens?: readonly (readonly [input: unknown, output: unknown])[];
}

/** Puts a version of a graph of the fixtures into the models' folder. */
function place(name: string, { graph = "good-newest", manifest, goldens }: Given): void {
  const folder = join(models, name, "1");
  mkdirSync(folder, { recursive: true });
  const bytes = typeof graph === "string" ? repositoryFile(`${GRAPHS}/${graph}.onnx`) : graph;
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const json = {
    name,
    version: 1,
    file: { path: "model.onnx", bytes: bytes.length, sha256 },
    inputs: [{ name: "x", ...FLOATS }],
    outputs: [{ name: "y", ...FLOATS }],
    pipeline: { type: "tensor" },
    ...manifest,
  };
  writeFileSync(join(folder, "model.onnx"), bytes);
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(json));
  if (goldens === undefined) return;
  const cases = goldens.map(([input, output], i) => {
    return { name: `${i}`, input, parameters: {}, output };
  });
  writeFileSync(
    join(folder, "golden.json"),
    JSON.stringify({ tolerance: { probability: 1e-5 }, cases }),
  );
}

async function check(...words: string[]): Promise<{ code: unknown; reports: readonly Report[] }> {
  const { code, out, err } = await cli(["models", "check", ...words, "--json"], {
    MODELS_DIR: models,
  });
  assert.notEqual(out, "", err);
  return { code, reports: reportsSchema.parse(JSON.parse(out)) };
}

/** One version, placed, checked without measuring. */
async function checkOne(name: string, given: Given): Promise<{ code: unknown; report: Report }> {
  place(name, given);
  const { code, reports } = await check(name, "--no-measure");
  const [report] = reports;
  assert.ok(report !== undefined && reports.length === 1);
  return { code, report };
}

const summary = ({ findings }: Report): string[] =>
  findings.map(({ level, rule, place: at }) => `${level} ${rule} ${at}`);

describe("scoreline models check, of the models here", () => {
  it("finds nothing bad, all goldens as expected, and no row that changes in company", async () => {
    const { code, out, err } = await cli(["models", "check", "--no-measure", "--json"]);
    assert.equal(code, 0, out + err);
    const reports = reportsSchema.parse(JSON.parse(out));
    assert.deepEqual(
      reports.map(({ model }) => model),
      loadRegistry("models").versions.map(({ id }) => id),
    );
    for (const { model, findings, goldens, neighbours } of reports) {
      if (findings.some(({ rule }) => rule === "file")) continue; // not pulled
      assert.deepEqual(findings, [], model);
      assert.ok(goldens !== null && goldens.cases > 0 && goldens.failed === 0, model);
      assert.ok(neighbours !== null && neighbours.batches > 0 && neighbours.changed === 0, model);
    }
    assert.ok(reports.filter(({ goldens }) => goldens !== null).length >= 4);
    assert.match(err, /^wine@1: 178 goldens$/m);
  });

  it("measures them, and marks what the manifest says and what is proposed", async () => {
    const words = ["models", "check", "wine", "--seconds", "0.02"];
    const { code, out, err } = await cli(words);
    assert.equal(code, 0, err);
    assert.match(out, /^wine@1: ok\n {2}178 of 178 goldens as expected; in 9 mixed batches none /);
    assert.match(out, /^ {2}BATCH +ROWS\/S +WORST ROUND +MS$/m);
    assert.match(out, /^ {2}64 +\d+ .*manifest/m);
    assert.match(out, /^ {2}\d+ +.*proposed$/m);
    const speed = reportsSchema.parse(JSON.parse((await cli([...words, "--json"])).out))[0]?.speed;
    assert.equal(speed?.max_batch_size, 64);
    assert.deepEqual(
      speed?.batches.map(({ batch_size: size }) => size),
      [1, 2, 4, 8, 16, 32, 64],
    );
    assert.ok(speed.batches.every((one) => one.rows_per_second >= one.worst_rows_per_second));
    assert.ok(speed.batches.some((one) => one.batch_size === speed.proposed_max_batch_size));
  });
});

describe("scoreline models check", () => {
  const right = [[{ x: [1, 2] }, { y: [2, 4] }]] as const;

  it("passes a version that is right, with a note when nothing says what is right", async () => {
    const good = await checkOne("right", { goldens: right });
    assert.deepEqual([good.code, summary(good.report)], [0, []]);
    assert.deepEqual(good.report.goldens, { cases: 1, failed: 0 });
    assert.equal(good.report.neighbours, null);
    const { out } = await cli(["models", "check", "right", "--no-measure"], { MODELS_DIR: models });
    assert.match(out, /; one golden: mixed batches not tested$/m);
    const without = await checkOne("untold", {});
    assert.deepEqual([without.code, summary(without.report)], [0, ["note golden golden.json"]]);
    assert.equal(without.report.goldens, null);
  });

  it("reports a manifest with faults by itself, and goes on with the others", async () => {
    place("sound", { goldens: right });
    place("faulty", { manifest: { pipeline: { type: "nonsense" } } });
    const { code, reports } = await check("faulty", "sound", "--no-measure");
    rmSync(join(models, "faulty"), { recursive: true });
    assert.equal(code, 1);
    assert.deepEqual(
      reports.map(({ model, ok }) => [model, ok]),
      [
        ["faulty@1", false],
        ["sound@1", true],
      ],
    );
    assert.deepEqual(reports.flatMap(summary), ["bad manifest manifest.json"]);
  });

  it("refuses a provider that there is not, and names those that there are", async () => {
    const { code, err } = await cli(["models", "check", "--provider", "openvino"]);
    assert.equal(code, 2);
    assert.match(err, /--provider is one of cpu, webgpu, cuda, tensorrt/);
  });

  it("tries a version that is for GPUs on the CPU", async () => {
    const manifest = { execution_providers: ["cuda"] };
    const { code, report } = await checkOne("for-gpus", { manifest, goldens: right });
    assert.deepEqual([code, report.goldens], [0, { cases: 1, failed: 0 }]);
  });

  it("finds goldens that come out otherwise or are refused, and files of goldens that are none", async () => {
    const wrong = await checkOne("wrong", {
      goldens: [...right, [{ x: [1, 2] }, { y: [2, 5] }], [{ x: [0, 0] }, { y: [1, 1] }]],
    });
    assert.equal(wrong.code, 1);
    assert.deepEqual(summary(wrong.report), ['bad golden golden "1" and 1 more']);
    assert.equal(wrong.report.findings[0]?.why, "/y/1: 4 instead of 5.");
    assert.deepEqual(wrong.report.goldens, { cases: 3, failed: 2 });
    const misfit = await checkOne("misfit", { goldens: [[{ x: [1] }, { y: [2] }]] });
    assert.deepEqual([misfit.code, summary(misfit.report)], [1, ["bad golden golden.json"]]);
    assert.match(misfit.report.findings[0]?.why ?? "", /^It cannot be used: \/x: /);
  });

  it("finds rows that change with their neighbours, unless they never have any", async () => {
    // Alone, a row less its own mean is nothing.
    const goldens = [
      [{ x: [1, 2] }, { y: [0, 0] }],
      [{ x: [3, 8] }, { y: [0, 0] }],
    ] as const;
    const changed = await checkOne("changed", { graph: "batch-mean", goldens });
    assert.equal(changed.code, 1);
    assert.deepEqual(summary(changed.report), ['bad neighbours row "0" and 1 more']);
    assert.match(changed.report.findings[0]?.why ?? "", /\/y\/0: -1 instead of 0 alone\.$/);
    assert.deepEqual(changed.report.neighbours, { batches: 3, changed: 2 });
    const manifest = { batching: { max_batch_size: 1 } };
    const alone = await checkOne("alone", { graph: "batch-mean", goldens, manifest });
    assert.deepEqual([alone.code, summary(alone.report)], [0, []]);
  });

  it("finds a graph that says it takes batches, and is fixed to one row within", async () => {
    const goldens = [[{ x: [1, 2] }, { y: [1, 2] }]] as const;
    const { code, report } = await checkOne("fixed", { graph: "fixed-inside", goldens });
    assert.deepEqual([code, summary(report)], [1, ["bad batch-dimension a batch of 2"]]);
  });

  it("says of operator sets what the runner says too: they do not load", async () => {
    const graphs = ["opset-too-new", "ml-too-new", "format-too-new", "opset-too-old"];
    for (const graph of graphs) place(graph, { graph, goldens: right });
    const { code, reports } = await check(...graphs, "--no-measure");
    assert.equal(code, 1);
    for (const { model, findings } of reports) {
      const rules = findings.map(({ level, rule }) => `${level} ${rule}`);
      assert.deepEqual(rules, ["bad opset", "bad load"], model);
    }
    assert.equal(reports.length, graphs.length);
  });

  it("finds a manifest that says otherwise than its graph, and a file that is another one", async () => {
    const manifest = { inputs: [{ ...FLOATS, name: "z" }] };
    const named = await checkOne("named", { manifest });
    assert.equal(named.code, 1);
    assert.match(
      named.report.findings.map(({ rule, why }) => `${rule} ${why}`).join("\n"),
      /^load the manifest lacks the input "x"$/m,
    );
    place("damaged", {});
    writeFileSync(join(models, "damaged/1/model.onnx"), "garbage");
    const { code, reports } = await check("damaged", "--no-measure");
    assert.deepEqual([code, reports.flatMap(summary)], [1, ["bad file model.onnx"]]);
  });

  it("reports a run that takes too long, and ends", async () => {
    const folder = "test/fixtures/models/slow-text/1";
    const files = { graph: repositoryFile(`${folder}/model.onnx`) };
    const known: unknown = JSON.parse(repositoryFile(`${folder}/manifest.json`).toString());
    const { inputs, outputs, pipeline } = z
      .object({ inputs: z.unknown(), outputs: z.unknown(), pipeline: z.unknown() })
      .parse(known);
    const manifest = { inputs, outputs, pipeline, run_timeout_ms: 100 };
    mkdirSync(join(models, "slow/1"), { recursive: true });
    writeFileSync(join(models, "slow/1/answers.json"), readFileSync(`${folder}/answers.json`));
    const goldens = [[{ text: "hang" }, { matches: [] }]] as const;
    const { code, report } = await checkOne("slow", { ...files, manifest, goldens });
    assert.equal(code, 1);
    assert.deepEqual(summary(report), ["bad run model.onnx"]);
    assert.match(report.findings[0]?.why ?? "", /no answer within 100 ms/);
  });

  it("looks at files that are no version yet, and fits 80 columns", async () => {
    const graphs = readdirSync(GRAPHS).filter((name) => name.endsWith(".onnx"));
    const { code, out } = await cli([
      "models",
      "check",
      ...graphs.map((name) => `${GRAPHS}/${name}`),
    ]);
    assert.equal(code, 1);
    assert.match(out, /^test\/fixtures\/graphs\/good-text\.onnx: ok$/m);
    assert.match(out, /^test\/fixtures\/graphs\/zipmap\.onnx: 1 bad$/m);
    assert.match(out, /^ {12}to_onnx\(model, .*\{"zipmap": False\}\}\)$/m);
    assert.deepEqual(
      out.split("\n").filter((line) => line.length > 80),
      [],
    );
    const note = await check(`${GRAPHS}/text-stop-words.onnx`);
    assert.deepEqual([note.code, note.reports.map(({ ok }) => ok)], [0, [true]]);
  });

  it("says what is no model, and which seconds it takes", async () => {
    const missing = await cli(["models", "check", "missing.onnx"]);
    assert.equal(missing.code, 1);
    assert.match(missing.err, /^scoreline: missing\.onnx cannot be read: there is no such file$/m);
    for (const seconds of ["0", "soon"]) {
      const { code, err } = await cli(["models", "check", "wine", `--seconds=${seconds}`]);
      assert.equal(code, 2);
      assert.match(err, /--seconds is more than 0 and at most 60/);
    }
  });
});
