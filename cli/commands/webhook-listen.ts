import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { signatureFault } from "../../shared/webhook/signature.ts";
import { bodyWithin } from "../webhook/body.ts";
import { eventLines, type Heard } from "../webhook/event-lines.ts";
import { CommandError, type Command, type Shell } from "../terminal/command.ts";
import { wholeNumber } from "../terminal/whole-number.ts";
import { readSecrets } from "./webhook-verify.ts";
import { messageOf } from "../../shared/message-of.ts";

const HOST = "127.0.0.1";
const BODY_BYTES_MAX = 1024 * 1024;

/** `webhook listen`: a receiver on this machine that verifies and prints. */
export const webhookListen: Command = {
  name: "webhook listen",
  usage: "",
  summary: "Receives webhooks on this machine, verifies and prints them.",
  about: `Listens on 127.0.0.1 until Ctrl-C, accepts a POST at any path, and prints its
type, its id, whether the signature is valid (and if not, why), and the event. A
repeated id is marked "again". Without --secret nothing is verified.`,
  options: {
    "--port N": { help: "where to listen; 0 for any free port", default: "9000" },
    "--secret SECRET": "whsec_..., the endpoint's secret; several with commas",
    "--status N": {
      help: "the answer; 500 shows you the retry schedule. An invalid signature gets 401",
      default: "200",
    },
    "--json": "a line of JSON for each request",
  },
  examples: ['webhook listen --secret "$SECRET"', "webhook listen --port 9001 --status 503 --json"],
  async run(given, shell) {
    const { secret, json } = given.flags;
    const secrets = typeof secret === "string" ? readSecrets(secret) : undefined;
    const port = wholeNumber(given, "port", 0, 65_535);
    const status = wholeNumber(given, "status", 200, 599);
    const print = json === true ? printJson : printLines;
    const listener = new Listener({ secrets, status, heard: (heard) => print(heard, shell) });
    const server = createServer((request, response) => void listener.take(request, response));
    shell.notes.write(`listening on ${await listen(server, port)}; Ctrl-C ends it\n`);
    if (secrets === undefined) {
      shell.notes.write("nothing is verified: --secret whsec_... is not given\n");
    }
    await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
    server.closeAllConnections();
    server.close();
  },
};

interface Listening {
  readonly secrets: readonly string[] | undefined;
  readonly status: number;
  readonly heard: (heard: Heard) => void;
}

/** What it has heard: the ids, to know an event that comes again. */
class Listener {
  readonly #listening: Listening;
  readonly #seen = new Map<string, number>();

  constructor(listening: Listening) {
    this.#listening = listening;
  }

  /** Answers always, and never throws. */
  async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = (status: number): void => void response.writeHead(status).end();
    if (request.method !== "POST") return answer(405);
    const body = await bodyWithin(request, BODY_BYTES_MAX);
    if (body === undefined) return answer(413);
    const header = (name: string): string => String(request.headers[name] ?? "");
    const id = header("webhook-id");
    const timestamp = header("webhook-timestamp");
    const { secrets, status, heard } = this.#listening;
    const received = { id, timestamp, body, signature: header("webhook-signature") };
    const fault = secrets && signatureFault(secrets, received, Date.now() / 1000);
    const count = (this.#seen.get(id) ?? 0) + 1;
    if (fault === undefined && id !== "") this.#seen.set(id, count);
    heard({ id, timestamp, body: String(body), isVerified: secrets && !fault, fault, count });
    answer(fault === undefined ? status : 401);
  }
}

function printJson({ id, timestamp, body, isVerified, fault, count }: Heard, shell: Shell): void {
  const checked = { verified: isVerified ?? null, ...(fault === undefined ? {} : { fault }) };
  shell.print(JSON.stringify({ id, timestamp, ...checked, count, body }));
}

function printLines(heard: Heard, shell: Shell): void {
  for (const line of eventLines(heard)) shell.print(line);
}

/** @returns the URL */
async function listen(server: Server, port: number): Promise<string> {
  try {
    server.listen(port, HOST);
    await once(server, "listening");
  } catch (error) {
    throw new CommandError(`cannot listen: ${messageOf(error)}. Another port: --port N`, {
      cause: error,
    });
  }
  const address = server.address();
  return `http://${HOST}:${typeof address === "object" ? address?.port : port}`;
}
