import type { FailureCode } from "../../shared/webhook/failure.ts";

/**
 * How far an attempt to post has come.
 *
 *   dns ──▶ connect ──▶ tls ──▶ answer
 *              └──── http ────────▲
 */
type Phase = "dns" | "connect" | "tls" | "answer";

/** An end that was decided on here, not by the network. */
export class PostFailure extends Error {
  override readonly name = "PostFailure";
  readonly code: FailureCode;

  constructor(code: FailureCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The time limits of one attempt to post, and what an error means at the point it has come to. */
export class PostProgress {
  phase: Phase = "dns";
  readonly #abort = new AbortController();
  readonly #timers: readonly NodeJS.Timeout[];

  /** Both from now on, in ms. */
  constructor({ connectMs, totalMs }: { readonly connectMs: number; readonly totalMs: number }) {
    const giveUp = (): void => this.#abort.abort();
    this.#timers = [
      setTimeout(() => this.phase === "answer" || giveUp(), connectMs),
      setTimeout(giveUp, totalMs),
    ];
  }

  /** Aborted when one of the limits is over. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** For work that cannot be broken off: it is left alone when the time is over. */
  async before<T>(work: Promise<T>): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    this.signal.addEventListener("abort", () => reject(this.signal.reason), { once: true });
    return Promise.race([work, promise]);
  }

  /** What an error means where it happened. `detail` is for operators. */
  failureOf(error: unknown): { readonly code: FailureCode; readonly detail: string } {
    if (error instanceof PostFailure) return { code: error.code, detail: error.message };
    if (this.signal.aborted) {
      return this.phase === "answer"
        ? { code: "timeout", detail: "no answer in time" }
        : { code: this.phase, detail: `no end of this in time: ${this.phase}` };
    }
    const { code, message } = partsOf(error);
    const detail = [code, message].filter((part) => part !== "").join(": ");
    if (this.phase !== "answer") return { code: this.phase, detail };
    // HPE: Node's parser of HTTP. The rest are connections that broke off.
    return { code: /^(?:HPE_|ERR_)/.test(code) ? "protocol" : "reset", detail };
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }
}

function partsOf(error: unknown): { readonly code: string; readonly message: string } {
  if (!(error instanceof Error)) return { code: "", message: String(error) };
  return { code: "code" in error ? String(error.code) : "", message: error.message };
}
