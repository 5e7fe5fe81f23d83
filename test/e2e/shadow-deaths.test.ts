import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { it } from "node:test";
import { EndpointClient } from "../support/endpoints.ts";
import { ask } from "../support/client.ts";
import { versionedModel } from "../support/models.ts";
import { keys } from "../support/redis-keys.ts";
import { readComparisons, statesOf } from "../support/shadows.ts";
import { System, type Role } from "../support/system.ts";
import { until } from "../support/until.ts";

const CLIENTS = 4;
/** Jobs that are answered between two deaths. */
const JOBS_A_DEATH = 60;

it("whoever is killed, live jobs end once, and each pair that ended counts once", async (t) => {
  const models = versionedModel(2);
  await using system = await System.bare({ MODELS_DIR: models });
  const [steady, mortal] = [await system.gateway(), await system.gateway()];
  const dying: Record<"gateway" | "worker" | "courier", Role> = {
    gateway: mortal.role,
    worker: await system.worker(),
    courier: await system.courier(),
  };
  const client = new EndpointClient(steady.url);
  await client.put("tried", {
    variants: [{ name: "blue", model: "versioned@1" }],
    shadows: [{ name: "next", model: "versioned@2" }],
  });
  const load = { urls: [steady.url, mortal.url], isOver: false, answered: 0 };
  const work = async (which: number): Promise<void> => {
    while (!load.isOver) {
      const url = load.urls[which % load.urls.length] ?? steady.url;
      const status = await ask(`${url}/v1/models/tried/jobs`, {
        method: "POST",
        headers: { "content-type": "application/json", prefer: "wait=60" },
        body: JSON.stringify({ input: { fails: load.answered % 5 === 0 ? 2 : 0 } }),
      }).then(
        async (response) => (await response.arrayBuffer(), response.status),
        () => undefined, // its gateway was killed
      );
      if (status === 200) load.answered += 1;
    }
  };
  const works = Array.from({ length: CLIENTS }, async (_, which) => work(which));
  const answers = async (): Promise<void> => {
    const wanted = load.answered + JOBS_A_DEATH;
    await until(`${wanted} jobs are answered`, () => load.answered >= wanted);
  };
  for (const kind of ["worker", "courier", "gateway", "worker", "courier"] as const) {
    await answers();
    await dying[kind].end("SIGKILL");
    const next = kind === "gateway" ? await system.gateway() : undefined;
    if (next !== undefined) load.urls = [steady.url, next.url];
    dying[kind] = next?.role ?? (await system[kind === "worker" ? "worker" : "courier"]());
  }
  await answers();
  load.isOver = true;
  await Promise.all(works);

  const redis = system.redis.client();
  let states = await statesOf(redis);
  await until("nothing is left to do", async () => {
    states = await statesOf(redis);
    return !`${states.live}${states.shadow}`.includes("W");
  });
  await until("all are compared", async () => (await redis.zcard(keys.shadowEnds)) === 0);
  const [seen] = await readComparisons(steady.url, "tried");
  const pairs = states.shadow.replaceAll(/[^SF]/g, "").length;
  t.diagnostic(`live: ${states.live.length}, shadows: ${states.shadow.length}, pairs: ${pairs}`);
  assert.match(states.live, /^S+$/);
  assert.ok(pairs > 0);
  assert.equal(seen?.pairs, pairs);
  rmSync(models, { recursive: true });
});
