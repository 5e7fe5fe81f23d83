import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { IncomingHttpHeaders } from "node:http";
import { packageVersion } from "../../shared/version.ts";
import type { FailureCode } from "../../shared/webhook/failure.ts";
import { hostOf, urlFault, type ReceiverPolicy } from "../../shared/webhook/receiver/url-fault.ts";
import { exchange } from "./exchange.ts";
import { PostFailure, PostProgress } from "./post-progress.ts";

/** One attempt to deliver. */
export interface Post {
  /** Of a receiver, as its owner wrote it. */
  readonly url: string;
  readonly body: string | Uint8Array;
  /** Signature, content type, an endpoint's own headers; names in any case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** All addresses of a name; rejects when there is none. */
export type Resolve = (host: string) => Promise<readonly { readonly address: string }[]>;

export interface PostLimits {
  /** Longest time until a connection is there: name, TCP and TLS, in ms. */
  readonly connectMs: number;
  /** Longest time for all of it, in ms. */
  readonly totalMs: number;
  /** Bytes of the answer's body after which the connection is cut. */
  readonly answerBytesMax: number;
}

export interface PostOptions {
  readonly policy: ReceiverPolicy;
  /** The system's resolver unless a test says otherwise. */
  readonly resolve?: Resolve;
  readonly limits?: PostLimits;
  /** Certificates to trust instead of the system's, as PEM: for tests. */
  readonly ca?: string;
}

/** How an attempt ended. Nothing of an answer's body is kept. */
export type PostEnd = Answered | Failed;

export interface Answered {
  readonly kind: "answered";
  readonly status: number;
  /** What `Retry-After` asks for, from now; never negative. */
  readonly retryAfterMs?: number;
  /** content-type, date, retry-after and server, as far as they are there, cut to 200 characters. */
  readonly headers: Readonly<Record<string, string>>;
  /** Until the connection was given up, which may be later than the status. */
  readonly latencyMs: number;
}

export interface Failed {
  readonly kind: "failed";
  readonly code: FailureCode;
  /** For the operator's log alone: `shownFailure` says what others may see. */
  readonly detail: string;
  readonly latencyMs: number;
}

export const POST_LIMITS: PostLimits = {
  connectMs: 5000,
  totalMs: 15_000,
  answerBytesMax: 64 * 1024,
};

const USER_AGENT = `Scoreline/${packageVersion()}`;

const systemResolve: Resolve = async (host) => lookup(host, { all: true });

/**
 * Posts once, to an address that was found and checked for this attempt alone: the name is resolved,
 * every address of it must be allowed, and the connection goes to those and no others. A redirect is
 * an answer like all others, proxies of the environment are not asked, and no connection is used
 * twice. The status decides; of the body behind it some is read, within the limits, for the sake of
 * receivers that do not expect to be cut off.
 *
 * Never throws: whatever goes wrong is an end.
 */
export async function postWebhook(post: Post, options: PostOptions): Promise<PostEnd> {
  const beganMs = performance.now();
  const latencyMs = (): number => Math.round(performance.now() - beganMs);
  const { limits = POST_LIMITS, ca } = options;
  using progress = new PostProgress(limits);
  try {
    const url = allowedUrl(post.url, options);
    const addresses = await progress.before(checkedAddresses(hostOf(url), options));
    progress.phase = "connect";
    const headers = { ...givenHeaders(post.headers), ...ownHeaders(url, post.body) };
    const { answerBytesMax } = limits;
    const route = { url, addresses, headers, body: post.body, answerBytesMax };
    const head = await exchange(ca === undefined ? route : { ...route, ca }, progress);
    const afterMs = retryAfterMs(head.headers["retry-after"], head.headers["date"]);
    return {
      kind: "answered",
      status: head.status,
      ...(afterMs === undefined ? {} : { retryAfterMs: afterMs }),
      headers: headersKept(head.headers),
      latencyMs: latencyMs(),
    };
  } catch (error) {
    const { code, detail } = progress.failureOf(error);
    return { kind: "failed", code, detail, latencyMs: latencyMs() };
  }
}

/** Settings may have changed since the URL was taken. */
function allowedUrl(text: string, { policy }: PostOptions): URL {
  const fault = urlFault(text, policy);
  if (fault !== undefined) throw new PostFailure("address_refused", fault);
  return new URL(text);
}

/** An address that is written out is asked of no resolver, but checked all the same. */
async function checkedAddresses(host: string, options: PostOptions): Promise<readonly string[]> {
  const { policy, resolve = systemResolve } = options;
  const found = isIP(host) === 0 ? await resolve(host) : [{ address: host }];
  if (found.length === 0) throw new PostFailure("dns", `${host} has no address`);
  for (const { address } of found) {
    const refusal = policy.addresses.refusalOf(address, host);
    if (refusal !== undefined) {
      throw new PostFailure("address_refused", `${host} is at ${address}: ${refusal}`);
    }
  }
  return found.map(({ address }) => address);
}

/** Headers that say how the message is carried, which is not an endpoint's to say. */
const CARRIAGE = /^(?:connection|expect|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*)$/;

function givenHeaders(headers: Post["headers"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => !CARRIAGE.test(name)),
  );
}

/** What no endpoint's headers may change. */
function ownHeaders({ host }: URL, body: Post["body"]): Record<string, string> {
  return {
    host: host.replace(/\.(?=:|$)/, ""),
    "user-agent": USER_AGENT,
    "accept-encoding": "identity",
    "content-length": String(Buffer.byteLength(body)),
  };
}

const KEPT = ["content-type", "date", "retry-after", "server"];
const LENGTH_MAX = 200;
const SECOND_MS = 1000;

/** Of an answer's headers, those that help to find a fault and hold nothing of a receiver's own. */
function headersKept(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    KEPT.flatMap((name) => {
      const value = headers[name];
      return typeof value === "string" ? [[name, value.slice(0, LENGTH_MAX)]] : [];
    }),
  );
}

/**
 * What `Retry-After` asks for, in ms from now: whole seconds or an HTTP date (RFC 9110, 10.2.3), which
 * is taken by the clock of whoever sent it. Undefined when it is neither, or the answer has no date.
 *
 * @param date when the answer was made, by its own header
 */
function retryAfterMs(value: string | undefined, date: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,10}$/.test(value)) return Number(value) * SECOND_MS;
  // Date.parse takes many texts; a date of HTTP begins with its weekday.
  const timeMs = /^[A-Z][a-z]{2,8},? /.test(value) ? Date.parse(value) : Number.NaN;
  const waitMs = timeMs - Date.parse(date ?? "");
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}
