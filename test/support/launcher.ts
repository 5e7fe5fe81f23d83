import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { freeLoopbackPort } from "../../cli/start/port.ts";
import { readProcessTable } from "../../cli/start/process-table.ts";

export const ROOT = resolve(import.meta.dirname, "../..");
export const START_MS = 240_000;
const STOP_MS = 120_000;

/** Where one launcher after another lives: a data folder and a port of their own. */
export type Place = Readonly<{ folder: string; port: number; url: string }>;

export interface Started {
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;
  text(): string;
  /** Resolves when the launcher has printed `part`; fails when it ends or time is up before. */
  hasSaid(part: string, limitMs?: number): Promise<void>;
}

export async function createPlace(): Promise<Place> {
  const port = await freeLoopbackPort();
  const folder = mkdtempSync(join(tmpdir(), "scoreline-start-"));
  return { folder, port, url: `http://127.0.0.1:${port}` };
}

/** Ends whatever a failed test has left running, and removes the folder. */
export function removePlace({ folder }: Place): void {
  for (const pid of processesOf(folder)) process.kill(pid, "SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}

export async function setup(t: TestContext): Promise<Place> {
  const place = await createPlace();
  t.after(() => removePlace(place));
  return place;
}

export function launch(
  place: Pick<Place, "folder" | "port">,
  env: Readonly<Record<string, string>> = {},
): Started {
  const child = spawn(process.execPath, ["cli/start/main.ts"], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      DATA_DIR: place.folder,
      SCRIPT_FOLDER: place.folder,
      PORT: String(place.port),
      HOST: "127.0.0.1",
      REDIS_URL: "",
      MODELS_DIR: "",
      LOG_FORMAT: "pretty",
      HEALTH_PORT: "",
      ...env,
    },
  });
  return followed(child);
}

/** What a launcher says, and when it ends. @param child with both outputs as pipes */
export function followed(child: ChildProcess): Started {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (part: string) => (text += part));
  }
  const exit = once(child, "close").then(([code]: (number | null)[]) => code ?? null);
  const hasSaid = async (part: string, limitMs = START_MS): Promise<void> => {
    const deadline = performance.now() + limitMs;
    while (!text.includes(part)) {
      const canStill = child.exitCode === null && performance.now() < deadline;
      assert.ok(canStill, `did not say "${part}":\n${text}`);
      await delay(20);
    }
  };
  return { child, exit, text: () => text, hasSaid };
}

export async function launchReady(place: Place): Promise<Started> {
  const started = launch(place);
  await started.hasSaid("Ctrl-C stops everything.");
  return started;
}

export async function endOf(started: Started): Promise<number | null> {
  const late = delay(STOP_MS, undefined, { ref: false }).then(() => assert.fail(started.text()));
  return await Promise.race([started.exit, late]);
}

export function stop(started: Started): Promise<number | null> {
  started.child.kill("SIGINT");
  return endOf(started);
}

/** Every process that was started for this folder, runners too: they inherit `SCRIPT_FOLDER`. */
export function processesOf(folder: string): readonly number[] {
  const pids = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
  return pids.filter((pid) => belongsTo(pid, folder)).map(Number);
}

/** Redis writes its title over its environment, but works in the folder. */
function belongsTo(pid: string, folder: string): boolean {
  try {
    const environment = `\0${readFileSync(`/proc/${pid}/environ`, "utf8")}`;
    return (
      environment.includes(`\0SCRIPT_FOLDER=${folder}\0`) ||
      readlinkSync(`/proc/${pid}/cwd`) === folder
    );
  } catch {
    // A zombie, or one that ended while we looked.
    return false;
  }
}

export function pidOf({ folder }: Place, name: string): number {
  const entry = readProcessTable(join(folder, "processes.json")).find((one) => one.name === name);
  assert.ok(entry !== undefined, `${name} is not in processes.json`);
  return entry.pid;
}

/** The token that the launcher keeps in its folder. */
export function tokenOf({ folder }: Place): string {
  return readFileSync(join(folder, "api-key"), "utf8").trim();
}
