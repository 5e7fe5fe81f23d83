import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { z } from "zod";
import { postJson } from "../support/client.ts";
import { findRedis62 } from "../support/redis-editions.ts";
import { TestRedis, type RedisUser } from "../support/redis.ts";
import { Link } from "../support/link.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const readinessSchema = z.looseObject({ checks: z.record(z.string(), z.boolean()) });

/** A primary and its replica behind one address, and a system that knows only that. */
class Pair implements AsyncDisposable {
  readonly system: System;
  readonly replica: TestRedis;
  readonly link: Link;
  readonly old: Redis;
  readonly new: Redis;

  private constructor(system: System, replica: TestRedis, link: Link) {
    this.system = system;
    this.replica = replica;
    this.link = link;
    this.old = system.redis.client();
    this.new = replica.client();
  }

  static async start(program?: string): Promise<Pair> {
    const env = { MODELS_DIR: "test/fixtures/models" };
    const system = await System.bare(env, undefined, program);
    const replica = await TestRedis.start(program);
    const pair = new Pair(system, replica, await Link.to(system.redis.port));
    await replica.follow(system.redis.port);
    await pair.#inStep();
    return pair;
  }

  envOf(user: RedisUser): { readonly env: Record<string, string> } {
    return { env: { REDIS_URL: this.system.redis.urlOf(user, this.link.port) } };
  }

  /** The replica becomes the primary; the address leads to the old one until `move`. */
  async promote(): Promise<void> {
    await this.#inStep();
    await this.new.replicaof("NO", "ONE");
  }

  move(): void {
    this.link.leadTo(this.replica.port);
  }

  /** Subscribers of the gateway's channel on the new primary. */
  async listeners(): Promise<number> {
    const [channel] = await this.#channels();
    if (channel === undefined) return 0;
    const [, count] = await this.new.pubsub("NUMSUB", channel);
    return Number(count);
  }

  /** Connections that processes of ours still have to the old primary. */
  async left(): Promise<string[]> {
    const list = String(await this.old.client("LIST"));
    return list.split("\n").filter((line) => / user=(?:gateway|worker|courier) /.test(line));
  }

  async #channels(): Promise<string[]> {
    return z.array(z.string()).parse(await this.new.pubsub("CHANNELS", "*settled*"));
  }

  async #inStep(): Promise<void> {
    await until("the replica has it all", async () => {
      const [state, ours] = await Promise.all([this.new.info("replication"), this.#offset()]);
      return /master_link_status:up/.test(state) && offsetIn(state, "slave_repl_offset") >= ours;
    });
  }

  async #offset(): Promise<number> {
    return offsetIn(await this.old.info("replication"), "master_repl_offset");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.system[Symbol.asyncDispose]();
    } finally {
      await this.link[Symbol.asyncDispose]();
      await this.replica[Symbol.asyncDispose]();
    }
  }
}

function offsetIn(state: string, field: string): number {
  return Number(new RegExp(`^${field}:(\\d+)`, "m").exec(state)?.[1] ?? Number.NaN);
}

const redis62 = findRedis62();
const editions = [
  { name: "this machine's Redis", program: "redis-server" },
  { name: "Redis 6.2", program: redis62, skip: redis62 === undefined && "not to be had here" },
];

for (const { name, program, skip = false } of editions) {
  describe(`after a failover of ${name}`, { skip }, () => {
    let pair: Pair;
    let url = "";
    before(async () => {
      pair = await Pair.start(program);
      const { system } = pair;
      [{ url }] = await Promise.all([
        system.gateway(pair.envOf("gateway")),
        system.worker(pair.envOf("worker")),
        system.courier(pair.envOf("courier")),
      ]);
    });
    after(async () => pair[Symbol.asyncDispose]());

    const score = async (): Promise<string | number> =>
      (await postJson(`${url}/v1/models/lookup/jobs`, { input: { ids: [1, 2] } })).body.status;
    const readiness = async (): Promise<[number, Record<string, boolean>]> => {
      const response = await fetch(`${url}/readyz`);
      return [response.status, readinessSchema.parse(await response.json()).checks];
    };

    it("a gateway that can only read says that it is not ready", async () => {
      assert.equal(await score(), "succeeded");
      await pair.promote();
      await pair.old.replicaof("127.0.0.1", 1);
      await until("it says why it is not ready", async () => {
        const [status, { writable }] = await readiness();
        return status === 503 && writable === false;
      });
    });

    it("all connections of all processes leave the old node, and waits are told", async () => {
      pair.move();
      await until("it is ready", async () => (await readiness())[0] === 200);
      assert.equal(await score(), "succeeded");
      await until("the gateway listens there", async () => (await pair.listeners()) === 1);
      await until("nobody is left", async () => (await pair.left()).length === 0);
      assert.equal(await score(), "succeeded");
    });
  });
}

describe("after a failover from a node that fell silent", () => {
  it("a gateway leaves it with all its connections", async () => {
    await using pair = await Pair.start();
    const { url } = await pair.system.gateway(pair.envOf("gateway"));
    const create = async (): Promise<number> =>
      (await postJson(`${url}/v1/models/lookup/jobs`, { input: { ids: [1, 2] } }, "")).status;
    assert.equal(await create(), 202);
    await pair.promote();
    assert.ok(pair.link.fallSilent() > 1);
    pair.move();
    await until("it takes jobs again", async () => (await create()) === 202);
    await until("it listens there", async () => (await pair.listeners()) === 1);
  });
});
