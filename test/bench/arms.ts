import { freePort } from "../support/redis.ts";
import { Role, System } from "../support/system.ts";
import { childrenOf } from "./processes.ts";

/** One way of serving the model, up and ready. */
export interface Arm extends AsyncDisposable {
  readonly name: string;
  readonly port: number;
  /** What requests carry as their key. */
  readonly token: string;
  /** Process ids by what the processes are. */
  readonly processes: Readonly<Record<string, readonly number[]>>;
}

/** What the launcher gives its gateway: room for the garbage of a burst. */
const GATEWAY_OPTIONS = { NODE_OPTIONS: "--max-semi-space-size=16" };

/** Of a token of ours, so that both arms read requests of the same length. */
const TOKEN_LENGTH = 94;

/**
 * Everything, as the launcher starts it: Redis that appends every second, gateway, worker, courier.
 *
 * @param root of the checkout whose code runs; this one by default
 */
export async function startSystem(name = "system", root?: string): Promise<Arm> {
  const code = root === undefined ? {} : { root };
  const system = await System.bare();
  const redis = system.redis.client();
  await redis.config("SET", "appendfsync", "everysec", "hash-max-listpack-value", "8192");
  const [gateway, worker, courier] = await Promise.all([
    system.gateway({ env: GATEWAY_OPTIONS, ...code }),
    system.worker(code),
    system.courier(code),
  ]);
  const redisPid = Number(/^process_id:(\d+)/m.exec(await redis.info("server"))?.[1]);
  return {
    name,
    port: Number(new URL(gateway.url).port),
    token: system.key,
    processes: {
      redis: [redisPid],
      gateway: [gateway.role.pid],
      worker: [worker.pid],
      runners: childrenOf(worker.pid),
      courier: [courier.pid],
    },
    [Symbol.asyncDispose]: async () => system[Symbol.asyncDispose](),
  };
}

/** One process that answers HTTP and runs the model itself. It is sent a key, and asks for none. */
export async function startDirect(): Promise<Arm> {
  const port = await freePort();
  const env = { PORT: String(port), ORT_DISABLE_TELEMETRY: "1" };
  const role = new Role("direct", "test/bench/direct-server.ts", env);
  await role.ready();
  return {
    name: "direct",
    port,
    token: "0".repeat(TOKEN_LENGTH),
    processes: { server: [role.pid] },
    [Symbol.asyncDispose]: async () => void (await role.end("SIGKILL")),
  };
}
