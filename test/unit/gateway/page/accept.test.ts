import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { prefersHtml } from "../../../../gateway/page/accept.ts";

describe("what is answered at /", () => {
  it("is HTML for browsers", () => {
    const chromium =
      "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";
    assert.ok(prefersHtml(chromium));
    assert.ok(prefersHtml("Text/HTML"));
    assert.ok(prefersHtml("application/json;q=0.5, text/html;q=0.9"));
  });

  it("is JSON for everybody else", () => {
    for (const accept of [
      undefined,
      "",
      "*/*",
      "application/json",
      "text/*",
      "text/html;q=0",
      "application/json, text/html;q=0.9",
      "text/html;q=nonsense",
    ]) {
      assert.ok(!prefersHtml(accept), String(accept));
    }
  });
});
