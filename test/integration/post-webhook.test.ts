import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { describe, it } from "node:test";
import { postWebhook } from "../../worker/courier/post-webhook.ts";
import { guarded, policyAllowing, post, wordOf } from "../support/post.ts";
import { PUBLIC, Receiver } from "../support/receiver.ts";

/** Short, since what never ends waits until they are over. */
const limits = { connectMs: 400, totalMs: 600, answerBytesMax: 64 * 1024 };
/** Time enough to be answered in, also on a busy machine. */
const ample = { connectMs: 5000, totalMs: 5000, answerBytesMax: limits.answerBytesMax };

const DRIP_MS = 20;

/** Writes a byte now and then until nobody listens. */
function drip(socket: Socket, text: string): void {
  let at = 0;
  const timer = setInterval(() => socket.write(text[at++ % text.length] ?? ""), DRIP_MS);
  socket.once("close", () => clearInterval(timer));
}

describe("posting a webhook", () => {
  it("sends method, path, headers and body as they are", async () => {
    await using receiver = await Receiver.http((response) => response.end("ok"));
    const { port } = receiver;
    const end = await post(`http://hooks.example:${port}/a/b?c=%20d`);
    assert.equal(wordOf(end), 200);
    const [got] = receiver.received;
    assert.equal(got?.method, "POST");
    assert.equal(got.path, "/a/b?c=%20d");
    assert.equal(got.body, '{"a":1}');
    assert.equal(got.headers.host, `hooks.example:${port}`);
    assert.match(got.headers["user-agent"] ?? "", /^Scoreline\/\d+\.\d+\.\d+/);
    assert.equal(got.headers["accept-encoding"], "identity");
    assert.equal(got.headers["webhook-id"], "evt_1");
    assert.equal(got.headers.connection, "close");
  });

  it("lets no endpoint's headers change how the message is carried", async () => {
    await using receiver = await Receiver.http((response) => response.end());
    const headers = {
      Host: "other.example",
      "User-Agent": "other",
      "Content-Length": "3",
      "Transfer-Encoding": "chunked",
      Connection: "keep-alive",
      Expect: "100-continue",
      "X-Shop": "7",
    };
    const url = `http://${PUBLIC}:${receiver.port}/`;
    const end = await postWebhook({ url, body: Buffer.from("äöü"), headers }, { policy: guarded });
    assert.equal(wordOf(end), 200);
    const [got] = receiver.received;
    assert.equal(got?.body, "äöü");
    assert.equal(got.headers["x-shop"], "7");
    assert.equal(got.headers["content-length"], "6");
    assert.equal(got.headers.host, `${PUBLIC}:${receiver.port}`);
    assert.match(got.headers["user-agent"] ?? "", /^Scoreline/);
    assert.equal(got.headers.connection, "close");
    assert.equal(got.headers["transfer-encoding"], undefined);
    assert.equal(got.headers.expect, undefined);
  });

  it("makes a connection of its own each time", async () => {
    await using receiver = await Receiver.http((response) => response.end());
    for (const _ of [1, 2, 3]) await post(`http://hooks.example:${receiver.port}/`);
    assert.equal(receiver.connections, 3);
  });

  it("tells every status as it is, and follows none", async () => {
    for (const status of [200, 204, 299, 301, 307, 400, 404, 410, 413, 429, 500, 503, 599]) {
      await using receiver = await Receiver.http((response) => {
        response.writeHead(status, { location: "/elsewhere" }).end();
      });
      assert.equal(wordOf(await post(`http://hooks.example:${receiver.port}/`)), status);
      assert.equal(receiver.connections, 1);
    }
  });

  it("keeps four headers of the answer, cut, and nothing of the body", async () => {
    await using receiver = await Receiver.http((response) => {
      const headers = {
        "set-cookie": "a=b",
        server: "x".repeat(5000),
        "content-type": "text/plain",
      };
      response.writeHead(500, headers).end("secret of the house");
    });
    const end = await post(`http://hooks.example:${receiver.port}/`);
    assert.equal(end.kind, "answered");
    assert.deepEqual(Object.keys(end.headers).toSorted(), ["content-type", "date", "server"]);
    assert.equal(end.headers["server"], "x".repeat(200));
    assert.doesNotMatch(JSON.stringify(end), /secret/);
  });

  it("understands Retry-After as seconds and as a date", async () => {
    const inAnHour = new Date(Date.now() + 3_600_000).toUTCString();
    const values = ["30", inAnHour, "Thu, 01 Jan 2015 00:00:00 GMT", "soon", "-1", "1.5"];
    const seen: (string | undefined)[] = [];
    for (const value of values) {
      await using receiver = await Receiver.http((response) => {
        response.writeHead(429, { "retry-after": value }).end();
      });
      const end = await post(`http://hooks.example:${receiver.port}/`);
      assert.equal(end.kind, "answered");
      assert.equal(end.headers["retry-after"], value);
      const { retryAfterMs: ms } = end;
      seen.push(ms === undefined ? undefined : `${Math.round(ms / 60_000)} min`);
    }
    assert.deepEqual(seen, ["1 min", "60 min", "0 min", undefined, undefined, undefined]);
  });
});

