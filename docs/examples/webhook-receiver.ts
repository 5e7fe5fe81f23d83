/**
 * A receiver of Scoreline's webhooks. Needs Node 24 and nothing else:
 *
 *   WEBHOOK_SECRET=whsec_... node webhook-receiver.ts
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";

const PORT = Number(process.env["PORT"] ?? 9000);
const KEY = Buffer.from((process.env["WEBHOOK_SECRET"] ?? "").replace(/^whsec_/, ""), "base64");
const TOLERANCE_SECONDS = 300;
const BODY_BYTES_MAX = 1024 * 1024;

if (KEY.length === 0) throw new Error("WEBHOOK_SECRET=whsec_... is missing");

/** Ids that were taken. Yours belong in a database, beside what you make of the events. */
const seen = new Set<string>();

const server = createServer((request, response) => {
  take(request).then(
    (status) => response.writeHead(status).end(),
    () => response.writeHead(400).end(),
  );
});
server.listen(PORT, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`listening on ${typeof address === "object" ? address?.port : PORT}\n`);
});

async function take(request: IncomingMessage): Promise<number> {
  if (request.method !== "POST") return 405;
  if (!(Number(request.headers["content-length"]) <= BODY_BYTES_MAX)) return 413;
  // The raw bytes: JSON that is parsed and written again may differ from what was signed.
  const body = await buffer(request);
  const id = header(request, "webhook-id");
  if (!isSigned(request, id, body)) return 401;
  // The same event may come again, for instance when our answer was lost.
  if (seen.has(id)) return 204;
  seen.add(id);
  // Answer first: what takes long is done afterwards, from a queue of yours.
  setImmediate(() => work(body));
  return 204;
}

function isSigned(request: IncomingMessage, id: string, body: Buffer): boolean {
  const timestamp = header(request, "webhook-timestamp");
  const age = Math.abs(Date.now() / 1000 - Number(timestamp));
  if (id === "" || timestamp === "" || !(age <= TOLERANCE_SECONDS)) return false;
  const hmac = createHmac("sha256", KEY).update(`${id}.${timestamp}.`).update(body);
  const expected = Buffer.from(`v1,${hmac.digest("base64")}`);
  // There are several while secrets are exchanged.
  return header(request, "webhook-signature")
    .split(" ")
    .map((signature) => Buffer.from(signature))
    .some((given) => given.length === expected.length && timingSafeEqual(given, expected));
}

function work(body: Buffer): void {
  const event = JSON.parse(body.toString());
  process.stdout.write(`${event.type} ${event.data.id}\n`);
}

function header(request: IncomingMessage, name: string): string {
  return String(request.headers[name] ?? "");
}
