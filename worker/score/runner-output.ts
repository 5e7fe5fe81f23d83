import type { ChildProcess } from "node:child_process";
import { Socket } from "node:net";
import type { Readable } from "node:stream";
import type { Logger } from "../../shared/log.ts";

const LINE_LENGTH_MAX = 1000;
const LINES_A_SECOND = 50;
const SECOND_MS = 1000;

/**
 * Makes log lines of what a runner prints: its libraries write text of their own, and scoring
 * scripts what they like. All of it is read, or the runner would wait for us; of much of it little is
 * kept: 50 lines a second, 1,000 characters a line.
 */
export function logOutput(child: ChildProcess, logger: Logger): void {
  const { pid: runner, stdout, stderr } = child;
  const quota = new Quota((characters) => {
    logger.warn({ runner, characters }, "runner wrote more than is logged");
  });
  read(stdout, quota, (output) => logger.info({ runner, output }, "runner wrote"));
  read(stderr, quota, (output) => logger.warn({ runner, output }, "runner wrote"));
  child.once("close", () => quota.close());
}

function read(stream: Readable | null, quota: Quota, tell: (line: string) => void): void {
  // What a runner has started may hold its output open after its end; that keeps nobody alive.
  if (stream instanceof Socket) stream.unref();
  let line = "";
  const end = (): void => {
    if (line !== "" && quota.take()) tell(line);
    line = "";
  };
  stream?.setEncoding("utf8").on("data", (text: string) => {
    for (let from = 0; from < text.length;) {
      if (quota.isUsedUp) {
        quota.leaveOut(text.length - from);
        line = "";
        return;
      }
      const newline = text.indexOf("\n", from);
      const until = newline === -1 ? text.length : newline;
      const room = LINE_LENGTH_MAX - line.length;
      line += text.slice(from, Math.min(until, from + room));
      quota.leaveOut(Math.max(0, until - from - room));
      if (newline === -1) return;
      end();
      from = newline + 1;
    }
  });
  stream?.once("end", end);
  stream?.on("error", () => {}); // its end is what counts
}

/** Lines that may be told in the current second, of both streams together. */
class Quota {
  readonly #tellLeftOut: (characters: number) => void;
  #endMs = 0;
  #lines = 0;
  #leftOut = 0;

  /** @param tellLeftOut told once for a second in which something was left out, when it is over */
  constructor(tellLeftOut: (characters: number) => void) {
    this.#tellLeftOut = tellLeftOut;
  }

  get isUsedUp(): boolean {
    this.#turn();
    return this.#lines >= LINES_A_SECOND;
  }

  take(): boolean {
    if (this.isUsedUp) return false;
    this.#lines += 1;
    return true;
  }

  leaveOut(characters: number): void {
    this.#leftOut += characters;
  }

  close(): void {
    if (this.#leftOut > 0) this.#tellLeftOut(this.#leftOut);
    this.#leftOut = 0;
  }

  #turn(): void {
    const nowMs = performance.now();
    if (nowMs < this.#endMs) return;
    this.close();
    this.#endMs = nowMs + SECOND_MS;
    this.#lines = 0;
  }
}
