import assert from "node:assert/strict";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { batchSchema, type Batch } from "../../cli/batch/batch.ts";
import { cli, startCli } from "../support/cli.ts";
import { ask, firstPrediction, postJson, repositoryFile } from "../support/client.ts";
import { Link } from "../support/link.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const lineSchema = z.object({
  index: z.number(),
  custom_id: z.string().nullable(),
  status: z.string(),
  output: z.unknown().optional(),
  error: z.object({ code: z.string() }).optional(),
});
const goldenSchema = z.object({
  cases: z.array(z.object({ input: z.record(z.string(), z.number()), output: z.unknown() })),
});
const { cases } = goldenSchema.parse(
  JSON.parse(repositoryFile("models/wine/1/golden.json").toString()),
);
const wines = cases.map(({ input }, i) => ({ custom_id: `w${i}`, input }));
const [wine = { custom_id: "", input: {} }] = wines;

describe("scoreline batch", () => {
  let system: System & { url: string };
  let folder = "";
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "scoreline-cli-batch-"));
    system = await System.start();
  });
  after(async () => system[Symbol.asyncDispose]());
  after(() => rmSync(folder, { recursive: true }));

  const env = (): Record<string, string> => ({ SCORELINE_API_KEY: system.key });
  const run = async (...words: string[]) => cli(["batch", ...words, "--url", system.url], env());
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const ndjson = (items: readonly unknown[]): string =>
    items.map((item) => `${JSON.stringify(item)}\n`).join("");
  const linesIn = (path: string) => parseLines(readFileSync(path, "utf8"));
  const shown = async (id: string): Promise<Batch> =>
    batchSchema.parse(await (await ask(`${system.url}/v1/batches/${id}`)).json());

  it("submits lines, waits, and writes what single scoring answers", async () => {
    const path = file("wines.ndjson", ndjson(wines));
    const out = join(folder, "scored.ndjson");
    const done = await run("submit", path, "--model", "wine", "--out", out, "--json");
    assert.equal(done.code, 0, done.err);
    const batch = batchSchema.parse(JSON.parse(done.out));
    assert.deepEqual([batch.status, batch.outcome], ["completed", "all_succeeded"]);
    assert.equal(batch.counts.succeeded, wines.length);
    const lines = linesIn(out);
    assert.deepEqual(
      lines.map(({ index, custom_id }) => [index, custom_id]),
      wines.map(({ custom_id }, i) => [i, custom_id]),
    );
    for (const i of [0, 77, wines.length - 1]) {
      const url = `${system.url}/v1/models/wine/jobs`;
      const { body } = await postJson(url, { input: wines[i]?.input });
      assert.deepEqual(labelOf(lines[i]?.output), labelOf(body.output));
    }
  });

  it("takes a first line about the batch, a list, inputs alone, and standard input", async () => {
    const head = { batch: { model: "wine", metadata: { day: "monday" } } };
    const headed = await run("submit", file("h.jsonl", ndjson([head, wine])), "--wait", "--json");
    assert.equal(headed.code, 0, headed.err);
    assert.deepEqual(batchSchema.parse(JSON.parse(headed.out))["metadata"], { day: "monday" });
    const list = file("list.json", JSON.stringify(wines.slice(0, 3), null, 2));
    const listed = await run("submit", list, "--model", "wine", "--wait");
    assert.match(listed.out, /^items {4}3: 3 succeeded$/m);
    const inputs = file("inputs.ndjson", ndjson(wines.slice(0, 2).map(({ input }) => input)));
    const words = ["submit", inputs, "--model", "wine", "--inputs", "--wait", "--metadata", "n=2"];
    assert.match((await run(...words)).out, /^items {4}2: 2 succeeded$/m);
    const piping = ["batch", "submit", "-", "--model", "wine", "--url", system.url];
    const { code, out, err } = await cli(piping, env(), ndjson(wines.slice(0, 4)));
    assert.equal(code, 0, err);
    const [id = ""] = /bat_\w+/.exec(out) ?? [];
    assert.equal((await shown(id)).received, 4);
  });

  it("sends a table as it is, in parts, and names the line at fault", async () => {
    const columns = Object.keys(wine.input);
    const rows = wines.map(({ custom_id: id, input }, i) =>
      // Every second id is quoted, and has an end of line in it.
      [i % 2 === 0 ? `"${id}\n,"` : id, ...columns.map((name) => input[name])].join(","),
    );
    const header = ["custom_id", ...columns].join(",");
    const path = file("wines.csv", [header, ...rows].join("\r\n"));
    const out = join(folder, "table.ndjson");
    await using link = await Link.to(Number(new URL(system.url).port));
    link.loseReplies("/items?from=", 1);
    const url = `http://127.0.0.1:${link.port}`;
    const words = ["batch", "submit", path, "--model", "wine", "--out", out, "--url", url];
    const done = await cli(words, env());
    assert.equal(done.code, 0, done.err);
    assert.deepEqual(
      linesIn(out).map(({ custom_id: id }) => id),
      wines.map(({ custom_id: id }, i) => (i % 2 === 0 ? `${id}\n,` : id)),
    );
    const [id = ""] = /bat_\w+/.exec(done.out) ?? [];
    const csv = join(folder, "table.csv");
    assert.equal((await run("results", id, "--out", csv)).code, 0);
    const headers = { accept: "text/csv" };
    const whole = await (await ask(`${system.url}/v1/batches/${id}/results`, { headers })).text();
    assert.equal(`${readFileSync(csv, "utf8")}\r\n`, whole);
    const bad = file(
      "bad.csv",
      [header, rows[0], "", rows[1]?.replace(/[\d.]+$/, "red")].join("\n"),
    );
    const failed = await run("submit", bad, "--model", "wine");
    assert.equal(failed.code, 1);
    // The header, a record of two lines, and an empty one are before it.
    assert.match(failed.err, /^scoreline: line 5 of .*bad\.csv: .*proline/m);
    assert.match(failed.err, /--resume bat_\w+/);
  });

  it("scores the images of a folder, by their paths", async () => {
    const photos = join(folder, "photos");
    mkdirSync(join(photos, "more"), { recursive: true });
    const names = ["tripod.jpg", "espresso.jpg", "more/cat.jpg"];
    for (const name of names) {
      const source = `models/image-classification/photos/${name.split("/").at(-1)}`;
      copyFileSync(source, join(photos, name));
    }
    writeFileSync(join(photos, "notes.txt"), "no image");
    const out = join(folder, "photos.ndjson");
    const words = ["--model", "image-classification", "--param", "top_k=1", "--out", out];
    const done = await run("submit", `${photos}/`, ...words);
    assert.equal(done.code, 0, done.err);
    const found = linesIn(out).map(({ custom_id: id, output }) => [
      id,
      firstPrediction(output).label,
    ]);
    const table = await run("submit", `${photos}/`, ...words.slice(0, -1), join(folder, "p.csv"));
    assert.equal(table.code, 1);
    assert.match(table.err, /outputs have no columns/);
    assert.match(table.err, /is canceled/);
    assert.deepEqual(found, [
      ["espresso.jpg", "espresso"],
      ["more/cat.jpg", "tiger cat"],
      ["tripod.jpg", "tripod"],
    ]);
  });

  it("names the line at fault, and goes on behind it once it is mended", async () => {
    const lines = ndjson(wines).split("\n");
    const bad = [...lines.slice(0, 9), "", '{"input":{"alcohol":"red"}}', ...lines.slice(10)];
    const path = file("bad.ndjson", bad.join("\n"));
    const failed = await run("submit", path, "--model", "wine");
    assert.equal(failed.code, 1);
    assert.match(failed.err, /^scoreline: line 11 of .*bad\.ndjson: The input is not valid: /m);
    const [, id = ""] = /--resume (bat_\w+)/.exec(failed.err) ?? [];
    assert.equal((await shown(id)).received, 9);
    writeFileSync(path, lines.join("\n"));
    const resumed = await run("submit", path, "--resume", id, "--wait");
    assert.equal(resumed.code, 0, resumed.err);
    assert.equal((await shown(id)).counts.succeeded, wines.length);
  });

  it("says how many failed, shows them, and runs them again", async () => {
    const items = [wine, { custom_id: "x", input: { alcohol: "red" } }, wines[2]];
    const path = file("partial.ndjson", ndjson(items));
    const done = await run("submit", path, "--model", "wine", "--lenient", "--wait");
    assert.equal(done.code, 3, done.err);
    assert.match(done.out, /^bat_\w+ {2}completed, partial$/m);
    assert.match(done.out, /^items {4}3: 2 succeeded, 1 failed$/m);
    const [, id = ""] =
      /^why +npx scoreline batch results (bat_\w+) --status failed/m.exec(done.out) ?? [];
    const failed = parseLines((await run("results", id, "--status", "failed")).out);
    assert.deepEqual(
      failed.map((line) => [line.index, line.custom_id, line.error?.code]),
      [[1, "x", "invalid_input"]],
    );
    const again = await run("retry", id, "--wait", "--json");
    assert.equal(again.code, 3, again.err);
    const retried = batchSchema.parse(JSON.parse(again.out));
    assert.deepEqual([retried.attempt, retried.counts.failed], [2, 1]);
    const all = await run("results", id, "--json");
    assert.equal(z.array(lineSchema).parse(JSON.parse(all.out)).length, 3);
    const followed = await run("results", id, "--follow", "--order", "completion");
    assert.equal(followed.code, 3);
    assert.equal(parseLines(followed.out).length, 3);
  });

  it("lists, shows, cancels and erases", async () => {
    const made = await postJson(`${system.url}/v1/batches`, { model: "wine" });
    const id = made.body.id ?? "";
    const got = await run("get", id);
    assert.match(got.out, new RegExp(`^${id}  validating\\n`));
    assert.match(
      got.out,
      new RegExp(`^go on +npx scoreline batch submit FILE --resume ${id} --url`, "m"),
    );
    const listed = await run("list", "--limit", "1");
    assert.match(listed.out, new RegExp(`^BATCH .*\\n${id}  validating`));
    assert.ok(listed.out.split("\n").every((line) => line.length <= 80));
    assert.equal((await run("cancel", id)).code, 0);
    await until("it is canceled", async () => (await shown(id)).status === "canceled");
    const erased = await run("delete", id, "--json");
    assert.deepEqual(JSON.parse(erased.out), { id, deleted: true });
    const gone = await run("get", id);
    assert.deepEqual([gone.code, gone.err], [1, "scoreline: The batch was deleted.\n"]);
  });

  it("says what is wrong with the words", async () => {
    for (const [words, why] of [
      [["submit", join(folder, "none.ndjson"), "--model", "wine"], /there is no .*none\.ndjson/],
      [["submit", file("x.txt", ""), "--model", "wine"], /is neither a folder nor/],
      [["submit", file("one.ndjson", ndjson([wine]))], /--model NAME is missing/],
      [["submit", "-", "--resume", "bat_x", "--model", "wine"], /--model and --resume/],
      [["submit", "-", "--model", "wine", "--window", "soon"], /--window soon is not a time/],
    ] as const) {
      const { code, err } = await run(...words);
      assert.equal(code, 2, err);
      assert.match(err, why);
    }
  });

  for (const signal of ["SIGINT", "SIGKILL"] as const) {
    it(`goes on where ${signal} ended it, without an item twice or missing`, async () => {
      // More than one request holds, so that the first one is on its way before the input ends.
      const idText = (i: number): string => `m${i}`.padEnd(500, "-");
      const many = Array.from({ length: 12_000 }, (_, i) => ({ ...wine, custom_id: idText(i) }));
      const path = file("many.ndjson", ndjson(many));
      const first = startCli(
        ["batch", "submit", "-", "--model", "wine", "--url", system.url],
        env(),
        {
          stdin: "pipe",
        },
      );
      first.stdin?.on("error", () => undefined).write(readFileSync(path));
      let err = "";
      first.stderr?.setEncoding("utf8").on("data", (text: string) => (err += text));
      const idOf = (): string => /bat_\w+/.exec(err)?.[0] ?? "";
      await until(
        "items were received",
        async () => idOf() !== "" && (await shown(idOf())).received > 0,
      );
      first.kill(signal);
      await once(first, "close");
      const command = `npx scoreline batch submit - --resume ${idOf()} --url ${system.url}`;
      if (signal === "SIGINT")
        assert.ok(err.endsWith(`stopped\nTo go on from there:\n  ${command}\n`), err);
      const out = join(folder, `${signal}.ndjson`);
      const resumed = await run("submit", path, "--resume", idOf(), "--out", out);
      assert.equal(resumed.code, 0, resumed.err);
      assert.deepEqual(
        linesIn(out).map(({ index, custom_id: id }) => `${index} ${id}`),
        many.map((_, i) => `${i} ${idText(i)}`),
      );
    });
  }

  it("mends a connection that breaks, without an item twice or missing", async () => {
    await using link = await Link.to(Number(new URL(system.url).port));
    link.loseReplies("/items?from=", 1);
    const path = file("cut.ndjson", ndjson(wines));
    const words = ["submit", path, "--model", "wine", "--wait", "--json"];
    const done = await cli(["batch", ...words, "--url", `http://127.0.0.1:${link.port}`], env());
    assert.equal(done.code, 0, done.err);
    assert.equal(link.cutsLeft, 0);
    const { id, counts } = batchSchema.parse(JSON.parse(done.out));
    assert.equal(counts.succeeded, wines.length);
    link.loseReplies("/results?", 1, 20_000);
    const reading = ["batch", "results", id, "--url", `http://127.0.0.1:${link.port}`];
    const read = await cli(reading, env());
    assert.equal(read.code, 0, read.err);
    assert.equal(link.cutsLeft, 0);
    const whole = await ask(`${system.url}/v1/batches/${id}/results`);
    assert.equal(`${read.out}{"end":true,"next":null}\n`, await whole.text());
  });
});

const parseLines = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => lineSchema.parse(JSON.parse(line)));

const labelOf = (output: unknown): string => z.object({ label: z.string() }).parse(output).label;
