import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { childrenOf } from "../bench/measure/processes.ts";
import {
  type Answer,
  ask,
  firstPrediction,
  PHOTO,
  postBytes,
  postJson,
  repositoryFile,
  request,
} from "../support/client.ts";
import { freePort } from "../support/redis.ts";
import { type Role, System } from "../support/system.ts";
import { until } from "../support/until.ts";
import { driverFile, driverManifest, findSoftwareGpu, withDriver } from "../support/vulkan.ts";

const { library = "", missing } = findSoftwareGpu();
/** SwiftShader compiles for seconds, on a busy machine for a minute. */
const SLOW_MS = 900_000;
const MODELS = ["image-classification", "faq-javascript", "wine"];

const runsOnSchema = z.looseObject({
  status: z.string(),
  runs_on: z.array(
    z.object({
      provider: z.string(),
      device: z.string().nullable(),
      nodes: z.object({ placed: z.number(), all: z.number() }).nullable(),
      workers: z.number(),
    }),
  ),
});

describe(
  "a pool of workers with a GPU, which is SwiftShader",
  { skip: missing, timeout: 3_600_000 },
  () => {
    const models = mkdtempSync(join(tmpdir(), "scoreline-models-"));
    let system: System & { url: string };
    let worker: Role;
    let driver: string;
    let healthPort: number;
    before(async () => {
      for (const name of MODELS) {
        cpSync(`models/${name}/1`, join(models, name, "1"), { recursive: true });
        edit(name, { execution_providers: ["webgpu"], run_timeout_ms: 120_000, preload: true });
      }
      driver = driverFile(library);
      healthPort = await freePort();
      const bare = await System.bare({ MODELS_DIR: models, LOG_LEVEL: "debug" });
      const [{ url }] = await Promise.all([bare.gateway(), bare.courier()]);
      system = Object.assign(bare, { url });
      // As a pool's Deployment has it: the GPU alone, and so one slot.
      const env = { EXECUTION_PROVIDERS: "webgpu", HEALTH_PORT: String(healthPort) };
      worker = system.startingWorker({ env: { ...env, ...withDriver(driver) } });
      await until("the GPU worker is ready", () => worker.isReady, SLOW_MS);
    });
    after(async () => {
      await system[Symbol.asyncDispose]();
      rmSync(models, { recursive: true });
      rmSync(dirname(driver), { recursive: true });
    });

    function edit(name: string, members: object): void {
      const file = join(models, name, "1", "manifest.json");
      // What a manifest parses to is an object.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      const manifest = JSON.parse(readFileSync(file, "utf8")) as object;
      writeFileSync(file, JSON.stringify({ ...manifest, ...members }));
    }

    /** The answer, however long it takes. */
    const photo = async (): Promise<Answer> => {
      const jobs = `${system.url}/v1/models/image-classification/jobs`;
      const made = await postBytes(jobs, repositoryFile(PHOTO), "image/jpeg", "respond-async");
      assert.equal(made.status, 202, JSON.stringify(made.body));
      const job = `${system.url}/v1/jobs/${made.body.id}`;
      let body: Answer = made.body;
      const isOver = async (): Promise<boolean> => {
        body = (await request(job)).body;
        return !["queued", "running"].includes(String(body.status));
      };
      await until("the photo is scored", isOver, SLOW_MS);
      return body;
    };

    const runsOn = async (name: string) =>
      runsOnSchema.parse(await (await ask(`${system.url}/v1/models/${name}`)).json());

    it("scores a photo, and says in the answer, the log, the model and a metric what on", async () => {
      const body = await photo();
      assert.equal(firstPrediction(body.output).label, "espresso");
      assert.equal(body.metrics?.["provider"], "webgpu");
      assert.match(worker.log, /"device":"SwiftShader[^"]*".*"msg":"GPU found"/);
      assert.match(
        worker.log,
        /"model":"image-classification@1","provider":"webgpu","device":"SwiftSh/,
      );
      const { runs_on: told } = await runsOn("image-classification");
      assert.equal(told.length, 1);
      assert.equal(told[0]?.provider, "webgpu");
      assert.match(told[0]?.device ?? "", /SwiftShader/);
      assert.ok((told[0]?.nodes?.placed ?? 0) > 50, JSON.stringify(told));
      const metrics = await (await fetch(`http://127.0.0.1:${healthPort}/metrics`)).text();
      assert.match(
        metrics,
        /scoreline_session_nodes\{[^}]*image-classification@1[^}]*webgpu[^}]*\} \d\d/,
      );
      assert.match(metrics, /scoreline_gpu_info\{[^}]*SwiftShader[^}]*\} 1/);
    });

    it("says that a text model's nodes stay on the CPU, and warns", async () => {
      const asked = { input: { text: "how do i clone an array" } };
      const { status, body } = await postJson(`${system.url}/v1/models/faq-javascript/jobs`, asked);
      assert.equal(status, 200, JSON.stringify(body));
      assert.match(worker.log, /"level":40.*faq-javascript@1.*GPU_NODES_SHARE_MIN/);
    });

    it("goes on after its runner is killed in a run", async () => {
      const waiting = photo();
      const begun = (): boolean => (worker.log.match(/"msg":"batch running"/g) ?? []).length > 2;
      await until("it runs", begun, SLOW_MS);
      for (const pid of childrenOf(worker.pid)) process.kill(pid, "SIGKILL");
      const body = await waiting;
      assert.equal(firstPrediction(body.output).label, "espresso");
      assert.match(worker.log, /runner replaced/);
    });

    it("says so when the adapter goes away, and scores again when it is back", async () => {
      rmSync(driver);
      for (const pid of childrenOf(worker.pid)) process.kill(pid, "SIGKILL");
      await until(
        "it is unavailable",
        async () => (await runsOn("wine")).status === "unavailable",
        SLOW_MS,
      );
      assert.match(worker.log, /model cannot be loaded/);
      writeFileSync(driver, driverManifest(library));
      await until(
        "it is back",
        async () => (await runsOn("image-classification")).status === "available",
        SLOW_MS,
      );
      assert.equal((await photo()).status, "succeeded");
    });
  },
);
