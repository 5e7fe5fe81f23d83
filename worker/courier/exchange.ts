import {
  request as requestHttp,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { hostOf, portOf } from "../../shared/webhook/receiver/url-fault.ts";
import { PostFailure, type PostProgress } from "./post-progress.ts";

/** A request, and the addresses that its connection may go to. */
export interface Route {
  readonly url: URL;
  /** Checked, at least one; they are tried in this order. */
  readonly addresses: readonly string[];
  /** In lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  readonly ca?: string;
  readonly answerBytesMax: number;
}

/** The beginning of an answer. */
export interface Head {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

const HEADER_BYTES_MAX = 16 * 1024;
/**
 * Each address of a multi-address host, except the last, gets this many ms; with Node's 250, all of
 * a distant receiver's would fail. Node's types do not know the option for requests.
 */
const PATIENT = { autoSelectFamilyAttemptTimeout: 1000 };

/**
 * Sends a POST over a connection of its own, and reads the answer within the limits. Moves
 * `progress` on; an error means what it says of it.
 */
export async function exchange(route: Route, progress: PostProgress): Promise<Head> {
  const request = open(route, progress.signal);
  // One that comes behind the status changes nothing any more, but must not end the process.
  request.on("error", () => undefined);
  try {
    followConnection(request, route.url, progress);
    request.end(route.body);
    const response = await answerOf(request);
    await drain(response, route.answerBytesMax);
    return { status: response.statusCode ?? 0, headers: response.headers };
  } finally {
    request.destroy();
  }
}

function open({ url, addresses, headers, ca }: Route, signal: AbortSignal): ClientRequest {
  const request = url.protocol === "https:" ? requestHttps : requestHttp;
  return request({
    method: "POST",
    host: hostOf(url),
    port: portOf(url),
    path: `${url.pathname}${url.search}`,
    headers,
    signal,
    lookup: pinnedTo(addresses),
    ...PATIENT,
    // A connection of its own; a shared agent might keep one that was checked by other settings.
    agent: false,
    maxHeaderSize: HEADER_BYTES_MAX,
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
  });
}

/** What Node asks for the name's addresses: it gets those that were checked, and finds no others. */
function pinnedTo(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, options, callback) => {
    if (options.all === true) callback(null, [...found]);
    else callback(null, found[0]?.address ?? "", found[0]?.family);
  };
}

function followConnection(request: ClientRequest, { protocol }: URL, progress: PostProgress): void {
  const isTls = protocol === "https:";
  request.once("socket", (socket) => {
    socket.once("connect", () => (progress.phase = isTls ? "tls" : "answer"));
    socket.once("secureConnect", () => (progress.phase = "answer"));
  });
}

async function answerOf(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once("response", resolve);
    request.once("error", reject);
    // Neither of them comes when a receiver wants to speak another protocol (101).
    request.once("close", () => reject(new PostFailure("protocol", "closed without an answer")));
  });
}

/** Reads on and forgets: a receiver that is cut off at once may give up what it had begun. */
async function drain(response: IncomingMessage, bytesMax: number): Promise<void> {
  let bytes = 0;
  try {
    for await (const chunk of response) {
      bytes += Buffer.isBuffer(chunk) ? chunk.length : 0;
      if (bytes >= bytesMax) return;
    }
  } catch {
    // The status was there before the body broke off, came to its time limit or made no sense.
  }
}
