import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { loadRegistry } from "../../shared/model/registry.ts";
import { cli, startCli } from "../support/cli.ts";
import { answerSchema, ask, postJson, repositoryFile } from "../support/client.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const STRANGERS = "test/fixtures/strangers";
const HAS_CURL = spawnSync("curl", ["--version"]).status === 0;

const addedSchema = z.object({
  model: z.string(),
  folder: z.string().nullable(),
  assumed: z.record(z.string(), z.string()),
  output: z.unknown(),
  try: z.tuple([z.string(), z.string()]).optional(),
});

const goldenSchema = z.object({ name: z.string(), input: z.unknown(), output: z.unknown() });

const parent = mkdtempSync(join(tmpdir(), "scoreline-add-"));
after(() => rmSync(parent, { recursive: true }));

/** A folder of models of one's own. */
class Models {
  readonly folder = mkdtempSync(join(parent, "models-"));
  /** Of the gateway, for the commands that are printed. */
  port = "8080";
  key = "";

  async add(file: string, ...more: string[]): ReturnType<typeof cli> {
    const path = file.includes("/") ? file : `${STRANGERS}/${file}.onnx`;
    return cli(["models", "add", path, ...more], {
      MODELS_DIR: this.folder,
      PORT: this.port,
      SCORELINE_API_KEY: this.key,
    });
  }

  async added(file: string, ...more: string[]): Promise<z.infer<typeof addedSchema>> {
    const { code, out, err } = await this.add(file, ...more, "--json");
    assert.equal(code, 0, err);
    return addedSchema.parse(JSON.parse(out));
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), "utf8");
  }
}