describe("a receiver that", () => {
  const hardly: readonly (readonly [what: string, take: (socket: Socket) => void, end: unknown])[] =
    [
      ["hangs", () => undefined, "timeout"],
      ["drips the status", (socket) => drip(socket, "HTTP/1.1 200 OK"), "timeout"],
      [
        "drips headers",
        (socket) => {
          socket.write("HTTP/1.1 200 OK\r\nx: ");
          drip(socket, "y");
        },
        "timeout",
      ],
      [
        "says 100 again and again",
        (socket) => {
          const timer = setInterval(() => socket.write("HTTP/1.1 100 Continue\r\n\r\n"), DRIP_MS);
          socket.once("close", () => clearInterval(timer));
        },
        "timeout",
      ],
      [
        "drips its body",
        (socket) => {
          socket.write("HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n");
          drip(socket, "y");
        },
        200,
      ],
      ["resets", (socket) => socket.resetAndDestroy(), "reset"],
      ["closes without a word", (socket) => socket.end(), "reset"],
      ["closes within the headers", (socket) => socket.end("HTTP/1.1 200 OK\r\nx: y"), "reset"],
      [
        "closes within the body",
        (socket) => socket.end("HTTP/1.1 500 No\r\nContent-Length: 99\r\n\r\nabc"),
        500,
      ],
      [
        "breaks off its chunks",
        (socket) => socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        200,
      ],
      ["speaks another language", (socket) => socket.end("220 mail ready\r\n"), "protocol"],
      [
        "has headers without end",
        (socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(20_000)}`),
        "protocol",
      ],
      [
        "gives an answer two lengths",
        (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"),
        "protocol",
      ],
      [
        "gives hints before its answer",
        (socket) =>
          socket.end(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" +
              "HTTP/1.1 204 No Content\r\n\r\n",
          ),
        204,
      ],
      [
        "wants to speak another protocol",
        (socket) =>
          socket.write(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
          ),
        "protocol",
      ],
      [
        "says that its body is packed",
        (socket) =>
          socket.end("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"),
        200,
      ],
    ];
  for (const [what, take, expected] of hardly) {
    it(`${what} ends as ${String(expected)}, and its connection is closed`, async () => {
      const { promise: closed, resolve: close } = Promise.withResolvers<void>();
      await using receiver = await Receiver.raw((socket) => {
        socket.once("close", () => close());
        take(socket);
      });
      const options = { limits: expected === "timeout" ? limits : ample };
      const end = await post(`http://hooks.example:${receiver.port}/`, options);
      assert.equal(wordOf(end), expected, JSON.stringify(end));
      await closed;
    });
  }

  it("sends a body without end is cut off", async () => {
    let written = 0;
    const { promise: closed, resolve: close } = Promise.withResolvers<void>();
    await using receiver = await Receiver.raw((socket) => {
      const block = Buffer.alloc(64 * 1024);
      const more = (): void => {
        if (!socket.destroyed) socket.write(block, more);
      };
      socket.once("close", () => {
        written = socket.bytesWritten;
        close();
      });
      socket.write("HTTP/1.1 200 OK\r\n\r\n", more);
    });
    // With time enough, so that it is the bytes that end it.
    const end = await post(`http://hooks.example:${receiver.port}/`);
    assert.equal(wordOf(end), 200);
    await closed;
    // What the kernel has room for on both sides counts as well.
    assert.ok(written < 32 * 1024 * 1024, `${written} bytes`);
  });

  it("is not there ends as connect", async () => {
    const receiver = await Receiver.http(() => undefined);
    const { port } = receiver;
    await receiver[Symbol.asyncDispose]();
    const end = await post(`http://hooks.example:${port}/`);
    assert.equal(wordOf(end), "connect");
    assert.match(end.kind === "failed" ? end.detail : "", /ECONNREFUSED/);
  });

  it("is at the second of two addresses is found", async () => {
    await using receiver = await Receiver.http((response) => response.end(), {
      address: "127.0.0.3",
    });
    const resolve = async () => Promise.resolve([{ address: PUBLIC }, { address: "127.0.0.3" }]);
    const policy = policyAllowing("127.0.0.2/31");
    const end = await post(`http://hooks.example:${receiver.port}/`, { policy, resolve });
    assert.equal(wordOf(end), 200);
  });
});

describe("a name that", () => {
  it("is not known ends as dns", async () => {
    const unknown = async () => Promise.reject(new Error("ENOTFOUND"));
    assert.equal(wordOf(await post("http://hooks.example/", { resolve: unknown })), "dns");
    const empty = async () => Promise.resolve([]);
    assert.equal(wordOf(await post("http://hooks.example/", { resolve: empty })), "dns");
    // RFC 6761: no such name ever exists.
    const end = await postWebhook(
      { url: "http://nobody.invalid/", body: "", headers: {} },
      { policy: guarded },
    );
    assert.equal(wordOf(end), "dns");
  });

  it("takes too long to look up ends as dns", async () => {
    const resolve = async () => new Promise<never>(() => undefined);
    assert.equal(wordOf(await post("http://hooks.example/", { resolve, limits })), "dns");
  });
});
