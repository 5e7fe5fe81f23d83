import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { ask, postJson, request } from "../support/client.ts";
import { eventsOf, type ServerEvent } from "../support/events.ts";
import { System } from "../support/system.ts";

const FIXTURES = { MODELS_DIR: "test/fixtures/models" };

const dataSchema = z.looseObject({
  status: z.string(),
  phase: z.string().optional(),
  queue: z.looseObject({ ahead: z.number() }).nullable().optional(),
});

/** What an event says, in short. */
function short({ event, data }: ServerEvent): string {
  const { status, phase, queue } = dataSchema.parse(data);
  return [event, status, phase, queue?.ahead].filter((word) => word !== undefined).join(" ");
}

describe("the events of a job", () => {
  let system: System & { url: string };
  let other = "";
  before(async () => {
    system = await System.start({ ...FIXTURES, WORKER_SLOTS: "1" });
    other = (await system.gateway()).url;
  });
  after(async () => system[Symbol.asyncDispose]());

  const submit = async (text: string): Promise<string> => {
    const url = `${system.url}/v1/models/slow-text/jobs`;
    return String((await postJson(url, { input: { text } }, "")).body.id);
  };

  it("tell its state, each change, and its end, on any gateway; then the stream ends", async () => {
    const id = await submit("slow");
    const told: string[] = [];
    for await (const event of eventsOf(`${other}/v1/jobs/${id}/events`)) told.push(short(event));
    assert.equal(told.at(-1), "completed succeeded");
    assert.ok(told.includes("status running running"), told.join(", "));
    assert.equal(new Set(told).size, told.length, "nothing is told twice");
  });

  it("tell of the place in the queue, and of a cancel", async () => {
    const ids = await Promise.all(["slow", "slow", "slow", "slow"].map(submit));
    const followed = ids.at(-1) ?? "";
    const told: string[] = [];
    for await (const event of eventsOf(`${system.url}/v1/jobs/${followed}/events`)) {
      told.push(short(event));
      if (told.length === 1) {
        await request(`${other}/v1/jobs/${followed}/cancel`, { method: "POST" });
      }
    }
    assert.match(told[0] ?? "", /^status (queued waiting \d|running \w+)$/);
    assert.equal(told.at(-1), "completed canceled");
  });

  it("leave out what was seen, and say 204 to who has seen the end", async () => {
    const id = await submit("hello");
    await request(`${system.url}/v1/jobs/${id}?wait=30`);
    const all: ServerEvent[] = [];
    for await (const event of eventsOf(`${system.url}/v1/jobs/${id}/events`)) all.push(event);
    assert.deepEqual(all.map(short), ["completed succeeded"]);
    const headers = { "last-event-id": all[0]?.id ?? "" };
    const again = await ask(`${other}/v1/jobs/${id}/events`, { headers });
    assert.equal(again.status, 204);
  });

  it("are the answer to a create that asks for them", async () => {
    const told: string[] = [];
    const init = {
      method: "POST",
      headers: { accept: "text/event-stream", "content-type": "application/json" },
      body: JSON.stringify({ input: { text: "hello" } }),
    };
    for await (const event of eventsOf(`${system.url}/v1/models/slow-text/jobs`, init)) {
      told.push(short(event));
    }
    assert.equal(told.at(-1), "completed succeeded");
  });

  it("end when their gateway goes away, and are there on another", async () => {
    const leaving = await system.gateway();
    const id = await submit("slow");
    const events = eventsOf(`${leaving.url}/v1/jobs/${id}/events`);
    await events.next();
    const ended = (async () => {
      const rest: string[] = [];
      for await (const event of events) rest.push(short(event));
      return rest;
    })();
    assert.equal(await leaving.role.end("SIGTERM"), 0);
    await ended;
    let last = "";
    for await (const event of eventsOf(`${other}/v1/jobs/${id}/events`)) last = short(event);
    assert.equal(last, "completed succeeded");
  });

  it("leave nothing behind when their stream is never read", async () => {
    const id = await submit("slow");
    const idle = await system.gateway();
    for (let i = 0; i < 3; i++) {
      const head = await ask(`${idle.url}/v1/jobs/${id}/events`, { method: "HEAD" });
      assert.equal(head.status, 200);
    }
    const ready = z.looseObject({ waiting: z.number() });
    const { waiting } = ready.parse(await (await fetch(`${idle.url}/readyz`)).json());
    assert.equal(waiting, 0);
    await request(`${system.url}/v1/jobs/${id}/cancel`, { method: "POST" });
  });

  it("are 410 for a job that was deleted", async () => {
    const id = await submit("hello");
    await request(`${system.url}/v1/jobs/${id}?wait=30`);
    const deleted = await ask(`${system.url}/v1/jobs/${id}`, { method: "DELETE" });
    assert.equal(deleted.status, 204);
    const { status, body } = await request(`${system.url}/v1/jobs/${id}/events`);
    assert.deepEqual([status, body.code], [410, "gone_deleted"]);
  });
});
