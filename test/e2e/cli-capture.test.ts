import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { cli } from "../support/cli.ts";

const PAST = "faq/blue/inputs/2026/11/29/09-9f2c41d07a3e";
const ANSWERS = "faq/blue/predictions/2026/11/29/09-9f2c41d07a3e";

function line(id: number, more: object): object {
  return {
    id: `job_${id}`,
    attempt: 1,
    time: new Date(Date.UTC(2026, 10, 29, 9, 0, id % 60)).toISOString(),
    endpoint: "faq",
    variant: "blue",
    model: "faq-javascript@1",
    tenant: "default",
    metadata: id % 2 === 0 ? { user: id } : null,
    ...more,
  };
}

describe("scoreline capture parquet", () => {
  let folder: string;
  let out: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "scoreline-captured-"));
    out = join(folder, "out");
  });
  after(async () => rm(folder, { recursive: true }));

  const write = async (path: string, lines: readonly (object | string)[]): Promise<void> => {
    const file = join(folder, "captured", `${path}.ndjson`);
    await mkdir(dirname(file), { recursive: true });
    const texts = lines.map((one) => (typeof one === "string" ? one : JSON.stringify(one)));
    await writeFile(file, `${texts.join("\n")}\n`);
  };
  const run = async (...more: readonly string[]) =>
    cli(["capture", "parquet", join(folder, "captured"), "--out", out, "--json", ...more]);
  const read = async (path: string): Promise<readonly Record<string, unknown>[]> =>
    parquetReadObjects({ file: await asyncBufferFromFile(join(out, `${path}.parquet`)) });

  it("writes a column for each member, and the same values", async () => {
    const input = { text: "how do I clone an array? é €" };
    await write(PAST, [
      line(1, { parameters: {}, input }),
      line(2, { parameters: null, input: [1] }),
    ]);
    await write(ANSWERS, [
      line(1, {
        status: "succeeded",
        output: { matches: [] },
        error: null,
        metrics: { run_ms: 1.5 },
      }),
      line(2, { status: "failed", output: null, error: { code: "model_error" }, metrics: null }),
    ]);
    const { code, out: stdout } = await run();
    assert.equal(code, 0);
    assert.deepEqual(
      stdout
        .trim()
        .split("\n")
        .map((text) => Object(JSON.parse(text)).rows),
      [2, 2],
    );
    const [first, second] = await read(PAST);
    assert.deepEqual(first, {
      ...line(1, { parameters: {}, input }),
      time: new Date("2026-11-29T09:00:01Z"),
      redacted: null,
      count: null,
    });
    assert.deepEqual([second?.["metadata"], second?.["input"]], [{ user: 2 }, [1]]);
    const answers = await read(ANSWERS);
    assert.deepEqual(
      answers.map(({ status, error }) => [status, error]),
      [
        ["succeeded", null],
        ["failed", { code: "model_error" }],
      ],
    );
  });

  it("leaves alone what is written already, and what may still grow", async () => {
    const now = new Date();
    const two = (number: number): string => String(number).padStart(2, "0");
    const day = `${now.getUTCFullYear()}/${two(now.getUTCMonth() + 1)}/${two(now.getUTCDate())}`;
    const growing = `faq/blue/inputs/${day}/${two(now.getUTCHours())}-9f2c41d07a3e`;
    await write(growing, [line(3, { input: 1 })]);
    const { out: stdout } = await run();
    // The hour may have ended meanwhile.
    if (new Date().getUTCHours() === now.getUTCHours()) assert.equal(stdout, "");
    await run("--all");
    assert.equal((await read(growing)).length, 1);
  });

  it("writes many rows in groups", async () => {
    const MANY = 25_000;
    const path = "faq/blue/inputs/2026/11/28/10-9f2c41d07a3e";
    await write(
      path,
      Array.from({ length: MANY }, (_, i) => line(i, { input: { i } })),
    );
    await run();
    const file = await asyncBufferFromFile(join(out, `${path}.parquet`));
    const metadata = await parquetMetadataAsync(file);
    assert.equal(Number(metadata.num_rows), MANY);
    assert.ok(metadata.row_groups.length >= 3);
    const rows = await read(path);
    assert.deepEqual(rows[MANY - 1]?.["input"], { i: MANY - 1 });
  });

  it("names the line that is none, and leaves no file that is not whole", async () => {
    const path = "faq/blue/inputs/2026/11/27/10-9f2c41d07a3e";
    await write(path, [line(1, {}), "{"]);
    const { code, err: stderr } = await run();
    assert.equal(code, 1);
    assert.match(stderr, /10-9f2c41d07a3e\.ndjson, line 2 is not a JSON object/);
    assert.equal(existsSync(join(out, `${path}.parquet`)), false);
    assert.equal(existsSync(join(out, `${path}.parquet.partial`)), false);
    const { code: none, err: told } = await cli(["capture", "parquet", join(folder, "absent")]);
    assert.equal(none, 1);
    assert.match(told, /absent cannot be read/);
  });
});