describe("scoreline models add", () => {
  it("writes a folder that is whole: manifest, graph, default, card, example and golden", async () => {
    const models = new Models();
    const { model, folder, output } = await models.added("iris", "--name", "flowers");
    assert.equal(model, "flowers@1");
    assert.equal(folder, join(models.folder, "flowers/1"));
    const files = ["card.md", "example.json", "golden.json", "manifest.json", "model.onnx"];
    assert.deepEqual(readdirSync(folder).toSorted(), files);
    assert.deepEqual(readdirSync(models.folder), ["flowers"]);
    assert.equal(models.read("flowers/default"), "1\n");
    assert.deepEqual(
      readFileSync(join(folder, "model.onnx")),
      repositoryFile(`${STRANGERS}/iris.onnx`),
    );
    const golden = z
      .object({ cases: z.tuple([goldenSchema, goldenSchema]) })
      .parse(JSON.parse(models.read("flowers/1/golden.json")));
    assert.equal(golden.cases[0].name, "made-up input");
    assert.deepEqual(golden.cases[0].output, output);
    assert.notDeepEqual(golden.cases[1].input, golden.cases[0].input);
    const [version] = loadRegistry(models.folder).versions;
    assert.equal(version?.manifest.pipeline.type, "tabular");
  });

  it("takes what flags say, and lists what it assumed without them", async () => {
    const models = new Models();
    const columns = join(models.folder, "../measures.csv");
    writeFileSync(
      columns,
      '"sepal length",sepal/width,"petal, length", petal-width\r\n5.1,3.5,1.4,0.2\r\n',
    );
    const said = ["--columns", columns, "--labels", "setosa,versicolor,virginica"];
    const { assumed } = await models.added("iris", "--name", "named", ...said);
    assert.deepEqual(assumed, {});
    assert.deepEqual(
      Object.keys(
        z.record(z.string(), z.number()).parse(JSON.parse(models.read("named/1/example.json"))),
      ),
      ["sepal length", "sepal/width", "petal, length", " petal-width"],
    );
    assert.ok(models.read("named/1/manifest.json").includes('"virginica"'));
    const unnamed = await models.added("iris", "--name", "unnamed");
    assert.deepEqual(unnamed.assumed, { columns: "x0,x1,x2,x3" });
  });

  it("writes nothing in a dry run", async () => {
    const models = new Models();
    rmSync(models.folder, { recursive: true });
    const { code, out } = await models.add("passengers", "--name", "passengers", "--dry-run");
    assert.equal(code, 0);
    assert.match(out, /Nothing was written: --dry-run\./);
    assert.ok(!existsSync(models.folder));
  });

  it("writes nothing when the model does not load or run, and says why", async () => {
    const models = new Models();
    const broken = join(parent, "broken.onnx");
    // Whole as a file, but its classifier was made an operator that nobody has.
    const bytes = repositoryFile("models/wine/1/model.onnx").toString("latin1");
    writeFileSync(
      broken,
      Buffer.from(bytes.replaceAll("LinearClassifier", "LinearClassifieR"), "latin1"),
    );
    const load = await models.add(broken, "--name", "broken");
    assert.equal(load.code, 1);
    assert.match(load.err, /cannot be loaded; nothing was written\.\n.*LinearClassifieR/);
    const rows = await models.add("test/fixtures/add/one-row.onnx", "--name", "one-row");
    assert.equal(rows.code, 1);
    assert.match(rows.err, /runs with one row, but not with 3.*--max-batch-size 1/s);
    assert.deepEqual(readdirSync(models.folder), []);
    const alone = await models.add(
      "test/fixtures/add/one-row.onnx",
      "--name",
      "one-row",
      "--max-batch-size",
      "1",
    );
    assert.equal(alone.code, 0, alone.err);
  });

  it("refuses rows that change each other, unless they are run one by one", async () => {
    const models = new Models();
    const file = "test/fixtures/graphs/batch-mean.onnx";
    const { code, err } = await models.add(file, "--name", "mean");
    assert.equal(code, 1);
    assert.match(err, /nothing was written\.\n\n {2}bad {3}neighbours: row "1" and 1 more\n/);
    assert.deepEqual(readdirSync(models.folder), []);
    const alone = await models.add(file, "--name", "mean", "--max-batch-size", "1");
    assert.equal(alone.code, 0, alone.err);
  });

  it("refuses what the lint of `models check` finds bad, unless it is forced", async () => {
    const models = new Models();
    const file = "test/fixtures/graphs/int8-dynamic.onnx";
    const { code, err } = await models.add(file, "--name", "int8");
    assert.equal(code, 1);
    assert.match(err, /bad {3}neighbours: [^]*quantize_static[^]*--force/);
    assert.deepEqual(readdirSync(models.folder), []);
    const forced = await models.add(file, "--name", "int8", "--force");
    assert.equal(forced.code, 0, forced.err);
    assert.match(forced.out, /^ {2}bad {3}neighbours: /m);
  });

  it("says what it knows of categories, and what comes next", async () => {
    const models = new Models();
    const { out } = await models.add("passengers", "--name", "passengers");
    assert.match(out, /^categories +sex: female, male \(others pass\)$/m);
    assert.match(out, /\n\nnext: npx scoreline models check passengers\n$/);
    const checked = await cli(["models", "check", "passengers", "--no-measure"], {
      MODELS_DIR: models.folder,
    });
    assert.match(checked.out, /^ {2}2 of 2 goldens as expected; in 3 mixed batches none changed$/m);
  });

  it("prints lines for the system that npm start has started", async () => {
    const models = new Models();
    const url = "http://127.0.0.1:8091";
    const started = { v: 1, pid: 1, identity: "1", since: "", url };
    writeFileSync(join(models.folder, "lock.json"), JSON.stringify(started));
    const { out } = await cli(["models", "add", `${STRANGERS}/iris.onnx`, "--name", "iris"], {
      MODELS_DIR: models.folder,
      DATA_DIR: models.folder,
    });
    assert.match(out, /^ {4}http:\/\/127\.0\.0\.1:8091\/v1\/models\/iris\/jobs/m);
  });

  it("leaves nothing behind when it is interrupted", async () => {
    const models = new Models();
    const file = `${STRANGERS}/iris.onnx`;
    const child = startCli(["models", "add", file, "--name", "iris"], {
      MODELS_DIR: models.folder,
    });
    await until("a draft is begun", () => readdirSync(models.folder).length > 0);
    assert.match(readdirSync(models.folder).join(), /^\.scoreline-add-[\w-]+$/);
    const ended = once(child, "exit");
    child.kill("SIGINT");
    await ended;
    assert.equal(child.exitCode, 130);
    assert.deepEqual(readdirSync(models.folder), []);
  });

  it("refuses an example that does not fit, and tries one that does", async () => {
    const models = new Models();
    const example = join(parent, "example.json");
    const passenger = { sex: "male", embarked: "", pclass: 3, age: 22, fare: 7.25 };
    writeFileSync(example, JSON.stringify({ ...passenger, age: "old" }));
    const wrong = await models.add("passengers", "--name", "p", "--example", example);
    assert.equal(wrong.code, 1);
    assert.match(
      wrong.err,
      /the example does not fit this model's input\n {2}\/age is not a number/,
    );
    writeFileSync(example, JSON.stringify(passenger));
    await models.added("passengers", "--name", "p", "--example", example);
    assert.deepEqual(JSON.parse(models.read("p/1/example.json")), passenger);
    assert.match(models.read("p/1/golden.json"), /"name": "your example"/);
  });

  it("names the flag that is wrong or missing, and exits with 2", async () => {
    const models = new Models();
    await models.added("iris", "--name", "iris");
    for (const [message, ...words] of [
      ["--name is missing", "iris"],
      ["--name Iris: must be 1 to 64 lower-case", "iris", "--name", "Iris"],
      ["--version 1: iris@1 is there. The next is 2", "iris", "--name", "iris", "--version", "1"],
      ["--columns a,b: these are 2 names for 4", "iris", "--name", "i", "--columns", "a,b"],
      ["--labels x.txt: there is no such file", "iris", "--name", "i", "--labels", "x.txt"],
      ["--pixels is missing", "shapes", "--name", "s"],
    ] as const) {
      const [file, ...flags] = words;
      const { code, err } = await models.add(file, ...flags);
      assert.ok(err.startsWith(`scoreline: ${message}`), err);
      assert.equal(code, 2, err);
    }
    assert.deepEqual(readdirSync(models.folder), ["iris"]);
  });

  it("keeps to 80 columns", async () => {
    const models = new Models();
    const flags: Record<string, string[]> = { shapes: ["--pixels", "0..1"] };
    for (const name of ["tokens", "shapes", "houses-external"]) {
      const { out, err } = await models.add(
        name,
        "--name",
        name,
        "--dry-run",
        ...(flags[name] ?? []),
      );
      const long = `${out}${err}`.split("\n").filter((line) => line.length > 80);
      assert.deepEqual(long, []);
    }
  });
});

