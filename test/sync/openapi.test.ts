import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { z } from "zod";
import { createApp, type GatewayServices } from "../../gateway/app.ts";
import { openapi } from "../../gateway/openapi.ts";
import { operationsWith } from "../../gateway/rooms.ts";
import { errorCodes } from "../../shared/error.ts";
import { loadRegistry } from "../../shared/model/registry.ts";
import { ApiDescription, type Content } from "../support/api-description.ts";
import { section, tableRows } from "./support/markdown.ts";
import { readText, ROOT } from "./support/repository.ts";

const raw = openapi(loadRegistry(join(ROOT, "models")));
const api = new ApiDescription(raw);
const { document: description, operations } = api;
// Routes are only listed here, never called: none of their services is touched.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const app = createApp({} as GatewayServices);

const narrowed = z.looseObject({
  allOf: z.tuple([
    z.looseObject({}),
    z.looseObject({ properties: z.looseObject({ code: z.object({ enum: z.array(z.string()) }) }) }),
  ]),
});

const withError = z.looseObject({ error: z.looseObject({ code: z.string() }) });

/** Without what is around them all. */
const served = app.routes
  .filter(({ method }) => method !== "ALL")
  .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);

describe("openapi.json", () => {
  it("is valid OpenAPI 3.1", async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate({ ...raw });
    assert.ok(valid, JSON.stringify(errors));
    assert.equal(validator.version, "3.1");
  });

  it("describes every route of the gateway, and no other", () => {
    const described = operations.map(({ path, method }) => `${method} ${path}`);
    assert.deepEqual(described.toSorted(), served.toSorted());
  });

  it("declares every parameter of every path", () => {
    for (const { path, parameters } of operations) {
      const wanted = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
      const declared = parameters.filter((one) => one.in === "path");
      assert.deepEqual(
        declared.map(({ name }) => name),
        wanted,
        path,
      );
    }
  });

  it("has schemas for every reference in it, names every operation once, and every tag", () => {
    const text = JSON.stringify(description);
    for (const [, pointer = ""] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) {
      assert.ok(text.includes(`"${pointer}":{`), pointer);
    }
    const ids = operations.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    const tags = new Set(description.tags.map(({ name }) => name));
    assert.deepEqual(
      operations.filter((operation) => !operation.tags.every((tag) => tags.has(tag))),
      [],
    );
  });
});

describe("the examples of openapi.json", () => {
  it("are valid by the schemas beside them, for every body and every answer that has one", () => {
    for (const { path, method, requestBody, responses } of operations) {
      const place = ["paths", path, method.toLowerCase()];
      check([...place, "requestBody"], requestBody?.content ?? {});
      for (const [status, { content }] of Object.entries(responses)) {
        check([...place, "responses", status], content);
      }
    }
  });

  it("are there for every JSON answer, but for this document itself", () => {
    const bare = operations.flatMap(({ id, responses }) =>
      Object.entries(responses).flatMap(([status, { content }]) =>
        Object.entries(content).flatMap(([type, { examples = {} }]) =>
          type.endsWith("json") && Object.keys(examples).length === 0 ? [`${id} ${status}`] : [],
        ),
      ),
    );
    assert.deepEqual(bare, ["openapi 200"]);
  });

  function check(place: readonly string[], content: Content): void {
    for (const [type, { examples = {} }] of Object.entries(content)) {
      const isValid = api.validator([...place, "content", type, "schema"]);
      for (const [name, { value }] of Object.entries(examples)) {
        const why = (): string => `${place.join(" ")} ${name}: ${JSON.stringify(isValid.errors)}`;
        assert.ok(isValid(value), why());
      }
    }
  }
});

describe("the error codes", () => {
  const described = codesIn(description);

  it("are in openapi.json, every one, and no other", () => {
    assert.deepEqual([...described].toSorted(), errorCodes.toSorted());
  });

  it("are each produced by a test over HTTP or against a real Redis, and no other", () => {
    const files = globSync("test/{e2e,integration,faults}/**/*.test.ts", { cwd: ROOT });
    const texts = files.map((file) => readText(file)).join("\n");
    const named = new Set([...texts.matchAll(/"([a-z_]+)"/g)].map(([, word = ""]) => word));
    const missing = errorCodes.filter((code) => !named.has(code));
    assert.deepEqual(missing, []);
  });
});

/** Every code that a response may carry, or that a batch shown in an example ended with. */
function codesIn({ paths, components }: ApiDescription["document"]): ReadonlySet<string> {
  const responses = [
    ...Object.values(paths).flatMap((methods) =>
      Object.values(methods).flatMap((operation) => Object.values(operation.responses)),
    ),
    ...Object.values(components.responses),
  ];
  const shown = responses.flatMap(({ content }) =>
    Object.values(content).flatMap(({ examples = {} }) =>
      Object.values(examples).flatMap(({ value }) => withError.safeParse(value).data ?? []),
    ),
  );
  const texts = responses.flatMap(({ content }) =>
    Object.values(content).flatMap(
      ({ schema }) => narrowed.safeParse(schema).data?.allOf[1].properties.code.enum ?? [],
    ),
  );
  return new Set([...texts, ...shown.map(({ error }) => error.code)]);
}

describe("docs/api.md", () => {
  const document = readText("docs/api.md");

  it("lists the routes in the gateway's order", () => {
    const shown = tableRows(section(document, "## Routes")).map(([route]) => route);
    assert.deepEqual(shown, served.slice(0, shown.length));
    assert.equal(shown.length, operationsWith([]).length);
  });

  it("answers with the statuses that openapi.json names", () => {
    const shown = tableRows(section(document, "### By operation"));
    const described = operations
      .filter(({ path }) => path.startsWith("/v1/"))
      .map(({ id, responses }) => [id, Object.keys(responses).toSorted().join(", ")]);
    assert.deepEqual(
      shown.map(([name, statuses]) => [name, statuses]),
      described,
    );
  });
});

describe("docs/dialects.md", () => {
  it("lists the routes of all dialects in the gateway's order", () => {
    const shown = tableRows(readText("docs/dialects.md"))
      .map(([route = ""]) => route)
      .filter((route) => /^[A-Z]+ \//.test(route));
    assert.deepEqual(shown, served.slice(operationsWith([]).length));
  });
});
