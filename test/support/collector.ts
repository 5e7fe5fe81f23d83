import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { buffer } from "node:stream/consumers";
import { message, messages, one, text, whole, within } from "../../cli/models/onnx/wire.ts";
import { freePort } from "./redis.ts";

/** A span as a collector gets it. */
export interface CollectedSpan {
  /** Of the process it came from. */
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentId: string;
  /** Epoch ms. */
  readonly startMs: number;
  readonly endMs: number;
  /** Those that are texts. */
  readonly facts: Readonly<Record<string, string>>;
  /** Ids of the spans that it links to. */
  readonly links: readonly string[];
  readonly isError: boolean;
}

/** A collector of OTLP over HTTP, on this machine, that remembers what came. */
export class Collector implements AsyncDisposable {
  readonly spans: CollectedSpan[] = [];
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  static async start(): Promise<Collector> {
    const server = createServer();
    const port = await freePort();
    const collector = new Collector(server, `http://127.0.0.1:${port}`);
    server.on("request", (request, response) => {
      const isOurs = request.method === "POST" && request.url === "/v1/traces";
      const take = (body: Buffer): void => {
        if (isOurs) collector.spans.push(...spansOf(body));
        response.writeHead(isOurs ? 200 : 404).end();
      };
      buffer(request).then(take, () => response.destroy());
    });
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return collector;
  }

  /** Of one kind, in the order in which they began. */
  named(name: string): readonly CollectedSpan[] {
    const found = this.spans.filter((span) => span.name === name);
    return found.toSorted((a, b) => a.startMs - b.startMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }
}

// Field numbers are those of trace_service.proto and trace.proto of OpenTelemetry, which never change.

const hex = (number: number) =>
  one(number, (reader) => Buffer.from(reader.bytes()).toString("hex"), "");
const ms = (number: number) => one(number, (reader) => Number(reader.fixed64()) / 1e6, 0);

const keyValue = message({ key: text(1), value: within(2, message({ text: text(1) })) });

const span = message({
  traceId: hex(1),
  spanId: hex(2),
  parentId: hex(4),
  name: text(5),
  startMs: ms(7),
  endMs: ms(8),
  facts: messages(keyValue, 9),
  links: messages(message({ spanId: hex(2) }), 13),
  status: within(15, message({ code: whole(3) })),
});

const request = message({
  resources: messages(
    message({
      resource: within(1, message({ facts: messages(keyValue, 1) })),
      scopes: messages(message({ spans: messages(span, 2) }), 2),
    }),
    1,
  ),
});

const ERROR = 2;

function spansOf(body: Uint8Array): readonly CollectedSpan[] {
  return request(body).resources.flatMap(({ resource, scopes }) => {
    const service = texts(resource?.facts ?? [])["service.name"] ?? "";
    const spans = scopes.flatMap((scope) => scope.spans);
    return spans.map(({ facts, links, status, ...rest }) => ({
      ...rest,
      service,
      facts: texts(facts),
      links: links.map(({ spanId }) => spanId),
      isError: status?.code === ERROR,
    }));
  });
}

function texts(facts: readonly ReturnType<typeof keyValue>[]): Readonly<Record<string, string>> {
  return Object.fromEntries(facts.map(({ key, value }) => [key, value?.text ?? ""]));
}
