import { resolve } from "node:path";
import { startDirect, startSystem, type Arm } from "./arms.ts";
import { parseOptions, USAGE, type BenchOptions } from "./options.ts";
import { change, comparison, machine, table, type Series } from "./report.ts";
import { Sampler, type Sample } from "./sampler.ts";

const CLIENTS_LOW = 1;
const CLIENTS_HIGH = 64;
const WARM_UP_MS = 5000;

/** Around a sample's window: lead, drain, last answers. */
const AROUND_MS = 1200;

/** No disturbed sample is repeated after this many times what the rounds take undisturbed. */
const REPEAT_FACTOR = 1.5;

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) {
    process.stdout.write(USAGE);
    return;
  }
  print(machine());
  const { against } = options;
  await using other =
    against === undefined ? await startDirect() : await startSystem("other", resolve(against));
  await using system = await startSystem();
  const arms = [system, other];
  await using sampler = new Sampler(arms);
  await warmUp(sampler, arms);
  const all = await measure(sampler, arms, options);
  const result =
    against === undefined
      ? comparison(all, CLIENTS_LOW, CLIENTS_HIGH)
      : change(all, [CLIENTS_LOW, CLIENTS_HIGH]);
  print(`\n${table(all)}\n\n${result}`);
}

/** Caches, compilers and connections settle before anything counts. */
async function warmUp(sampler: Sampler, arms: readonly Arm[]): Promise<void> {
  for (const arm of arms) {
    await sampler.sample(arm, { clients: CLIENTS_HIGH, windowMs: WARM_UP_MS }, 0);
  }
}

/** Interleaved: every round asks every arm, so that a slow minute of the machine hits them all. */
async function measure(
  sampler: Sampler,
  arms: readonly Arm[],
  { rounds, seconds }: BenchOptions,
): Promise<readonly Series[]> {
  const windowMs = seconds * 1000;
  const steps = [CLIENTS_LOW, CLIENTS_HIGH].flatMap((clients) =>
    arms.map((arm) => ({ arm, clients, samples: new Array<Sample>() })),
  );
  const plannedMs = rounds * steps.length * (windowMs + AROUND_MS);
  const repeatUntilMs = performance.now() + plannedMs * REPEAT_FACTOR;
  for (let round = 1; round <= rounds; round++) {
    print(`round ${round} of ${rounds}`);
    for (const { arm, clients, samples } of steps) {
      samples.push(await sampler.sample(arm, { clients, windowMs }, repeatUntilMs));
    }
  }
  return steps.map(({ arm, clients, samples }) => ({ arm: arm.name, clients, samples }));
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

await main();
