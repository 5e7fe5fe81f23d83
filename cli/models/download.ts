import { open, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { CommandError } from "../terminal/command.ts";
import { isFetchable } from "../../shared/model/source-url.ts";
import { sha256OfFile } from "./sha256.ts";

const REDIRECTS_MAX = 5;

/** What to fetch, and what it must be. */
export interface Download {
  readonly source: string;
  /** Where it is put, whole and checked, or not at all; `<target>.part` while it comes. */
  readonly target: string;
  readonly bytes: number;
  readonly sha256: string;
  /** How long the server may be silent, in ms. */
  readonly stallMs: number;
  /** Called with the bytes that are here, often. */
  onProgress(bytes: number): void;
}

/**
 * Fetches a file, going on from what an earlier try left when the server can.
 *
 *     part ──Range──▶ 206: append │ 200: begin again │ 416: drop the part, begin again
 *     all bytes here ──SHA-256 right──▶ renamed to the target │ wrong ──▶ part removed
 *     connection cut or silent ──▶ part kept for the next try
 *
 * @throws {CommandError} saying what went wrong and what to do
 */
export async function download(wanted: Download): Promise<void> {
  const part = `${wanted.target}.part`;
  let offset = await sizeOf(part);
  if (offset > wanted.bytes) offset = 0;
  if (offset < wanted.bytes) await fetchInto(part, offset, wanted);
  const digest = await sha256OfFile(part);
  if (digest !== wanted.sha256) {
    await rm(part, { force: true });
    throw new CommandError(
      `the download has SHA-256 ${digest},\nbut the manifest says ${wanted.sha256}: it was removed`,
    );
  }
  await rename(part, wanted.target);
}

async function fetchInto(part: string, offset: number, wanted: Download): Promise<void> {
  const stall = new StallTimer(wanted.stallMs);
  try {
    const { response, start } = await request(offset, wanted, stall);
    const file = await open(part, start > 0 ? "a" : "w");
    try {
      await copyBody(response, file, { start, wanted, stall });
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(await whyCut(part, error, { wanted, stall }), { cause: error });
  } finally {
    stall.stop();
  }
}

/** @returns the answer whose body goes on at `start` */
async function request(
  offset: number,
  wanted: Download,
  stall: StallTimer,
): Promise<{ response: Response; start: number }> {
  const response = await follow(new URL(wanted.source), offset, stall);
  const { status, headers } = response;
  if (status === 416 && offset > 0) {
    await response.body?.cancel();
    return request(0, wanted, stall);
  }
  const start = status === 206 ? offset : 0;
  const range = `bytes ${offset}-${wanted.bytes - 1}/${wanted.bytes}`;
  if (status === 206 && (offset === 0 || headers.get("content-range") !== range)) {
    await response.body?.cancel();
    // Another file by now, or a part that was not asked for.
    if (offset > 0) return request(0, wanted, stall);
    throw new CommandError("the server sent a range that was not asked for");
  }
  if (status !== 200 && status !== 206) {
    await response.body?.cancel();
    throw new CommandError(`${wanted.source} answered ${status} ${response.statusText}`.trim());
  }
  const length = headers.get("content-length");
  if (length !== null && Number(length) !== wanted.bytes - start) {
    await response.body?.cancel();
    throw new CommandError(
      `the server offers ${Number(length) + start} bytes; the manifest says ${wanted.bytes}`,
    );
  }
  return { response, start };
}

/** By hand, because a redirect must not lead from https to where others can listen in. */
async function follow(source: URL, offset: number, stall: StallTimer): Promise<Response> {
  let url = source;
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects += 1) {
    const response = await fetch(url, {
      redirect: "manual",
      signal: stall.signal,
      headers: {
        "accept-encoding": "identity",
        ...(offset > 0 ? { range: `bytes=${offset}-` } : {}),
      },
    });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status > 399 || location === null) return response;
    await response.body?.cancel();
    url = new URL(location, url);
    if (!isFetchable(url)) throw new CommandError(`redirected to ${url.href}, which is not https`);
    stall.touch();
  }
  throw new CommandError(`${source.href} redirects more than ${REDIRECTS_MAX} times`);
}

async function copyBody(
  response: Response,
  file: FileHandle,
  { start, wanted, stall }: { start: number; wanted: Download; stall: StallTimer },
): Promise<void> {
  let here = start;
  wanted.onProgress(here);
  for await (const chunk of response.body ?? []) {
    stall.touch();
    here += chunk.length;
    if (here > wanted.bytes) {
      await rm(`${wanted.target}.part`, { force: true });
      throw new CommandError(`the server sent more than the manifest's ${wanted.bytes} bytes`);
    }
    await file.writeFile(chunk);
    wanted.onProgress(here);
  }
  if (here < wanted.bytes) throw new Error("the connection ended early");
}

async function whyCut(
  part: string,
  error: unknown,
  { wanted, stall }: { wanted: Download; stall: StallTimer },
): Promise<string> {
  const here = await sizeOf(part);
  const reason = stall.signal.aborted
    ? `nothing came for ${wanted.stallMs / 1000} s`
    : innermost(error);
  return `${reason}; ${here} of ${wanted.bytes} bytes are here.\nThe same command goes on from there.`;
}

/** fetch says "fetch failed" or "terminated", and why in its cause. */
function innermost(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== ""
    ? innermost(error.cause)
    : error.message;
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

/** Aborts when nobody has touched it for a while. */
class StallTimer {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(stallMs: number) {
    this.#timer = setTimeout(() => this.#controller.abort(), stallMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  touch(): void {
    this.#timer.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
