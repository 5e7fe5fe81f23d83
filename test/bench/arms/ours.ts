import { GATEWAY_NODE_OPTIONS } from "../../../cli/start/roles.ts";
import { issueKey } from "../../support/keys.ts";
import { System } from "../../support/system.ts";
import type { Manner } from "../load/load.ts";
import { childrenOf } from "../measure/processes.ts";
import type { Arm, ArmKind } from "./arm.ts";

/** What the launcher gives its gateway; `--against` gets the same. */
const GATEWAY_OPTIONS = { NODE_OPTIONS: GATEWAY_NODE_OPTIONS };

/** Room for a million jobs that nobody takes. */
const ROOMY = {
  OUTSTANDING_MAX: "100000000",
  TENANT_OUTSTANDING_MAX: "100000000",
  OUTSTANDING_BYTES_MAX: String(2 ** 40),
  TENANT_OUTSTANDING_BYTES_MAX: String(2 ** 40),
  START_TIMEOUT_MS: "36000000",
  TOTAL_TIMEOUT_MS: "36000000",
};

export interface OursOptions {
  readonly name: string;
  readonly title: string;
  readonly manner?: Manner;
  /** Tenants that the clients belong to in turn, each with a key of its own; 0: `AUTH=off`. */
  readonly tenants?: number;
  /** The checkout whose code runs; this one by default. */
  readonly root?: string | undefined;
}

/** Everything, as the launcher starts it: Redis that appends every second, gateway, worker, courier. */
export function ours({ name, title, manner = "sync", tenants = 0, root }: OursOptions): ArmKind {
  return {
    name,
    title,
    manner,
    dialect: "scoreline",
    isQueue: manner === "sync" && tenants === 0,
    start: async () => startOurs(tenants, root),
  };
}

async function startOurs(tenants: number, root: string | undefined): Promise<Arm> {
  const system = await System.bare({ ...ROOMY, AUTH: tenants === 0 ? "off" : "keys" }, root);
  try {
    return await rolesOf(system, tenants);
  } catch (error) {
    // Its client of Redis would keep the bench from ending.
    await system[Symbol.asyncDispose]();
    throw error;
  }
}

async function rolesOf(system: System, tenants: number): Promise<Arm> {
  const redis = system.redis.client();
  await redis.config("SET", "appendfsync", "everysec", "hash-max-listpack-value", "8192");
  const [gateway, worker, courier] = await Promise.all([
    system.gateway({ env: GATEWAY_OPTIONS }),
    system.worker(),
    system.courier(),
  ]);
  const workers = [worker];
  const keys = Array.from({ length: tenants }, async (_, i) =>
    issueKey(redis, { tenant: `tenant-${i}` }),
  );
  const redisPid = Number(/^process_id:(\d+)/m.exec(await redis.info("server"))?.[1]);
  return {
    port: Number(new URL(gateway.url).port),
    tokens: (await Promise.all(keys)).map(({ tokens }) => tokens.primary),
    redis,
    processes: () => ({
      gateway: [gateway.role.pid],
      redis: [redisPid],
      runner: workers.flatMap(({ pid }) => childrenOf(pid)),
      worker: workers.map(({ pid }) => pid),
      courier: [courier.pid],
    }),
    setWorkers: async (count) => {
      for (const one of workers.splice(0)) await one.end("SIGTERM");
      if (count > 0) workers.push(await system.worker());
    },
    [Symbol.asyncDispose]: async () => system[Symbol.asyncDispose](),
  };
}
