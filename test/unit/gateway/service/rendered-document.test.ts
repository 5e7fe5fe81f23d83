import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RenderedDocument } from "../../../../gateway/service/rendered-document.ts";
import { Registry } from "../../../../shared/model/registry.ts";

describe("the rendered document", () => {
  it("is rendered once for each registry", () => {
    const rendered: Registry[] = [];
    const document = new RenderedDocument((registry) => {
      rendered.push(registry);
      return { count: rendered.length };
    });
    const [before, after] = [new Registry([], new Map()), new Registry([], new Map())];
    const page = document.of(before);
    for (let i = 0; i < 500; i++) assert.equal(document.of(before), page);
    assert.notEqual(document.of(after), page);
    assert.equal(document.of(after), document.of(after));
    assert.deepEqual(rendered, [before, after]);
  });
});
