import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { assertAccessible } from "../support/chrome/axe.ts";
import { Chrome, noChrome, pageTimeoutMs } from "../support/chrome/chrome.ts";
import { screenshots, scrollsSideways } from "../support/chrome/screenshots.ts";
import { keyHeader } from "../support/client.ts";
import { rawRequest } from "../support/raw-answer.ts";
import { System } from "../support/system.ts";

const examplesSchema = z.object({
  data: z.array(z.object({ name: z.string(), file: z.object({ url: z.string() }).nullable() })),
});

describe("the page at /", () => {
  let system: System & { url: string };
  before(async () => (system = await System.start({ WORKER_SLOTS: "1" })));
  after(async () => system[Symbol.asyncDispose]());

  const get = async (path: string, accept: string) =>
    rawRequest(`${system.url}${path}`, { headers: { accept, ...keyHeader(system.url) } });

  it("is HTML for browsers and JSON for programs, and says that it depends", async () => {
    const html = await get("/", "text/html,*/*;q=0.8");
    assert.equal(html.headers["content-type"], "text/html; charset=utf-8");
    const json = await get("/", "*/*");
    assert.equal(json.headers["content-type"], "application/json");
    for (const { headers } of [html, json]) assert.match(headers.vary ?? "", /\baccept\b(?!-)/);
  });

  it("lets scripts come from its gateway alone, and none stand in it but by its hash", async () => {
    const policy = String((await get("/", "text/html")).headers["content-security-policy"]);
    assert.match(
      policy,
      /^default-src 'none'; script-src 'self' 'sha256-[\w+/]{43}='; style-src 'self';/,
    );
    assert.doesNotMatch(policy, /unsafe|\*|https?:/);
  });

  it("is made of files that the gateway has, without types", async () => {
    const text = (await get("/", "text/html")).body.toString();
    const files = [...text.matchAll(/(?:href|src)="\.(\/page\/[^"]+)"/g)].map(
      ([, path = ""]) => path,
    );
    assert.ok(files.length > 30);
    for (const path of files) {
      const { status, headers, body } = await get(path, "*/*");
      assert.equal(status, 200, path);
      if (path.endsWith(".ts")) {
        assert.equal(headers["content-type"], "text/javascript; charset=utf-8");
        assert.doesNotMatch(body.toString(), /^(?:import type|export interface) /m);
      }
    }
    assert.equal((await get("/page/main/nothing.ts", "*/*")).status, 404);
    assert.equal((await get("/page/..%2f/main.ts", "*/*")).status, 404);
  });

  it("has examples to try, with their files, and cards to read", async () => {
    const models = `/v1/models/image-classification`;
    const list = await get(`${models}/examples`, "*/*");
    const { data } = examplesSchema.parse(JSON.parse(list.body.toString()));
    const espresso = data.find(({ name }) => name === "espresso");
    const photo = await get(espresso?.file?.url ?? "", "*/*");
    assert.equal(photo.headers["content-type"], "image/jpeg");
    assert.equal((await get(`${models}/examples/nothing`, "*/*")).status, 404);
    const card = await get(`${models}/card`, "*/*");
    assert.equal(card.headers["content-type"], "text/markdown; charset=utf-8");
  });

  it(
    "lets a person sign in, score a photo and a question, and see the job",
    { skip: noChrome, timeout: pageTimeoutMs },
    async () => {
      await using chrome = await Chrome.start();
      await using visit = await chrome.visit(system.url);
      const { page, faults } = visit;
      await assertAccessible(page);
      await screenshots(page, "sign-in");
      await visit.signIn(system.key);
      await page.getByRole("link", { name: /image-classification/ }).click();
      await page.getByRole("button", { name: "espresso" }).click();
      await page.locator(".bars li").filter({ hasText: "espresso" }).first().waitFor();
      assert.match(await page.locator(".code pre").innerText(), /--data-binary @espresso\.jpg/);
      await assertAccessible(page);
      await screenshots(page, "try-photo");
      await page.getByRole("link", { name: /faq-javascript/ }).click();
      await page.getByLabel("Your question").fill("how do i reverse a string");
      await page.keyboard.press("Enter");
      await page.locator(".matches li").filter({ hasText: "reverse a string" }).first().waitFor();
      assert.match(await page.locator(".code pre").innerText(), /how do i reverse a string/);
      await page.setViewportSize({ width: 390, height: 900 });
      assert.equal(await scrollsSideways(page), false);
      await assertAccessible(page);
      await screenshots(page, "try-question");
      await page.getByRole("link", { name: "the job" }).click();
      await page.getByText("succeeded").first().waitFor();
      assert.equal(
        await page.title(),
        `${new URL(page.url()).hash.slice("#/jobs/".length)} · Scoreline`,
      );
      await assertAccessible(page);
      await screenshots(page, "job");
      assert.deepEqual(faults, []);
    },
  );
});
