import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { batchSchema, type Batch } from "../../cli/batch/batch.ts";
import { BatchClient, batchOf } from "../support/batch-client.ts";
import { cli, cliInto, startCli } from "../support/cli.ts";
import { ask, repositoryFile } from "../support/client.ts";
import { System } from "../support/system.ts";

const goldenSchema = z.object({ cases: z.array(z.object({ input: z.unknown() })) });
const golden = repositoryFile("models/wine/1/golden.json").toString();
const [wine] = goldenSchema.parse(JSON.parse(golden)).cases.map(({ input }) => ({ input }));
const pageSchema = z.object({ data: z.array(batchSchema) });

describe("scoreline batch, where it cannot go on", () => {
  let system: System & { url: string };
  let folder = "";
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "scoreline-cli-faults-"));
    system = await System.start();
  });
  after(async () => system[Symbol.asyncDispose]());
  after(() => rmSync(folder, { recursive: true }));

  const env = (): Record<string, string> => ({ SCORELINE_API_KEY: system.key });
  const words = (...some: string[]) => ["batch", ...some, "--url", system.url];
  const run = async (...some: string[]) => cli(words(...some), env());
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const newest = async (): Promise<Batch | undefined> =>
    pageSchema.parse(await (await ask(`${system.url}/v1/batches?limit=1`)).json()).data[0];
  const scored = async (items: number): Promise<string> => {
    const client = new BatchClient(system.url);
    const lines = [{ batch: { model: "wine" } }, ...Array.from({ length: items }, () => wine)];
    const { id } = await batchOf(await client.lines(lines));
    await client.ended(id);
    return id;
  };

  it("names an --out file that cannot be written, before anything is made", async () => {
    const path = file("one.ndjson", `${JSON.stringify(wine)}\n`);
    const out = join(folder, "none", "x.ndjson");
    const { code, err } = await run("submit", path, "--model", "wine", "--out", out);
    assert.deepEqual([code, err], [1, `scoreline: cannot write ${out}: there is no such folder\n`]);
    assert.equal(await newest(), undefined);
  });

  it("keeps an --out file of earlier when no batch is made", async () => {
    const path = file("again.ndjson", `${JSON.stringify(wine)}\n`);
    const out = file("kept.ndjson", "of yesterday\n");
    assert.equal((await run("submit", path, "--model", "none", "--out", out)).code, 1);
    assert.equal(readFileSync(out, "utf8"), "of yesterday\n");
  });

  it("cancels the batch it made when nothing came of it", async () => {
    const empty = await cli(words("submit", "-", "--model", "wine"), env(), "");
    assert.equal(empty.code, 1);
    const bad = file("bad.ndjson", '{"input":{"alcohol":"red"}}\n');
    const refused = await run("submit", bad, "--model", "wine");
    assert.match(refused.err, /^scoreline: line 1 of .*bad\.ndjson: /m);
    for (const { err } of [empty, refused]) {
      const [, id = ""] = /^(bat_\w+) is canceled: it has no items$/m.exec(err) ?? [];
      assert.ok(!err.includes("--resume"), err);
      const shown = await new BatchClient(system.url).ended(id);
      assert.equal(shown.status, "canceled");
    }
  });

  it("ends when nobody reads the results any more", { timeout: 360_000 }, async () => {
    // More than a pipe holds, so that its closed end is met.
    const id = await scored(5000);
    const child = startCli(words("results", id, "--follow"), env());
    child.stdout?.destroy();
    const [code]: unknown[] = await once(child, "close");
    assert.equal(code, 0);
  });

  it("says when stdout cannot be written", async () => {
    const id = await scored(1);
    for (const some of [
      ["results", id],
      ["results", id, "--follow"],
      ["get", id],
    ]) {
      const { code, err } = await cliInto("/dev/full", words(...some), env());
      assert.equal(code, 1, err);
      assert.match(err, /cannot write stdout: ENOSPC/);
    }
  });

  it("says once that a batch has ended", async () => {
    const { err } = await run("cancel", await scored(1));
    assert.equal(err, "scoreline: The batch has already ended: completed.\n");
  });
});
