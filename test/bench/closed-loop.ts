import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Question } from "./questions.ts";

export interface Load {
  readonly port: number;
  readonly token: string;
  /** Connections; each sends its next request when it has the answer to the last. */
  readonly clients: number;
  /** Answers of the first `leadMs` are checked and counted, their times are not. */
  readonly leadMs: number;
  readonly windowMs: number;
}

export interface LoadResult {
  /** Answers within the window, a second. */
  readonly rate: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** All answers, the lead and the end after the window included. */
  readonly answers: number;
  /** What was wrong with answers, a few of them. */
  readonly wrong: readonly string[];
}

/** Probabilities of the same text differ by rounding only, whatever batch it was part of. */
const TOLERANCE = 1e-4;
const WRONG_MAX = 5;

/** Asks as fast as answers come, over keep-alive connections, and waits for the last answers. */
export async function runLoad(
  load: Load,
  questions: readonly Question[],
  requests: readonly Buffer[],
): Promise<LoadResult> {
  const tally = new Tally(performance.now() + load.leadMs, load.windowMs);
  const sockets = await Promise.all(
    Array.from({ length: load.clients }, async () => open(load.port)),
  );
  const ends = sockets.map(async (socket, client) => {
    let next = Math.floor((client * questions.length) / load.clients);
    const ask = (): boolean => {
      if (tally.isOver) return false;
      next = (next + 1) % questions.length;
      socket.write(requests[next] ?? "");
      return true;
    };
    await converse(socket, ask, (answer, ms) => tally.add(questions[next], answer, ms));
  });
  await Promise.all(ends);
  return tally.result();
}

/** One request as it goes over the wire. */
export function requestBytes(path: string, text: string, token: string): Buffer {
  const body = JSON.stringify({ input: { text } });
  const head = [
    `POST ${path} HTTP/1.1`,
    "host: 127.0.0.1",
    `authorization: Bearer ${token}`,
    "content-type: application/json",
    "prefer: wait=30",
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  return socket;
}

/** Asks and listens by turns until there is nothing more to ask. */
async function converse(
  socket: Socket,
  ask: () => boolean,
  onAnswer: (answer: string, ms: number) => void,
): Promise<void> {
  const end = Promise.withResolvers<void>();
  let held = "";
  let sentMs = performance.now();
  socket.on("data", (chunk) => {
    held = held === "" ? chunk.toString("latin1") : held + chunk.toString("latin1");
    if (!isWhole(held)) return;
    const nowMs = performance.now();
    onAnswer(held, nowMs - sentMs);
    held = "";
    sentMs = nowMs;
    if (!ask()) socket.end(() => end.resolve());
  });
  socket.on("error", (error) => end.reject(error));
  socket.on("close", () => end.reject(new Error("the server closed a connection")));
  ask();
  await end.promise;
}

/** @throws for an answer without a content length: none of ours is one */
function isWhole(answer: string): boolean {
  const headEnd = answer.indexOf("\r\n\r\n");
  if (headEnd === -1) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(answer)?.[1];
  if (length === undefined) throw new Error(`no content length: ${answer.slice(0, headEnd)}`);
  return answer.length >= headEnd + 4 + Number(length);
}

/** Counts and checks answers. */
class Tally {
  readonly #startMs: number;
  readonly #endMs: number;
  readonly #times: number[] = [];
  readonly #wrong: string[] = [];
  #answers = 0;

  constructor(startMs: number, windowMs: number) {
    this.#startMs = startMs;
    this.#endMs = startMs + windowMs;
  }

  get isOver(): boolean {
    return performance.now() >= this.#endMs;
  }

  add(question: Question | undefined, answer: string, ms: number): void {
    this.#answers += 1;
    const nowMs = performance.now();
    if (nowMs >= this.#startMs && nowMs < this.#endMs) this.#times.push(ms);
    if (question !== undefined && isRight(question, answer)) return;
    if (this.#wrong.length < WRONG_MAX) {
      this.#wrong.push(`"${question?.text}" was answered ${answer.slice(0, 500)}`);
    }
  }

  result(): LoadResult {
    const times = Float64Array.from(this.#times).toSorted();
    return {
      rate: (times.length * 1000) / (this.#endMs - this.#startMs),
      p50Ms: times[Math.floor(times.length * 0.5)] ?? Number.NaN,
      p99Ms: times[Math.floor(times.length * 0.99)] ?? Number.NaN,
      answers: this.#answers,
      wrong: this.#wrong,
    };
  }
}

const FIRST_MATCH = '"matches":[{"rank":1,"id":"';
const PROBABILITY = '"probability":';

/** Status, best match and its probability; finding them in the text is cheaper than parsing it. */
function isRight({ id, probability }: Question, answer: string): boolean {
  if (!answer.startsWith("HTTP/1.1 200 ")) return false;
  const match = answer.indexOf(FIRST_MATCH);
  if (match === -1 || !answer.startsWith(`${id}"`, match + FIRST_MATCH.length)) return false;
  const place = answer.indexOf(PROBABILITY, match) + PROBABILITY.length;
  return Math.abs(Number.parseFloat(answer.slice(place, place + 25)) - probability) < TOLERANCE;
}
