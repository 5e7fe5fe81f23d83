import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import type { GatewayServices } from "../../gateway/app.ts";
import { dialectsOf } from "../../gateway/rooms.ts";
import { GatewayMetrics } from "../../gateway/http/metrics.ts";
import { Registry } from "../../shared/model/registry.ts";
import { createLogger } from "../../shared/log.ts";
import { ApiDescription } from "../support/api-description.ts";
import { readText, ROOT } from "./support/repository.ts";

/** A whole dialect, as a diff of this repository. */
const PATCH = "test/fixtures/dialects/plain.patch";

describe("a new dialect", () => {
  it("changes one line outside its folder", () => {
    const elsewhere = readText(PATCH)
      .split(/^diff --git a\//m)
      .filter((part) => part !== "" && !part.startsWith("gateway/dialects/plain/"));
    const changed = elsewhere.flatMap((part) =>
      part.split("\n").filter((line) => /^[+-](?!\+\+ |-- )/.test(line)),
    );
    assert.deepEqual(changed, ['+export { plain } from "./dialects/plain/operations.ts";']);
  });

  it("is below its roots, as all of them are", () => {
    for (const { operations, roots } of dialectsOf()) {
      const strays = operations.filter(({ path }) => !roots.some((root) => path.startsWith(root)));
      assert.deepEqual(strays, []);
    }
  });

  it("is mounted, described and switched with nothing else changed", async () => {
    using copy = patchedCopy();
    const { createApp } = await copy.app();
    const { ScoringError } = await copy.error();
    const error = new ScoringError("unauthenticated", "Send a key.");
    const app = createApp(strangers(error, ["plain"]));
    const refused = await app.request("/plain/wine", { method: "POST" }, NODE);
    assert.equal(refused.status, 401);
    assert.deepEqual(await refused.json(), { error: "Send a key." });

    const nowhere = await app.request("/plain/wine/more", {}, NODE);
    const { error: message } = errorSchema.parse(await nowhere.json());
    assert.deepEqual(
      [nowhere.status, message],
      [404, "There is no /plain/wine/more; see /openapi.json."],
    );
    const wrongly = await app.request("/plain/wine", { method: "DELETE" }, NODE);
    assert.deepEqual([wrongly.status, wrongly.headers.get("allow")], [405, "POST"]);
    errorSchema.parse(await wrongly.json());
    assert.equal(
      (await app.request("/plainly", {}, NODE)).headers.get("content-type"),
      "application/problem+json",
    );

    const { openapi } = await copy.openapi();
    const registry = new Registry([], new Map());
    const document = openapi(registry, ["plain"]);
    const { operations, document: described } = new ApiDescription(document);
    const route = operations.find(({ path }) => path === "/plain/{name}");
    assert.deepEqual([route?.id, route?.tags], ["scorePlain", ["Plain"]]);
    assert.deepEqual(Object.keys(route?.responses["404"]?.content ?? {}), ["application/json"]);
    assert.ok(described.tags.some(({ name }) => name === "Plain"));
    assert.ok(!JSON.stringify(openapi(registry, ["azureml"])).includes("/plain/"));

    const { namedBelow } = await copy.rooms();
    assert.deepEqual(namedBelow(["plain"]), ["/v1/models/", "/plain/"]);

    const { gatewayConfigSchema: settings } = await copy.config();
    assert.deepEqual(settings.parse({}).DIALECTS, ["azureml", "openai", "plain"]);
    assert.deepEqual(settings.parse({ DIALECTS: "plain" }).DIALECTS, ["plain"]);
    assert.deepEqual(settings.parse({ DIALECTS: "none" }).DIALECTS, []);
    assert.equal(settings.safeParse({ DIALECTS: "nope" }).success, false);
  });
});

/** What Node's server hands to Hono, as far as the app reads it. */
const NODE = { incoming: { headers: {} } };

const errorSchema = z.strictObject({ error: z.string() });

/** Services that let nobody in: what stands before the handlers is all that is asked for. */
function strangers(error: Error, dialects: readonly string[]): GatewayServices {
  const identify = (): never => {
    throw error;
  };
  const services = {
    access: { identify },
    cors: { preflight: () => undefined },
    dialects,
    logger: createLogger("test", "silent"),
    metrics: new GatewayMetrics(),
    strangers: { take: () => {} },
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return services as unknown as GatewayServices;
}

/** A copy of what the patch touches and what that imports. */
function patchedCopy() {
  const folder = mkdtempSync(join(tmpdir(), "scoreline-dialect-"));
  for (const path of ["shared", "gateway", "package.json", "docs"]) {
    cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  execFileSync("git", ["apply", "--unidiff-zero", join(ROOT, PATCH)], { cwd: folder });
  const url = (path: string): string => pathToFileURL(join(folder, path)).href;
  return {
    app: async (): Promise<typeof import("../../gateway/app.ts")> => import(url("gateway/app.ts")),
    openapi: async (): Promise<typeof import("../../gateway/openapi.ts")> =>
      import(url("gateway/openapi.ts")),
    rooms: async (): Promise<typeof import("../../gateway/rooms.ts")> =>
      import(url("gateway/rooms.ts")),
    config: async (): Promise<typeof import("../../gateway/config.ts")> =>
      import(url("gateway/config.ts")),
    error: async (): Promise<typeof import("../../shared/error.ts")> =>
      import(url("shared/error.ts")),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
