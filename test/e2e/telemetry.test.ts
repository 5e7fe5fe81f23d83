import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { cli } from "../support/cli.ts";
import { postJson, repositoryFile } from "../support/client.ts";
import { canBeLonely, LonelyProcess } from "../support/lonely-process.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const COLLECTOR = "mobile.events.data.microsoft.com";
/** A wine's measurements. */
const { cases } = z
  .object({ cases: z.array(z.object({ input: z.unknown() })) })
  .parse(JSON.parse(repositoryFile("models/wine/1/golden.json").toString()));

/** Places of their own, where whatever is filed shows. */
function places(): { readonly root: string; readonly env: Readonly<Record<string, string>> } {
  const root = mkdtempSync(join(tmpdir(), "scoreline-places-"));
  const [home, temporary] = ["home", "temporary"].map((name) => join(root, name));
  assert.ok(home !== undefined && temporary !== undefined);
  for (const folder of [home, temporary]) mkdirSync(folder);
  return { root, env: { HOME: home, TMPDIR: temporary } };
}

function filesIn(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
}

describe("ONNX Runtime's telemetry", () => {
  let root = "";
  let env: Readonly<Record<string, string>> = {};
  before(() => ({ root, env } = places()));
  after(() => rmSync(root, { recursive: true }));

  it("files nothing in the home or the temporary folder of a role or command", async () => {
    await using system = await System.start({ ...env, MODELS_DIR: "models", WORKER_SLOTS: "1" });
    const jobs = `${system.url}/v1/models/wine/jobs`;
    const made = await postJson(jobs, { input: cases[0]?.input }, "wait=60");
    assert.equal(made.body.status, "succeeded");
    const checked = await cli(["models", "check", "wine", "--seconds", "0.01"], env);
    assert.deepEqual([checked.code, filesIn(root)], [0, []], checked.err);
  });

  const skip = !canBeLonely() && "no network of its own can be had here";
  it("calls nobody from a runner, in the time in which it would", { skip }, async () => {
    const common = { ...env, PATH: process.env["PATH"] };
    using runner = new LonelyProcess("test/support/lonely-runner.ts", common);
    await runner.hasSaid("loaded");
    // Started later and told nothing of telemetry: when it has called home, the runner would have.
    using library = new LonelyProcess("test/support/lonely-library.ts", common);
    await until("the library calls home", () => library.asked.includes(COLLECTOR));
    assert.deepEqual(runner.asked, []);
  });
});
