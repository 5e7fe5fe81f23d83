import assert from "node:assert/strict";
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { Agent, get } from "node:http";
import { describe, it } from "node:test";
import { z } from "zod";
import { keyHeader, postJson } from "../support/client.ts";
import { collectedHeapBytes, INSPECTED } from "../support/inspector.ts";
import { System, type Role } from "../support/system.ts";
import { until } from "../support/until.ts";

/**
 * 1,000 in the suite; all that is promised by
 *
 *     POLLS=10000 node_modules/.bin/node test/run.ts test/faults/many-long-polls.test.ts
 */
const POLLS = Number(process.env["POLLS"] ?? 1000);
const MIB = 1024 * 1024;

const readySchema = z.looseObject({ waiting: z.number() });

describe(`a gateway with ${POLLS} long-polls`, () => {
  it("answers all of them, in little memory, and keeps nothing of them", async (t) => {
    await using system = await System.bare({
      MODELS_DIR: "test/fixtures/models",
      TENANT_OUTSTANDING_MAX: String(POLLS),
    });
    const { url, role } = await system.gateway({ env: INSPECTED });
    const ids: string[] = [];
    for (let i = 0; i < POLLS; i += 200) {
      const some = Array.from({ length: 200 }, async () => submit(url));
      ids.push(...(await Promise.all(some)));
    }
    const before = await footprint(role);

    const agent = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY });
    const polls: Promise<string>[] = [];
    for (const [i, id] of ids.entries()) {
      polls.push(poll(`${url}/v1/jobs/${id}?wait=60`, agent));
      if (i % 200 === 199) await until("they wait", async () => (await waiting(url)) > i);
    }
    const during = await footprint(role);
    await system.worker();
    const statuses = await Promise.all(polls);
    assert.deepEqual(new Set(statuses), new Set(["succeeded"]));

    await until("connections are closed", () => sockets(role) <= before.sockets);
    await until("nobody waits", async () => (await waiting(url)) === 0);
    const after = await footprint(role);
    const grownMib = (during.rssBytes - before.rssBytes) / MIB;
    const heapRatio = after.heapBytes / before.heapBytes;
    t.diagnostic(`heap grew by ${((during.heapBytes - before.heapBytes) / MIB).toFixed(0)} MiB`);
    t.diagnostic(`RSS grew by ${grownMib.toFixed(0)} MiB, heap ÷ before ${heapRatio.toFixed(3)}`);
    assert.ok(grownMib < 200, `RSS grew by ${grownMib} MiB`);
    assert.ok(heapRatio < 1.1, `the heap is ${heapRatio} of what it was`);
  });
});

async function submit(url: string): Promise<string> {
  const { status, body } = await postJson(
    `${url}/v1/models/slow-text/jobs`,
    { input: { text: "hello" } },
    "",
  );
  assert.equal(status, 202);
  return String(body.id);
}

async function poll(url: string, agent: Agent): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  get(url, { agent, headers: keyHeader(url) }, (response) => {
    let text = "";
    response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    response.on("end", () => {
      const { status } = z.looseObject({ status: z.string() }).parse(JSON.parse(text));
      // A worker may take longer to start than a poll may wait.
      resolve(["queued", "running"].includes(status) ? poll(url, agent) : status);
    });
    response.on("error", reject);
  }).on("error", reject);
  return promise;
}

async function waiting(url: string): Promise<number> {
  const response = await fetch(`${url}/readyz`);
  return readySchema.parse(await response.json()).waiting;
}

async function footprint(
  role: Role,
): Promise<{ heapBytes: number; rssBytes: number; sockets: number }> {
  const heapBytes = await collectedHeapBytes(role);
  const status = readFileSync(`/proc/${role.pid}/status`, "utf8");
  const rssKib = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
  return { heapBytes, rssBytes: rssKib * 1024, sockets: sockets(role) };
}

function sockets(role: Role): number {
  const folder = `/proc/${role.pid}/fd`;
  return readdirSync(folder).filter((fd) => isSocket(`${folder}/${fd}`)).length;
}

/** A descriptor may be closed while we look. */
function isSocket(path: string): boolean {
  try {
    return readlinkSync(path).startsWith("socket:");
  } catch {
    return false;
  }
}
