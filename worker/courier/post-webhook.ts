import type { FailureCode } from "../../shared/webhook/failure.ts";
import type { ReceiverPolicy } from "../../shared/webhook/url-fault.ts";

/** One attempt to deliver. */
export interface Post {
  /** Of a receiver, as its owner wrote it. */
  readonly url: string;
  readonly body: string | Uint8Array;
  /** Signature, content type, an endpoint's own headers; names in any case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** All addresses of a name, or an error as `dns.lookup` gives. */
export type Resolve = (
  host: string,
) => Promise<readonly { readonly address: string; readonly family: number }[]>;

export interface PostLimits {
  /** Longest time until a connection is there: name, TCP and TLS. */
  readonly connectMs: number;
  /** Longest time for all of it. */
  readonly totalMs: number;
  /** Bytes of the answer's body after which the connection is cut. */
  readonly answerBytesMax: number;
}

export interface PostOptions {
  readonly policy: ReceiverPolicy;
  /** `dns.lookup` of all addresses, unless a test says otherwise. */
  readonly resolve?: Resolve;
  readonly limits?: PostLimits;
  /** Certificates to trust besides the system's, PEM. */
  readonly ca?: string;
}

/** How an attempt ended. Nothing of an answer's body is kept. */
export type PostEnd = Answered | Failed;

export interface Answered {
  readonly kind: "answered";
  readonly status: number;
  /** What `Retry-After` asks for, from now; never negative. */
  readonly retryAfterMs?: number;
  /** content-type, retry-after, date and server, as far as they are there, cut to 200 characters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly latencyMs: number;
}

export interface Failed {
  readonly kind: "failed";
  readonly code: FailureCode;
  /** For the operator's log alone: `shownFailure` has what others may see. */
  readonly detail: string;
  readonly latencyMs: number;
}

export const POST_LIMITS: PostLimits = {
  connectMs: 5000,
  totalMs: 15_000,
  answerBytesMax: 64 * 1024,
};

/** Posts once. Never throws: whatever goes wrong is an end. */
export async function postWebhook(_post: Post, _options: PostOptions): Promise<PostEnd> {
  return Promise.reject(new Error("not written yet"));
}
