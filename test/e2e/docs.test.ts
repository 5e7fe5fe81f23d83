import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { ApiDescription } from "../support/api-description.ts";
import { findBrowser } from "../support/browser.ts";
import { System } from "../support/system.ts";

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

const browser = findBrowser();

describe("the reference page at /docs", () => {
  let system: System;
  let url = "";
  before(async () => {
    system = await System.bare();
    ({ url } = await system.gateway());
  });
  after(async () => system[Symbol.asyncDispose]());

  it("is made of nothing but what this gateway serves, with the right types", async () => {
    const page = await fetch(`${url}/docs`);
    assert.equal(page.headers.get("content-type"), "text/html; charset=utf-8");
    const html = await page.text();
    const loaded = [...html.matchAll(/<(?:script|link)\b[^>]*?\b(?:src|href)="([^"]*)"/g)];
    assert.equal(loaded.length, 5);
    for (const [, reference = ""] of loaded) {
      const place = new URL(reference, `${url}/docs`);
      assert.equal(place.origin, url);
      const asset = await fetch(place);
      assert.equal(asset.status, 200, reference);
      assert.equal(asset.headers.get("content-type"), TYPES[reference.split(".").at(-1) ?? ""]);
      if (reference.endsWith(".css")) checkStyles(await asset.text());
    }
  });

  it("may ask nobody else, by a policy that browsers keep", async () => {
    const { headers } = await fetch(`${url}/docs`);
    const policy = headers.get("content-security-policy") ?? "";
    assert.match(policy, /^default-src 'none';/);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/);
  });

  it("is not sent twice to who has it", async () => {
    const { headers } = await fetch(`${url}/docs/assets/swagger-ui-bundle.js`);
    const known = { "if-none-match": headers.get("etag") ?? "" };
    const again = await fetch(`${url}/docs/assets/swagger-ui-bundle.js`, { headers: known });
    assert.equal(again.status, 304);
  });

  it(
    "shows every operation in a browser, and breaks no policy",
    { skip: browser === undefined && "no Chromium in the PATH" },
    async () => {
      const { dom, messages } = await visit(browser ?? "", `${url}/docs`);
      const api = new ApiDescription(await (await fetch(`${url}/openapi.json`)).json());
      const shown = [...dom.matchAll(/id="operations-[A-Z]\w*-(\w+)"/g)].map(([, id = ""]) => id);
      assert.deepEqual(shown.toSorted(), api.operations.map(({ id }) => id).toSorted());
      assert.deepEqual(messages, []);
    },
  );
});

/** Styles load nothing: their pictures are in them. */
function checkStyles(text: string): void {
  assert.ok(!text.includes("@import"));
  const targets = [...text.matchAll(/url\(\s*["']?([^)]{5})/g)].map(([, start]) => start);
  assert.deepEqual(new Set(targets.filter((start) => start !== "data:")), new Set());
}

/** What a headless browser makes of a page, and what it says on its console. */
async function visit(program: string, place: string) {
  const profile = mkdtempSync(join(tmpdir(), "scoreline-browser-"));
  try {
    const options = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"];
    const own = [`--user-data-dir=${profile}`, "--virtual-time-budget=20000", "--dump-dom", place];
    const limits = { timeout: 270_000, maxBuffer: 64 * 1024 * 1024 };
    const { stdout, stderr } = await promisify(execFile)(program, [...options, ...own], limits);
    return { dom: stdout, messages: stderr.split("\n").filter((line) => /CONSOLE/.test(line)) };
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
}
