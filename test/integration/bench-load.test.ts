import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { closedLoop } from "../bench/load/closed-loop.ts";
import type { Load } from "../bench/load/load.ts";
import { openLoop } from "../bench/load/open-loop.ts";
import { workloadOf } from "../bench/workloads/workloads.ts";

const LOAD = {
  workload: "faq",
  dialect: "scoreline",
  manner: "sync",
  tokens: [],
  clients: 4,
  seed: 7,
  leadMs: 0,
  windowMs: 3_600_000,
} as const;

/** What the reference answers. */
const right = new Map(
  workloadOf("faq").cases.map(({ input, label, probability }) => [
    JSON.stringify({ input }),
    JSON.stringify({ output: { matches: [{ rank: 1, id: label, probability }] } }),
  ]),
);

async function withServer(
  listener: RequestListener,
  use: (port: number) => Promise<void>,
): Promise<void> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  // A TCP server has an address object.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const { port } = server.address() as AddressInfo;
  try {
    await use(port);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Answers rightly, but for what is said of the n-th request. */
function answering(odd: (n: number) => "right" | "wrong" | "refuse" | "close"): RequestListener {
  let count = 0;
  return (request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const answer = right.get(Buffer.concat(parts).toString()) ?? "";
      const way = odd((count += 1));
      if (way === "close") return void request.socket.destroy();
      if (way === "refuse") return void response.writeHead(503).end("{}");
      if (way === "wrong") return void response.setHeader("content-length", 2).end("{}");
      // Without a length: chunked, in two parts.
      response.write(answer.slice(0, 30));
      response.end(answer.slice(30));
    });
  };
}

async function closed(port: number, more: Partial<Load> = {}) {
  return closedLoop({ ...LOAD, port, jobsMax: 100, ...more });
}

describe("a closed loop", () => {
  it("ends after as many jobs as were asked for, and finds all answers right", async () => {
    await withServer(
      answering(() => "right"),
      async (port) => {
        const { answers, wrong, refused, lost } = await closed(port);
        assert.deepEqual(
          { answers, wrong, refused, lost },
          { answers: 100, wrong: 0, refused: 0, lost: 0 },
        );
      },
    );
  });

  it("tells wrong answers from refusals and closed connections, and goes on", async () => {
    const odd = answering((n) =>
      n === 5 ? "wrong" : n === 6 ? "refuse" : n === 7 ? "close" : "right",
    );
    await withServer(odd, async (port) => {
      const { answers, wrong, refused, lost } = await closed(port);
      assert.deepEqual(
        { answers, wrong, refused, lost },
        { answers: 97, wrong: 1, refused: 1, lost: 1 },
      );
    });
  });
});

describe("an open loop", () => {
  it("sends as many requests as its seed says, however slowly they are answered", async () => {
    const counts: number[] = [];
    for (const delayMs of [0, 50]) {
      let count = 0;
      const slow: RequestListener = (_, response) => {
        count += 1;
        setTimeout(() => response.setHeader("content-length", 2).end("{}"), delayMs);
      };
      await withServer(slow, async (port) => {
        const load = { ...LOAD, port, clients: 0, rate: 200, windowMs: 300 };
        const { wrong } = await openLoop(load);
        assert.equal(wrong, count);
      });
      counts.push(count);
    }
    assert.equal(counts[1], counts[0]);
    assert.ok((counts[0] ?? 0) > 20);
  });
});
