import { z } from "zod";
import type { Registry } from "../../shared/model/registry.ts";
import { Gateway } from "../http/gateway.ts";
import { tokenFor } from "../http/key.ts";
import { gatewayOptions } from "../http/options.ts";
import { MODELS_DIR, readModels } from "../models/models-folder.ts";
import { adviceOf, type Advice } from "../score/advice.ts";
import { benchLines } from "../score/bench-lines.ts";
import { exampleInputs } from "../score/example-inputs.ts";
import { readJobInput, wrongInput, type JobInput } from "../score/job-input.ts";
import { closedLoop, openLoop, type Load } from "../score/load.ts";
import { Sender } from "../score/sender.ts";
import { Tally, type Figures } from "../score/tally.ts";
import {
  CommandError,
  UsageError,
  type Arguments,
  type Command,
  type Shell,
} from "../terminal/command.ts";
import { interruptible } from "../terminal/interrupt.ts";
import { LiveLine } from "../terminal/live-line.ts";
import { show } from "../terminal/show.ts";

const WAIT_SECONDS = 30;

const modelSchema = z.looseObject({ id: z.string(), limits: z.looseObject({ rows_max: z.int() }) });
const queueSchema = z.looseObject({ workers: z.looseObject({ ready: z.int() }) });

/** `bench`: a load on a running system, and what it did. */
export const bench: Command = {
  name: "bench",
  usage: "MODEL [FILE|TEXT]...",
  summary: "Puts a load on a running Scoreline and measures the answers.",
  about: `Sends jobs and waits for each: --clients at a time, or --rate a second at random
moments. The inputs are files and texts as for scoreline score, in turn; without
any, the examples of the version in the models' folder. Each is scored once
before the measurement. Ctrl-C ends it and prints what there is.`,
  options: {
    "--clients N": { help: "who send their next job when the last is answered", default: "16" },
    "--rate N": "jobs a second instead, whatever becomes of earlier ones",
    "--seconds N": { help: "how long", default: "10" },
    "--target N": "jobs a second that you want: the advice says what they take",
    "--depth N": { help: "queued jobs whose memory the advice tells", default: "100000" },
    "--json": "the figures as an object",
    ...gatewayOptions,
    MODELS_DIR,
  },
  examples: [
    "bench faq-javascript",
    "bench image-classification photo.jpg --clients 8 --seconds 30",
    "bench wine --rate 200 --target 1000 --json",
  ],
  async run(given, shell): Promise<number> {
    const settings = settingsOf(given);
    const gateway = new Gateway(given, shell);
    const [name = "", ...words] = given.words;
    const path = `/v1/models/${encodeURIComponent(name)}`;
    const { id, limits } = await gateway.json({ path }, modelSchema);
    const inputs = inputsOf(words, id, shell);
    const url = new URL(`${gateway.url}/v1/models/${encodeURIComponent(id)}/jobs`);
    const sender = new Sender(url, tokenFor(gateway.url, shell), WAIT_SECONDS);
    const figures = await interruptible(async (signal) => {
      signal.addEventListener("abort", () => sender.close());
      await tryEach(inputs, { sender, model: id, signal });
      return measure({ sender, inputs, settings, signal }, shell);
    }).finally(() => sender.close());
    const { workers } = await gateway.json({ path: `${path}/queue` }, queueSchema);
    const situation = {
      maxBatchSize: limits.rows_max,
      workers: workers.ready,
      isSaturated: settings.rate === undefined,
      inputBytes: meanBytes(inputs),
      target: settings.target,
      depth: settings.depth,
    };
    const advice = figures.succeeded === 0 ? undefined : adviceOf(figures, situation);
    const load = loadText(settings);
    show(
      reportOf(id, settings, { figures, advice }),
      benchLines(`${id}, ${load}`, figures, advice),
      given,
      shell,
    );
    return figures.succeeded === 0 ? 1 : 0;
  },
};

type Settings = Readonly<ReturnType<typeof settingsOf>>;

