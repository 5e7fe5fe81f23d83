import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Hono } from "hono";
import { ANYBODY, type Caller } from "../../gateway/access/caller.ts";
import { createApp, type GatewayServices } from "../../gateway/app.ts";
import { StrangerBudget } from "../../gateway/access/stranger-budget.ts";
import { GatewayMetrics } from "../../gateway/http/metrics.ts";
import { methodsOf } from "../../gateway/http/measure.ts";
import { openapi } from "../../gateway/openapi.ts";
import { operationsWith } from "../../gateway/rooms.ts";
import { ScoringError } from "../../shared/error.ts";
import { createLogger } from "../../shared/log.ts";
import { loadRegistry } from "../../shared/model/registry.ts";
import { ApiDescription, type PlacedOperation } from "../support/api-description.ts";
import { section, tableRows } from "./support/markdown.ts";
import { readText, ROOT } from "./support/repository.ts";

/** Not one request in the seconds that may come at once. */
const TOO_FEW = 0.01;

const operations = operationsWith();
const described = new ApiDescription(openapi(loadRegistry(join(ROOT, "models")))).operations;

describe("the routes", () => {
  it("are those of openapi.json, by method, path and the handler's name", () => {
    assert.deepEqual(
      operations.map(({ method, path, handler }) => `${method} ${path} ${handler.name}`).toSorted(),
      described.map(({ method, path, id }) => `${method} ${path} ${id}`).toSorted(),
    );
  });

  for (const operation of described) {
    it(`let in who openapi.json says: ${operation.id}`, async () => {
      assert.equal(await askedFor(operation), saidOf(operation));
    });
  }
});

describe("the metrics of requests", () => {
  it("name the route and the method of every request", async () => {
    const { app, metrics } = setup();
    for (const { method, path } of operations) await app.request(path, { method }, node());
    await app.request("/v1/jobs", { method: "PROPFIND" }, node());
    const text = await metrics.text();
    for (const { method, path } of operations) {
      assert.ok(text.includes(`http_requests_total{route="${path}",method="${method}",`), path);
    }
    assert.ok(text.includes('http_requests_total{route="other",method="other",status="405"} 1'));
  });

  it("have the methods in docs/metrics.md that the routes have", () => {
    const rows = tableRows(section(readText("docs/metrics.md"), "## Labels"));
    const [, values = ""] = rows.find(([label]) => label === "method") ?? [];
    const named = [...values.matchAll(/`(\w+)`/g)].map(([, method = ""]) => method);
    assert.deepEqual(named.toSorted(), [...methodsOf(operations), "other"].toSorted());
  });
});

/** What a handler has of Node. */
function node(headers: Readonly<Record<string, string>> = {}) {
  return { incoming: { headers } };
}

/** Whom the route answers: who has a scope, `any` key, `open` to all whom strangers leave some, or all. */
async function askedFor({ method, path }: PlacedOperation): Promise<string> {
  const stranger = await setup().app.request(path, { method }, node());
  if (stranger.status === 401) {
    const key = node({ authorization: "Bearer sk_1" });
    const known = await setup().app.request(path, { method }, key);
    // Where no scope is named the handler itself refuses.
    const challenge = known.headers.get("www-authenticate") ?? "";
    return /scope="(.+?)"/.exec(challenge)?.[1] ?? "any";
  }
  const oneTooMany = await setup(TOO_FEW).app.request(path, { method }, node());
  return oneTooMany.status === 429 ? "open" : "probe";
}

/** The same, as the document says it. */
function saidOf({ security: [wanted], responses }: PlacedOperation): string {
  if (wanted !== undefined) return wanted.key[0] ?? "any";
  return "429" in responses ? "open" : "probe";
}

/** An app of which all works that stands before its handlers. */
function setup(strangersPerSecond = 0): { app: Hono; metrics: GatewayMetrics } {
  const metrics = new GatewayMetrics();
  const services = {
    access: { identify, changed: async () => Promise.resolve() },
    budget: { take: async () => Promise.resolve({}) },
    logger: createLogger("test", "silent"),
    metrics,
    quota: {},
    strangers: new StrangerBudget(strangersPerSecond),
    cors: { preflight: () => undefined },
  };
  // What handlers do is not looked at: most of them fail for want of their services.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return { app: createApp(services as unknown as GatewayServices), metrics };
}

/** Who sends a key has one that may do nothing. */
function identify(authorization: string | undefined): Caller {
  if (authorization === undefined) throw new ScoringError("unauthenticated", "Send a key.");
  return { ...ANYBODY, keyId: "key_1", scopes: [] };
}
