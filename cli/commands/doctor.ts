import { availableParallelism } from "node:os";
import { publicUrl } from "../start/banner.ts";
import { parseConfig } from "../../shared/config.ts";
import { createLogger } from "../../shared/log.ts";
import { RegistryError, type ModelVersion, pullCommand } from "../../shared/model/registry.ts";
import { connectForRequests } from "../../shared/redis/connection.ts";
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
program that npm start will run), the models' files, the port, and memory. One
line each: ok, note (it works, but you may want to know) or bad (it will not
start, or will lose work). The exit code is 1 when something is bad.`,
  options: {
    "--json": "an array of objects",
    "HOST, PORT, REDIS_URL, MODELS_DIR": "as for npm start",
  },
  examples: ["doctor", "REDIS_URL=redis://127.0.0.1:6379 npx scoreline doctor --json"],
  async run(given, shell) {
    const config = parseConfig(startConfigSchema, shell.environment);
    const findings = [
      nodeFinding(),
      ...(await redisFindings(config)),
      ...(await modelFindings(shell)),
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

function nodeFinding(): Finding {
  const { node } = process.versions;
  const isPinned = Number.parseInt(node, 10) === NODE_MAJOR;
  return isPinned
    ? { check: "node", state: "ok", text: node }
    : { check: "node", state: "bad", text: `${node} instead of ${NODE_MAJOR}: npm run setup` };
}

async function redisFindings({ REDIS_URL }: StartConfig): Promise<readonly Finding[]> {
  if (REDIS_URL !== undefined) return serverFindings(REDIS_URL);
  try {
    const { program, version } = findRedisProgram();
    return [{ check: "redis", state: "ok", text: `${program} ${version}` }];
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return [{ check: "redis", state: "bad", text: error.message }];
  }
}

async function serverFindings(url: string): Promise<readonly Finding[]> {
  const logger = createLogger("doctor", "silent");
  const redis = connectForRequests({ url, logger, name: "doctor" });
  try {
    await redis.connect();
    const info = await redis.info();
    return [...settingFindings(info), ...replayFindings(await readLogReplay(redis, info))];
  } catch {
    // The URL may hold a password: only the place is named.
    const { host } = new URL(url);
    const text = `nothing usable answers at ${host}: start it, or fix REDIS_URL`;
    return [{ check: "redis", state: "bad", text }];
  } finally {
    redis.disconnect();
  }
}

/** What the guarantees rest on, from the text of `INFO`. */
export function settingFindings(info: string): readonly Finding[] {
  const field = (name: string): string | undefined => infoField(info, name);
  const check = "redis";
  const findings: Finding[] = [{ check, state: "ok", text: `version ${field("redis_version")}` }];
  const policy = field("maxmemory_policy");
  if (policy !== undefined && policy !== "noeviction") {
    const text = `may evict jobs (${policy}): CONFIG SET maxmemory-policy noeviction`;
    findings.push({ check, state: "bad", text });
  }
  if (field("aof_enabled") !== "1") {
    const text = "a restart loses accepted jobs: CONFIG SET appendonly yes";
    findings.push({ check, state: "note", text });
  }
  return findings;
}

function replayFindings(replay: LogReplay): readonly Finding[] {
  if (replay === "kept") return [];
  const check = "redis";
  if (replay === "forgotten") return [{ check, state: "bad", text: FORGETS }];
  return [{ check, state: "note", text: MAY_FORGET }];
}

async function modelFindings(shell: Shell): Promise<readonly Finding[]> {
  try {
    const { registry, faults } = readAllModels(shell);
    const findings = await Promise.all(
      registry.versions.map(async (version) => modelFinding(version)),
    );
    return [...findings, ...faults.map(faultFinding)];
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    return error.faults.map(faultFinding);
  }
}

function faultFinding(text: string): Finding {
  return { check: "model", state: "bad", text };
}

async function modelFinding(version: ModelVersion): Promise<Finding> {
  const { id, manifest } = version;
  const check = "model";
  const state = await fileState(version);
  if (state === "ready") return { check, state: "ok", text: id };
  if (state === "not pulled") {
    return { check, state: "note", text: `${id} is not pulled: ${pullCommand(version)}` };
  }
  const isFetched = manifest.file.source !== undefined;
  const remedy = isFetched ? pullCommand(version) : `git checkout HEAD -- ${version.folder}`;
  return { check, state: "note", text: `${id} is damaged: ${remedy}` };
}

async function portFinding({ HOST, PORT }: StartConfig): Promise<Finding> {
  const check = "port";
  try {
    await assertPortFree(HOST, PORT);
    return { check, state: "ok", text: `${PORT} is free` };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const url = publicUrl(HOST, PORT);
    if (await isOurs(url)) return { check, state: "ok", text: `Scoreline answers at ${url}` };
    return { check, state: "bad", text: error.message };
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
  if (bytes >= MEMORY_BYTES) return { check: "memory", state: "ok", text };
  const remedy = "fewer slots need less: WORKER_SLOTS=1 npm start";
  return { check: "memory", state: "note", text: `${text}; ${remedy}` };
}
