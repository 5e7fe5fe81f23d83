import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { breakageNames } from "../support/faults/breakage.ts";
import { footprintOf, keysByKind } from "../support/faults/footprint.ts";
import { assertForgotten } from "../support/faults/residue.ts";
import { Trial } from "../support/faults/trial.ts";

/**
 * `npm run test:soak -- --minutes N --seed S`: random faults under load, then load alone, then
 * silence. Ends with 1 when a promise was broken, or when memory, descriptors or keys grew under the
 * load alone. Never part of `npm test`.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    clients: { type: "string", default: "6" },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
const clients = Number(values.clients);

const RETENTION_MS = 60_000;
const CENSUS_MS = 5000;
/** Of the time; the rest is load without faults, over which what a process takes must not grow. */
const FAULTS_SHARE = 0.7;
/** Between two faults, at most. */
const PAUSE_MS = 6000;
const CLIENT_PAUSE_MS = 150;
/** Last quarter of the calm ÷ its first: memory breathes, descriptors and keys come and go. */
const GROWTH_MAX = 1.3;
/** Fewer than these say nothing. */
const FLOORS: Readonly<Record<string, number>> = { rss: 100, descriptors: 40 };

const retention = { RETENTION_MS: String(RETENTION_MS), BATCH_RETENTION_MS: String(RETENTION_MS) };
const startMs = performance.now();
const say = (line: string): void => {
  const seconds = Math.round((performance.now() - startMs) / 1000);
  process.stdout.write(`${String(seconds).padStart(5)} s  ${line}\n`);
};

say(`SEED=${seed}, ${minutes} minutes, ${clients} clients`);
let isBad = false;
{
  await using trial = await Trial.start({
    seed,
    gateways: 2,
    workers: 2,
    couriers: 2,
    env: retention,
    say,
  });
  const redis = trial.fleet.system.redis.client();
  const census = setInterval(() => void trial.census.take().catch(() => {}), CENSUS_MS);
  trial.load(clients, CLIENT_PAUSE_MS);
  await trial.undisturbed();

  const faultsEndMs = startMs + minutes * 60_000 * FAULTS_SHARE;
  while (performance.now() < faultsEndMs) {
    const name = breakageNames[Math.floor(trial.random() * breakageNames.length)];
    if (name !== undefined) await trial.break(name);
    await sleep(trial.random() * PAUSE_MS);
  }
  say(`calm: load without faults; so far ${trial.history.told()}`);
  const samples: Map<string, number>[] = [];
  while (performance.now() < startMs + minutes * 60_000) {
    samples.push(await sample(trial, redis));
    await sleep(CENSUS_MS);
  }
  clearInterval(census);
  for (const line of grown(samples)) {
    isBad = true;
    say(`GREW: ${line}`);
  }
  try {
    await trial.judge();
    await assertForgotten(redis, 3 * RETENTION_MS);
    say(`keys in the end: ${JSON.stringify(await keysByKind(redis))}`);
  } catch (error) {
    isBad = true;
    say(`BROKEN: ${error instanceof Error ? error.message : String(error)}`);
  }
}
say(isBad ? "soak: broken" : "soak: every promise kept, nothing grew");
process.exitCode = isBad ? 1 : 0;

/** What everything takes now, by name. */
async function sample(trial: Trial, redis: Parameters<typeof keysByKind>[0]) {
  const all = new Map<string, number>();
  for (const kind of ["gateway", "worker", "courier"] as const) {
    for (const { role } of trial.fleet.of(kind)) {
      const footprint = footprintOf(role.pid);
      if (footprint === undefined) continue;
      all.set(`rss of ${kind} ${role.pid}`, footprint.rssMib);
      all.set(`descriptors of ${kind} ${role.pid}`, footprint.descriptors);
    }
  }
  const kinds = await keysByKind(redis);
  const keyCount = Object.values(kinds).reduce((sum, count) => sum + count, 0);
  // How much is asked in a minute changes with the machine, and what is kept of it with that.
  const sinceMs = Date.now() - RETENTION_MS;
  const kept = trial.history.courses.filter(({ askedAtMs }) => askedAtMs > sinceMs).length;
  all.set("keys per input of a minute", keyCount / kept);
  return all;
}

/** Figures that grew from the first to the last quarter; all of them are told. */
function grown(samples: readonly ReadonlyMap<string, number>[]): string[] {
  const quarter = Math.floor(samples.length / 4);
  if (quarter < 3) return [];
  const mean = (some: typeof samples, name: string): number =>
    some.reduce((sum, all) => sum + (all.get(name) ?? 0), 0) / some.length;
  const lines: string[] = [];
  for (const name of samples.at(-1)?.keys() ?? []) {
    // The first quarter still has what the faults left.
    const early = mean(samples.slice(quarter, 2 * quarter), name);
    const late = mean(samples.slice(-quarter), name);
    const line = `${name}: ${early.toFixed(2)}, later ${late.toFixed(2)}, ratio ${(late / early).toFixed(2)}`;
    say(line);
    const floor = FLOORS[name.split(" ")[0] ?? ""] ?? 0;
    if (late > Math.max(early * GROWTH_MAX, floor)) lines.push(line);
  }
  return lines;
}