describe("a system that runs while models are added", () => {
  const models = new Models();
  let system: System & { url: string };
  before(async () => {
    await models.added("iris", "--name", "iris");
    system = await System.start({ MODELS_DIR: models.folder });
    models.port = new URL(system.url).port;
    models.key = system.key;
  });
  after(async () => system[Symbol.asyncDispose]());

  const isServed = async (model: string): Promise<void> =>
    until(`${model} is served`, async () => (await ask(`${system.url}/v1/models/${model}`)).ok);

  it("answers by the commands that were printed", { skip: !HAS_CURL && "needs curl" }, async () => {
    for (const [name, ...flags] of [
      ["passengers"],
      ["tokens"],
      ["diabetes"],
      ["shapes", "--pixels", "0..1"],
    ] as const) {
      const { try: commands, output } = await models.added(name, "--name", name, ...flags);
      await isServed(name);
      const [curl = "", score = ""] = commands ?? [];
      const env = { PATH: process.env["PATH"] ?? "", SCORELINE_API_KEY: system.key };
      const { stdout } = spawnSync("sh", ["-c", curl], { encoding: "utf8", env });
      const answer = answerSchema.parse(JSON.parse(stdout));
      assert.equal(answer.status, "succeeded", stdout);
      assert.deepEqual(answer.output, output);
      const { code, err } = await cli(score.split(" ").slice(2), env);
      assert.equal(code, 0, err);
    }
  });

  it("answers by both versions, and means the first until `default` says otherwise", async () => {
    const { out } = await models.add("iris", "--name", "iris", "--columns", "a,b,c,d");
    assert.match(out, /"iris" still means iris@1/);
    await isServed("iris@2");
    const record = { a: 6.1, b: 2.8, c: 4, d: 1.3 };
    const second = await postJson(`${system.url}/v1/models/iris@2/jobs`, { input: record });
    assert.equal(second.status, 200, second.body.detail);
    const first = await postJson(`${system.url}/v1/models/iris/jobs`, { input: record });
    assert.equal(first.status, 422);
    const old = { x0: 6.1, x1: 2.8, x2: 4, x3: 1.3 };
    const still = await postJson(`${system.url}/v1/models/iris/jobs`, { input: old });
    assert.deepEqual(still.body.output, second.body.output);
  });
});
