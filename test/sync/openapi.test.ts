import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createApp } from "../../gateway/app.ts";
import { openapi } from "../../gateway/openapi/document.ts";
import type { GatewayServices } from "../../gateway/services.ts";
import { loadRegistry } from "../../shared/model/registry.ts";
import { section, tableRows } from "./support/markdown.ts";
import { readText, ROOT } from "./support/repository.ts";

/** As much of an OpenAPI document as this test reads. */
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, unknown>>;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const description = openapi(loadRegistry(join(ROOT, "models"))) as Description;
// Routes are only listed here, never called: none of their services is touched.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const app = createApp({} as GatewayServices);

const served = app.routes.map(
  ({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`,
);

const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

describe("openapi.json", () => {
  it("describes every route of the gateway, and no other", () => {
    const described = operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`);
    assert.deepEqual(described.toSorted(), served.toSorted());
  });

  it("declares every parameter of every path", () => {
    for (const { path, operation } of operations) {
      const wanted = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
      const declared = (operation.parameters ?? []).filter((one) => one.in === "path");
      assert.deepEqual(
        declared.map(({ name }) => name),
        wanted,
        path,
      );
    }
  });

  it("has schemas for every reference in it, and names every operation once", () => {
    const text = JSON.stringify(description);
    for (const [, pointer = ""] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) {
      assert.ok(text.includes(`"${pointer}":{`), pointer);
    }
    const ids = operations.map(({ operation }) => operation.operationId);
    assert.equal(new Set(ids).size, ids.length);
  });
});

describe("docs/api.md", () => {
  const document = readText("docs/api.md");

  it("lists the routes in the gateway's order", () => {
    const shown = tableRows(section(document, "## Routes")).map(([route]) => route);
    assert.deepEqual(shown, served);
  });

  it("answers with the statuses that openapi.json names", () => {
    const shown = tableRows(section(document, "### By operation"));
    const described = operations
      .filter(({ path }) => path.includes("jobs"))
      .map(({ operation }) => [
        operation.operationId,
        Object.keys(operation.responses).toSorted().join(", "),
      ]);
    assert.deepEqual(
      shown.map(([name, statuses]) => [name, statuses]),
      described,
    );
  });
});
