import { issueKey } from "../support/keys.ts";
import { Receiver } from "../support/receiver.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";
import { api, RECEIVERS_HERE, register, urlOf } from "../support/webhooks.ts";
import { quantile } from "./report/statistics.ts";

const USAGE = `node test/bench/receivers.ts [rounds]

Times from an event to its arrival at 50 healthy receivers: alone, and beside receivers that hang, drip
a byte a second, send without end, reset, and answer 500, with 20 events queued to each. Interleaved;
5 rounds by default. Prints the p99 beside them as a ratio of the p99 alone.
`;

const HEALTHY = 50;
const EVENTS_EACH = 4;
const QUEUED_TO_BAD = 20;

/** Ways to be a bad receiver. */
const manners = ["hangs", "drips", "never ends", "resets", "fails"] as const;

interface Healthy {
  readonly endpoint: string;
  readonly receiver: Receiver;
}

async function main(): Promise<void> {
  const [given = "5"] = process.argv.slice(2);
  const rounds = Number(given);
  if (!(rounds >= 1)) return print(USAGE);
  await using system = await System.start({ ...RECEIVERS_HERE, WEBHOOK_TIMEOUT_MS: "15000" });
  await using stack = new AsyncDisposableStack();
  const healthy: Healthy[] = [];
  for (let i = 0; i < HEALTHY; i += 1) {
    const receiver = stack.use(await Receiver.http((response) => response.writeHead(204).end()));
    const { id } = await register(system.url, { url: urlOf(receiver), events: [] });
    healthy.push({ endpoint: id, receiver });
  }
  await arrivals(system.url, healthy);
  // A tenant has 50 endpoints at most.
  const { tokens } = await issueKey(system.redis.client(), { tenant: "neighbour" });
  const token = tokens.primary;
  const ratios: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const alone = await arrivals(system.url, healthy);
    await using bad = await badReceivers(system.url, token);
    await until("they are in trouble", () => bad.connections() >= manners.length);
    const beside = await arrivals(system.url, healthy);
    for (const endpoint of bad.endpoints) {
      await api(`${system.url}/v1/webhook-endpoints/${endpoint}`, 204, {
        method: "DELETE",
        token,
      });
    }
    const [a, b] = [quantile(alone, 0.99), quantile(beside, 0.99)];
    ratios.push(b / a);
    print(
      `round ${round}  p50 ${quantile(alone, 0.5).toFixed(0)} → ${quantile(beside, 0.5).toFixed(0)} ms  ` +
        `p99 ${a.toFixed(0)} → ${b.toFixed(0)} ms`,
    );
  }
  print(
    `\np99 of ${HEALTHY} healthy receivers, beside ÷ alone: median ${quantile(ratios, 0.5).toFixed(2)}`,
  );
}

/** From each ping's answer to its arrival, in ms. */
async function arrivals(url: string, healthy: readonly Healthy[]): Promise<readonly number[]> {
  const took: number[] = [];
  for (let event = 0; event < EVENTS_EACH; event += 1) {
    const before = healthy.map(({ receiver }) => receiver.received.length);
    await Promise.all(
      healthy.map(async ({ endpoint, receiver }, i) => {
        await ping(url, endpoint);
        const sentMs = performance.now();
        const count = (before[i] ?? 0) + 1;
        await until("it arrives", () => receiver.received.length >= count, 60_000);
        took.push(performance.now() - sentMs);
      }),
    );
  }
  return took;
}

interface BadReceivers extends AsyncDisposable {
  readonly endpoints: readonly string[];
  connections(): number;
}

async function badReceivers(url: string, token: string): Promise<BadReceivers> {
  const receivers: Receiver[] = [];
  const endpoints: string[] = [];
  for (const manner of manners) {
    const receiver = await Receiver.http((response) => {
      if (manner === "resets") response.socket?.resetAndDestroy();
      else if (manner === "fails") response.writeHead(500).end();
      else if (manner === "never ends") flood(response);
      else if (manner === "drips") drip(response);
    });
    receivers.push(receiver);
    const { id } = await register(url, { url: urlOf(receiver), events: [] }, token);
    endpoints.push(id);
    for (let i = 0; i < QUEUED_TO_BAD; i += 1) await ping(url, id, token);
  }
  return {
    endpoints,
    connections: () => receivers.filter(({ connections }) => connections > 0).length,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(receivers.map(async (receiver) => receiver[Symbol.asyncDispose]()));
    },
  };
}

type Response = Parameters<Parameters<typeof Receiver.http>[0]>[0];

function flood(response: Response): void {
  response.writeHead(500);
  const more = (): void => {
    while (!response.destroyed && response.write("x".repeat(16_384)));
    if (!response.destroyed) response.once("drain", more);
  };
  more();
}

function drip(response: Response): void {
  const socket = response.socket;
  const timer = setInterval(() => {
    if (socket === null || socket.destroyed) clearInterval(timer);
    else socket.write("H");
  }, 1000);
}

async function ping(url: string, endpoint: string, token?: string): Promise<void> {
  const as = token === undefined ? {} : { token };
  await api(`${url}/v1/webhook-endpoints/${endpoint}/ping`, 202, { method: "POST", ...as });
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

await main();
