import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { ask, postJson, repositoryFile } from "../support/client.ts";
import { scrapeText } from "../support/metrics.ts";
import { findPrometheus, type PrometheusTools } from "../support/prometheus.ts";
import { queriesOfDashboard, queriesOfRules } from "../support/queries.ts";
import { Receiver } from "../support/receiver.ts";
import { freePort } from "../support/redis.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";
import { RECEIVERS_HERE, urlOf } from "../support/webhooks.ts";

const MONITORING = "k8s/monitoring";
const tools = findPrometheus();
const skip = tools === undefined && "needs prometheus and promtool";

describe("Prometheus", { skip }, () => {
  let system: System;
  let receiver: Receiver;
  let urls: Readonly<Record<"gateway" | "worker" | "courier", string>>;
  before(async () => {
    receiver = await Receiver.http((response) => response.writeHead(204).end());
    system = await System.bare({ MODELS_DIR: "test/fixtures/models", ...RECEIVERS_HERE });
    const [worker, courier] = [await freePort(), await freePort()];
    const [gateway] = await Promise.all([
      system.gateway(),
      system.worker({ env: { HEALTH_PORT: String(worker) } }),
      system.courier({ env: { HEALTH_PORT: String(courier) } }),
    ]);
    urls = {
      gateway: gateway.url,
      worker: `http://127.0.0.1:${worker}`,
      courier: `http://127.0.0.1:${courier}`,
    };
    const body = JSON.stringify({
      variants: [{ name: "only", model: "lookup@1" }],
      shadows: [{ name: "next", model: "lookup@1", percent: 100, of: ["only"] }],
      compare: { promote: "automatic" },
    });
    const headers = { "content-type": "application/json" };
    await ask(`${urls.gateway}/v1/endpoints/looked`, { method: "PUT", headers, body });
    await ask(`${urls.gateway}/v1/queue/slow-text@1.bulk/pause`, { method: "POST" });
    await load();
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
  });

  /** A good job, one that the model fails on, one that is refused, of an endpoint as well, and labelled; a batch; and webhooks. */
  const load = async (): Promise<void> => {
    const jobs = `${urls.gateway}/v1/models/lookup/jobs`;
    const inputs = [{ ids: [1, 2] }, { ids: [1_000_000, 2] }, {}];
    await Promise.all([
      ...inputs.map(async (input) => postJson(jobs, { input, webhook: { url: urlOf(receiver) } })),
      ...inputs.map(async (input) => postJson(`${urls.gateway}/v1/models/looked/jobs`, { input })),
      postJson(`${urls.gateway}/v1/batches`, { model: "lookup", items: [{ input: inputs[0] }] }),
    ]);
    const { body } = await postJson(`${urls.gateway}/v1/models/looked/jobs`, { input: inputs[0] });
    await ask(`${urls.gateway}/v1/jobs/${body.id}/label`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: `{"label":0}`,
    });
  };

  for (const role of ["gateway", "worker", "courier"] as const) {
    it(`finds nothing wrong with the metrics of a ${role}`, async () => {
      promtool(["check", "metrics"], await scrapeText(urls[role]));
    });
  }

  it("takes the rules, and its alerts are raised when they should be", () => {
    promtool(["check", "rules", `${MONITORING}/rules.yaml`]);
    promtool(["test", "rules", `${MONITORING}/rules.test.yaml`]);
  });

  it("takes its configuration for Docker, whose rules are elsewhere in there", () => {
    promtool(["check", "config", "--syntax-only", "docs/compose/prometheus.yaml"]);
  });

  it("scrapes a running system, and every query of the dashboard has data, but for GPUs", async () => {
    const dashboard = queriesOfDashboard(
      repositoryFile(`${MONITORING}/dashboard.json`).toString(),
    ).filter(({ where }) => !OF_GPUS.has(where));
    const rules = queriesOfRules(repositoryFile(`${MONITORING}/rules.yaml`).toString());
    await using prometheus = await Server.start(Object.values(urls));
    let empty: readonly string[] = [];
    await until("every query has data", async () => {
      await load();
      empty = await prometheus.withoutData(dashboard.map(({ where, expr }) => ({ where, expr })));
      return empty.length === 0;
    }).catch((error: unknown) => {
      throw new Error(`no data: ${empty.join("; ")}`, { cause: error });
    });
    const raised = await prometheus.withData(
      rules.filter(({ where }) => where.startsWith("Scoreline")),
    );
    // Half of what is submitted here fails on purpose.
    const meant = new Set(["ScorelineJobsFail", "ScorelineVariantFails", "ScorelineAnswers5xx"]);
    assert.deepEqual(
      raised.filter((where) => !meant.has(where)),
      [],
    );
  });
});

function promtool(args: readonly string[], input = ""): void {
  const { status, stdout, stderr } = spawnSync(tools?.promtool ?? "", args, { input });
  assert.equal(status, 0, `${stdout.toString()}${stderr.toString()}`);
}

/** Panels of what is not here; `test/gpu` sees their metrics. */
const OF_GPUS: ReadonlySet<string> = new Set(["Nodes on GPUs", "GPUs"]);

interface Query {
  readonly where: string;
  readonly expr: string;
}

const answerSchema = z.object({
  status: z.literal("success"),
  data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }),
});

/** A Prometheus of its own port and folder that scrapes every second. */
class Server implements AsyncDisposable {
  readonly #url: string;
  readonly #folder: string;
  readonly #child: ChildProcess;

  private constructor(url: string, folder: string, child: ChildProcess) {
    this.#url = url;
    this.#folder = folder;
    this.#child = child;
  }

  static async start(targets: readonly string[]): Promise<Server> {
    const folder = mkdtempSync(join(tmpdir(), "scoreline-prometheus-"));
    const config = join(folder, "prometheus.yml");
    const hosts = targets.map((url) => JSON.stringify(new URL(url).host)).join(", ");
    const job = `{ job_name: scoreline, static_configs: [{ targets: [${hosts}] }] }`;
    writeFileSync(config, `global: { scrape_interval: 1s }\nscrape_configs: [${job}]\n`);
    const address = `127.0.0.1:${await freePort()}`;
    const { prometheus }: PrometheusTools = tools ?? { prometheus: "", promtool: "" };
    const child = spawn(
      prometheus,
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, "data")}`,
        `--web.listen-address=${address}`,
      ],
      { stdio: "ignore" },
    );
    const server = new Server(`http://${address}`, folder, child);
    await until("Prometheus is ready", async () => {
      const response = await fetch(`http://${address}/-/ready`).catch(() => undefined);
      return response?.status === 200;
    });
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Where queries stand that have no result now, or no number in it. */
  async withoutData(queries: readonly Query[]): Promise<readonly string[]> {
    const has = await this.#haveData(queries);
    return queries.filter((_, i) => has[i] === false).map(({ where }) => where);
  }

  async withData(queries: readonly Query[]): Promise<readonly string[]> {
    const has = await this.#haveData(queries);
    return queries.filter((_, i) => has[i] === true).map(({ where }) => where);
  }

  async #haveData(queries: readonly Query[]): Promise<readonly boolean[]> {
    return Promise.all(
      queries.map(async ({ where, expr }) => {
        const query = expr.replaceAll("$model", ".*").replaceAll("$__rate_interval", "10s");
        const response = await fetch(
          `${this.#url}/api/v1/query?${new URLSearchParams({ query }).toString()}`,
        );
        const answer = answerSchema.safeParse(await response.json());
        assert.ok(answer.success, `${where}: ${query}`);
        return answer.data.data.result.some(({ value }) => value[1] !== "NaN");
      }),
    );
  }
}
