import { Agent, get } from "node:http";
import { issueKey } from "../support/keys.ts";
import { System } from "../support/system.ts";
import { cpuSeconds } from "./measure/processes.ts";

/**
 * What who has no key costs a gateway, in CPU time of its process, set against `/healthz`:
 * `node test/bench/open-pages.ts`. The least of several rounds, since what disturbs only adds.
 */
const ROUNDS = 5;
const REQUESTS = 2000;
const AT_ONCE = 20;
const UNBOUNDED = { STRANGER_REQUESTS_PER_SECOND: "0" };
/** Used up by the first few. */
const BOUNDED = { STRANGER_REQUESTS_PER_SECOND: "1" };

const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });

interface Gateway {
  readonly url: string;
  readonly pid: number;
}

async function main(): Promise<void> {
  await using system = await System.bare({ LOG_LEVEL: "info" });
  const gatewayWith = async (env: Record<string, string>): Promise<Gateway> => {
    const { role, url } = await system.gateway({ env });
    return { url, pid: role.pid };
  };
  const { key } = await issueKey(system.redis.client());
  const wrong = `sk_${key.id.replace("key_", "")}_${"0".repeat(64)}`;
  const free = await gatewayWith(UNBOUNDED);
  await cpuMs(free, "/healthz"); // warms it up
  const basis = await cpuMs(free, "/healthz");
  const tell = (what: string, ms: number): void => {
    const share = `${(ms / basis).toFixed(2)} × /healthz`;
    process.stdout.write(`${what.padEnd(44)} ${ms.toFixed(2).padStart(6)} ms  ${share}\n`);
  };
  tell("/healthz", basis);
  for (const path of ["/", "/openapi.json", "/docs", "/docs/errors", "/metrics", "/nowhere"]) {
    tell(path, await cpuMs(free, path));
  }
  const models = "/v1/models";
  tell(`${models} without a key`, await cpuMs(free, models));
  const headers = { authorization: `Bearer ${wrong}` };
  tell(`${models} with a wrong secret`, await cpuMs(free, models, headers));
  const held = await gatewayWith(BOUNDED);
  await cpuMs(held, "/healthz");
  tell(`${models} without a key, beyond the budget`, await cpuMs(held, models));
  tell("/openapi.json, beyond the budget", await cpuMs(held, "/openapi.json"));
}

/** @returns CPU ms a request, of the round that took least */
async function cpuMs(
  { url, pid }: Gateway,
  path: string,
  headers: Record<string, string> = {},
): Promise<number> {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = cpuSeconds(pid);
    let left = REQUESTS;
    const client = async (): Promise<void> => {
      while (left-- > 0) await ask(`${url}${path}`, headers);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, client));
    rounds.push(((cpuSeconds(pid) - before) * 1000) / REQUESTS);
  }
  return Math.min(...rounds);
}

async function ask(url: string, headers: Record<string, string>): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  get(url, { agent, headers }, (response) => response.resume().on("end", resolve)).on(
    "error",
    reject,
  );
  return promise;
}

await main();
agent.destroy();
