import { availableParallelism } from "node:os";
import { publicUrl } from "../start/banner.ts";
import { readCaptureState } from "../../shared/capture/captures.ts";
import { parseConfig } from "../../shared/config.ts";
import { readEndpoints } from "../../shared/endpoint/endpoints.ts";
import { RegistryError, type ModelVersion, pullCommand } from "../../shared/model/registry.ts";
import { withRedis } from "../start/with-redis.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import { infoField } from "../../shared/redis/info.ts";
import {
  FORGETS,
  MAY_FORGET,
  readLogReplay,
  type LogReplay,
} from "../../shared/redis/log-replay.ts";
import { startConfigSchema, type StartConfig } from "../start/config.ts";
import { assertPortFree } from "../start/port.ts";
import { findRedisProgram } from "../start/redis-server.ts";
import { show } from "../terminal/show.ts";
import { gpuFindings } from "../models/gpu-finding.ts";
import { megabytes } from "../terminal/units.ts";
import { CommandError, type Command, type Shell } from "../terminal/command.ts";
import { fileState } from "../models/file-state.ts";
import { readAllModels } from "../models/models-folder.ts";

const NODE_MAJOR = 24;
const ANSWER_MS = 2000;
/** What a worker with the models of the clone takes, with Redis and a gateway beside it. */
const MEMORY_BYTES = 700_000_000;

/** What was looked at and how it is; everything but `ok` has its remedy in the text. */
interface Finding {
  readonly check: string;
  readonly state: "ok" | "note" | "bad";
  readonly text: string;
}

/** `doctor`: all that `npm start` will need. */
export const doctor: Command = {
  name: "doctor",
  usage: "",
  summary: "Checks that all is there to start; a remedy for what is not.",
  about: `Looks at Node.js, Redis (the server of REDIS_URL and its settings, or the
program that npm start will run), the models' files, GPUs, the port, and memory.
One line each: ok, note (it works, but you may want to know) or bad (it will not
start, or will lose work). The exit code is 1 when something is bad.`,
  options: {
    "--json": "an array of objects",
    "HOST, PORT, REDIS_URL, MODELS_DIR, EXECUTION_PROVIDERS": "as for npm start",
  },
  examples: ["doctor", "REDIS_URL=redis://127.0.0.1:6379 npx scoreline doctor --json"],
  async run(given, shell): Promise<number> {
    const config = parseConfig(startConfigSchema, shell.environment);
    const findings = [
      nodeFinding(),
      ...(await redisFindings(config)),
      ...(await modelFindings(shell)),
      ...(await gpuFindings(shell.environment)).map(({ state, text }) => found("gpu", state, text)),
      await portFinding(config),
      memoryFinding(),
    ];
    show(findings, findings.map(lineOf), given, shell);
    return findings.some(({ state }) => state === "bad") ? 1 : 0;
  },
};

function lineOf({ check, state, text }: Finding): string {
  return `${state.padEnd(4)}  ${check.padEnd(6)}  ${text}`;
}

function found(check: string, state: Finding["state"], text: string): Finding {
  return { check, state, text };
}

function nodeFinding(): Finding {
  const { node } = process.versions;
  return Number.parseInt(node, 10) === NODE_MAJOR
    ? found("node", "ok", node)
    : found("node", "bad", `${node} instead of ${NODE_MAJOR}: npm run setup`);
}

async function redisFindings({ REDIS_URL }: StartConfig): Promise<readonly Finding[]> {
  if (REDIS_URL !== undefined) return serverFindings(REDIS_URL);
  try {
    const { program, version } = findRedisProgram();
    return [found("redis", "ok", `${program} ${version}`)];
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return [found("redis", "bad", error.message)];
  }
}

async function serverFindings(url: string): Promise<readonly Finding[]> {
  try {
    return await withRedis(url, async (redis) => {
      const info = await redis.info();
      const replay = await readLogReplay(redis, info);
      return [
        ...settingFindings(info),
        ...replayFindings(replay),
        ...(await captureFindings(redis)),
      ];
    });
  } catch {
    // The URL may hold a password: only the place is named.
    const { host } = new URL(url);
    return [found("redis", "bad", `nothing usable answers at ${host}: start it, or fix REDIS_URL`)];
  }
}

/** What the guarantees rest on, from the text of `INFO`. */
export function settingFindings(info: string): readonly Finding[] {
  const field = (name: string): string | undefined => infoField(info, name);
  const findings = [found("redis", "ok", `version ${field("redis_version")}`)];
  const policy = field("maxmemory_policy");
  if (policy !== undefined && policy !== "noeviction") {
    const text = `may evict jobs (${policy}): CONFIG SET maxmemory-policy noeviction`;
    findings.push(found("redis", "bad", text));
  }
  if (field("aof_enabled") !== "1") {
    const text = "a restart loses accepted jobs: CONFIG SET appendonly yes";
    findings.push(found("redis", "note", text));
  }
  return findings;
}

function replayFindings(replay: LogReplay): readonly Finding[] {
  if (replay === "kept") return [];
  const isSure = replay === "forgotten";
  return [isSure ? found("redis", "bad", FORGETS) : found("redis", "note", MAY_FORGET)];
}

/** None also for a user of Redis that may not look. */
async function captureFindings(redis: Redis): Promise<readonly Finding[]> {
  try {
    const { heardUntilMs = 0 } = await readCaptureState(redis);
    const endpoints = [...(await readEndpoints(redis, () => {})).values()];
    const capturing = endpoints.filter(({ definition }) => definition.capture !== null);
    if (capturing.length === 0 || heardUntilMs > Date.now()) return [];
    const names = capturing.map(({ name }) => name).join(", ");
    const text = `no courier has a CAPTURE_FOLDER: nothing is recorded of ${names}`;
    return [found("record", "note", text)];
  } catch {
    return [];
  }
}

async function modelFindings(shell: Shell): Promise<readonly Finding[]> {
  try {
    const { registry, faults } = readAllModels(shell);
    const findings = await Promise.all(
      registry.versions.map(async (version) => modelFinding(version)),
    );
    return [...findings, ...faults.map((text) => found("model", "bad", text))];
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    return error.faults.map((text) => found("model", "bad", text));
  }
}

async function modelFinding(version: ModelVersion): Promise<Finding> {
  const { id, manifest } = version;
  const state = await fileState(version);
  if (state === "ready") return found("model", "ok", id);
  if (state === "not pulled") {
    return found("model", "note", `${id} is not pulled: ${pullCommand(version)}`);
  }
  const isFetched = manifest.file.source !== undefined;
  const remedy = isFetched ? pullCommand(version) : `git checkout HEAD -- ${version.folder}`;
  return found("model", "note", `${id} is damaged: ${remedy}`);
}

async function portFinding({ HOST, PORT }: StartConfig): Promise<Finding> {
  try {
    await assertPortFree(HOST, PORT);
    return found("port", "ok", `${PORT} is free`);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const url = publicUrl(HOST, PORT);
    return (await isOurs(url))
      ? found("port", "ok", `Scoreline answers at ${url}`)
      : found("port", "bad", error.message);
  }
}

async function isOurs(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) });
    const text = await response.text();
    return text.includes('"name":"scoreline"');
  } catch {
    return false;
  }
}

function memoryFinding(): Finding {
  const bytes = process.availableMemory();
  const text = `${megabytes(bytes)} available, ${availableParallelism()} cores`;
  return bytes >= MEMORY_BYTES
    ? found("memory", "ok", text)
    : found("memory", "note", `${text}; fewer slots need less: WORKER_SLOTS=1 npm start`);
}