function settingsOf({ flags }: Arguments) {
  const number = (name: string, most: number): number => {
    const value = Number(flags[name]);
    if (value > 0 && value <= most) return value;
    throw new UsageError(`--${name} ${String(flags[name])} is no number above 0 and up to ${most}`);
  };
  const whole = (name: string, most: number): number => {
    const value = number(name, most);
    if (Number.isInteger(value)) return value;
    throw new UsageError(`--${name} ${value} is not a whole number`);
  };
  const given = (name: string, most: number): number | undefined =>
    flags[name] === undefined ? undefined : number(name, most);
  return {
    clients: whole("clients", 1000),
    rate: given("rate", 100_000),
    seconds: number("seconds", 3600),
    target: given("target", 10_000_000),
    depth: whole("depth", 1_000_000_000),
  };
}

function loadText({ clients, rate }: Settings): string {
  if (rate !== undefined) return `${rate} jobs a second`;
  return clients === 1 ? "1 client" : `${clients} clients`;
}

/** @throws {CommandError} when nothing is given, and there is no example here */
function inputsOf(words: readonly string[], id: string, shell: Shell): readonly JobInput[] {
  if (words.length > 0) return words.map(readJobInput);
  const version = modelsHere(shell)?.find(id);
  const examples = version === undefined ? [] : exampleInputs(version);
  if (examples.length > 0) return examples;
  throw new CommandError(`there are no examples of ${id} here: name a file or a text to send`);
}

/** The gateway may be elsewhere, and this clone without its models. */
function modelsHere(shell: Shell): Registry | undefined {
  try {
    return readModels(shell);
  } catch {
    return undefined;
  }
}

interface Trial {
  readonly sender: Sender;
  readonly model: string;
  readonly signal: AbortSignal;
}

/** @throws {CommandError} when one is not scored: a load of it would measure refusals */
async function tryEach(
  inputs: readonly JobInput[],
  { sender, model, signal }: Trial,
): Promise<void> {
  for (const input of inputs) {
    const { code, detail } = await sender.send(input);
    if (signal.aborted) throw new CommandError("stopped before the measurement");
    if (code === undefined) continue;
    if (code === "unsupported_media_type") throw new CommandError(wrongInput(model, input.type));
    throw new CommandError(`${input.name} is not scored: ${detail ?? code} (${code})`);
  }
}

interface Measurement extends Omit<Load, "seconds" | "onAnswer"> {
  readonly settings: Settings;
}

async function measure({ settings, ...load }: Measurement, { notes }: Shell): Promise<Figures> {
  const { clients, rate, seconds } = settings;
  const line = new LiveLine(notes);
  const tally = new Tally();
  const whole = {
    ...load,
    seconds,
    onAnswer: (...answer: Parameters<Tally["add"]>) => {
      tally.add(...answer);
      line.show(() => tally.progress());
    },
  };
  await (rate === undefined ? closedLoop(clients, whole) : openLoop(rate, whole));
  line.clear();
  return tally.figures();
}

function meanBytes(inputs: readonly JobInput[]): number {
  const bytes = inputs.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
  return bytes / inputs.length;
}

function reportOf(
  model: string,
  { clients, rate }: Settings,
  { figures, advice }: { readonly figures: Figures; readonly advice: Advice | undefined },
): object {
  return {
    model,
    ...(rate === undefined ? { clients } : { rate }),
    seconds: figures.seconds,
    requests: figures.requests,
    succeeded: figures.succeeded,
    per_second: figures.perSecond,
    rows_per_second: figures.rowsPerSecond,
    latency_ms: figures.latencyMs ?? null,
    phases_ms: figures.phasesMs ?? null,
    batch_size: figures.batchSize,
    slots_busy: figures.slotsBusy,
    errors: figures.errors,
    advice: advice && {
      text: advice.text,
      slots: advice.slots ?? null,
      replicas: advice.replicas ?? null,
      redis_bytes: advice.redisBytes,
    },
  };
}
