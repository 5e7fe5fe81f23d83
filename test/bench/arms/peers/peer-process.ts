import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { commandOf, familyOf, pidsMarked, startOf } from "../../measure/processes.ts";
import { PEERS } from "./peer-folder.ts";
import type { PeerCommand } from "./peers.ts";

const MARK = "SCORELINE_BENCH_ARM";
const LOG_LENGTH_MAX = 20_000;
const TERM_MS = 5000;

/** A peer's processes, however many it starts and wherever they hang. */
export class PeerProcess implements AsyncDisposable {
  readonly #mark = randomUUID();
  /** Short, since sockets are put into it. */
  readonly folder = mkdtempSync(join(tmpdir(), "sl-"));
  #child: ChildProcess | undefined;
  #log = "";

  launch(venv: string, { program, args, env }: PeerCommand, cwd: string): void {
    const { PATH, HOME } = process.env;
    const bin = join(venv, "bin");
    const child = spawn(join(bin, program), args, {
      cwd,
      env: {
        PATH: `${bin}:${PATH}`,
        HOME,
        PYTHONPATH: PEERS,
        PYTHONDONTWRITEBYTECODE: "1",
        [MARK]: this.#mark,
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#log = (this.#log + text).slice(-LOG_LENGTH_MAX);
      });
    }
    child.on("error", (error) => (this.#log += String(error)));
    this.#child = child;
  }

  get hasExited(): boolean {
    return this.#child === undefined || this.#child.exitCode !== null;
  }

  /** The end of what it printed. */
  get log(): string {
    return this.#log;
  }

  get pids(): readonly number[] {
    return familyOf(pidsMarked(MARK, this.#mark));
  }

  /** @param titles what processes are called whose command line is like that; the others: server */
  named(titles: readonly (readonly [RegExp, string])[]): Record<string, readonly number[]> {
    const byName: Record<string, number[]> = {};
    for (const pid of this.pids) {
      const command = commandOf(pid);
      const name = titles.find(([pattern]) => pattern.test(command))?.[1] ?? "server";
      (byName[name] ??= []).push(pid);
    }
    return byName;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Those that have titled themselves cannot be found any more once their parents have ended.
    const family = this.pids.map((pid) => ({ pid, began: startOf(pid) }));
    const left = (): readonly number[] => [
      ...family
        .filter(({ pid, began }) => began !== undefined && startOf(pid) === began)
        .map(({ pid }) => pid),
      ...this.pids,
    ];
    endAll(left(), "SIGTERM");
    const untilMs = performance.now() + TERM_MS;
    while (left().length > 0 && performance.now() < untilMs) await sleep(100);
    endAll(left(), "SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function endAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended by itself.
    }
  }
}
