import assert from "node:assert/strict";
import { cpSync, mkdtempSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { laneName } from "../../shared/lane.ts";
import { sampleLane, SLOT_MS, SLOTS } from "../../shared/lane/history.ts";
import { atTime } from "../../shared/redis/script.ts";
import { assertAccessible } from "../support/chrome/axe.ts";
import { Chrome, noChrome, pageTimeoutMs, type Visit } from "../support/chrome/chrome.ts";
import { screenshots, scrollsSideways } from "../support/chrome/screenshots.ts";
import { postJson, request } from "../support/client.ts";
import { issueKey } from "../support/keys.ts";
import { keys } from "../support/redis-keys.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const LANE = { model: "slow-text@1", class: "interactive" } as const;

describe("the queue on the page", { skip: noChrome }, () => {
  let system: System;
  let url = "";
  let chrome: Chrome;
  let redis: Redis;
  before(async () => {
    // A courier would draw another hour.
    system = await System.bare({ MODELS_DIR: "test/fixtures/models", WORKER_SLOTS: "1" });
    url = (await system.gateway()).url;
    await system.worker();
    redis = system.redis.client();
    chrome = await Chrome.start();
  });
  after(async () => {
    await chrome[Symbol.asyncDispose]();
    await system[Symbol.asyncDispose]();
  });

  const visit = async (key: string, lane = ""): Promise<Visit> => {
    const visited = await chrome.visit(`${url}/#/queue${lane}`);
    await visited.signIn(key);
    return visited;
  };
  const submit = async (body: object, prefer = ""): ReturnType<typeof postJson> =>
    postJson(`${url}/v1/models/slow-text/jobs`, body, prefer);
  const isPaused = async (): Promise<boolean> => (await redis.hexists(keys.flow(LANE), "pa")) === 1;

  it(
    "pauses with Undo, resumes, purges what is typed, and retries what failed",
    { timeout: 2 * pageTimeoutMs },
    async () => {
      const failed = { input: { text: "slow" }, timeouts: { attempt_ms: 1 } };
      const { body } = await submit(failed, "wait=30");
      await using visited = await visit(system.key, `/${laneName(LANE)}`);
      const { page, faults } = visited;
      const row = page.getByRole("row").filter({ hasText: "slow-text@1" }).first();
      await row.getByText("nothing waiting").waitFor();
      await page.getByRole("button", { name: `Pause ${laneName(LANE)}` }).click();
      await row.getByText("paused, holds").waitFor();
      assert.ok(await isPaused());
      await page.getByRole("button", { name: "Undo" }).click();
      await row.getByText("nothing waiting").waitFor();
      assert.ok(!(await isPaused()));

      await page.getByRole("button", { name: `Pause ${laneName(LANE)}` }).click();
      await row.getByText("paused, holds").waitFor();
      const waiting = await Promise.all(
        ["a", "b"].map(async (text) => submit({ input: { text } })),
      );
      // What came after the page was opened is told live.
      await row.getByRole("cell", { name: "2", exact: true }).first().waitFor();
      await drawHour(redis);
      await page.reload();
      await page
        .getByRole("img", { name: /unfinished 2 now, at most 9/ })
        .first()
        .waitFor();
      await assertAccessible(page);
      await screenshots(page, "queue");
      await page.setViewportSize({ width: 390, height: 900 });
      assert.equal(await scrollsSideways(page), false);
      await page.setViewportSize({ width: 1440, height: 900 });

      await page.getByRole("button", { name: "Purge …" }).click();
      const purge = page.getByRole("button", { name: "Purge", exact: true });
      assert.ok(await purge.isDisabled());
      await page.getByRole("dialog").getByRole("textbox").fill(laneName(LANE));
      await purge.click();
      await page.getByText(/Canceled in slow-text@1.interactive: 2 jobs/).waitFor();
      for (const job of waiting) {
        assert.equal(await statusOf(job.body.id), "canceled");
      }
      await page.getByRole("button", { name: "Retry them" }).click();
      await page.getByText("Queued again: 1 job.").waitFor();
      assert.equal(await statusOf(body.job_id), "queued");
      await page.getByRole("button", { name: `Resume ${laneName(LANE)}` }).click();
      await until("it goes on", async () => !(await isPaused()));
      assert.deepEqual(faults, []);
    },
  );

  it("shows who may not change it that it is so", { timeout: pageTimeoutMs }, async () => {
    const { tokens } = await issueKey(redis, { tenant: "other", scopes: ["jobs:read"] });
    await using visited = await visit(tokens.primary, `/${laneName(LANE)}`);
    const { page, faults } = visited;
    await page.getByText("you need a key with the scope").waitFor();
    await page.getByRole("heading", { name: laneName(LANE) }).waitFor();
    assert.equal(await page.getByRole("button", { name: /Pause|Resume|Purge|Retry/ }).count(), 0);
    await assertAccessible(page);
    await screenshots(page, "queue-tenant");
    assert.deepEqual(faults, []);
  });

  it(
    "shows an operator the processes, and their last errors",
    { timeout: pageTimeoutMs },
    async () => {
      await using visited = await chrome.visit(`${url}/#/processes`);
      await visited.signIn(system.key);
      const { page, faults } = visited;
      await page.getByText("No errors in the last hour.").waitFor();
      await page.getByRole("group", { name: "Processes" }).getByText("worker").waitFor();
      const models = mkdtempSync(join(tmpdir(), "scoreline-models-"));
      system.removes(models);
      cpSync("test/fixtures/models/slow-text", join(models, "slow-text"), { recursive: true });
      truncateSync(join(models, "slow-text", "1", "model.onnx"), 100);
      await system.worker({ env: { MODELS_DIR: models } });
      const row = page.getByRole("row").filter({ hasText: "model cannot be loaded" });
      await row.getByText("model: slow-text@1").waitFor();
      await assertAccessible(page);
      await screenshots(page, "processes");
      await page.setViewportSize({ width: 390, height: 900 });
      assert.equal(await scrollsSideways(page), false);
      assert.deepEqual(faults, []);
    },
  );

  const statusOf = async (id = ""): Promise<unknown> =>
    (await request(`${url}/v1/jobs/${id}`)).body.status;
});

/** An hour that a courier could have written, with up to nine jobs. */
async function drawHour(redis: Redis): Promise<void> {
  const end = Math.floor(Date.now() / SLOT_MS);
  await redis.del(keys.history(LANE));
  let [accepted, over] = [0, 0];
  for (let i = SLOTS; i > 0; i -= 1) {
    const depth = Math.round(4.5 + 4.5 * Math.sin(i / 20));
    accepted += 20 + (i % 7);
    over = accepted - depth;
    const text = `${end - i} ${depth} ${Math.min(depth, 2)} ${accepted} ${over} ${i < 40 ? 1 : 0}`;
    await redis.rpush(keys.history(LANE), text);
  }
  await sampleLane(atTime(redis, end * SLOT_MS), LANE);
}
