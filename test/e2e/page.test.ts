import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { chromium, type Page } from "playwright-core";
import { z } from "zod";
import { findBrowser } from "../support/browser.ts";
import { keyHeader } from "../support/client.ts";
import { rawRequest } from "../support/raw-answer.ts";
import { System } from "../support/system.ts";

const browser = findBrowser();
const LIMIT_MS = 60_000;

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
    { skip: browser === undefined && "no Chromium in the PATH", timeout: 3 * LIMIT_MS },
    async () => {
      const chrome = await chromium.launch({
        executablePath: browser ?? "",
        args: ["--no-sandbox", "--disable-gpu"],
      });
      try {
        const page = await chrome.newPage();
        page.setDefaultTimeout(LIMIT_MS);
        const said = listen(page, system.url);
        await page.goto(system.url);
        await page.getByLabel("Key").fill(system.key);
        await page.keyboard.press("Enter");
        await page.getByRole("link", { name: /image-classification/ }).click();
        await page.getByRole("button", { name: "espresso" }).click();
        await page.locator(".bars li").filter({ hasText: "espresso" }).first().waitFor();
        assert.match(await page.locator(".code pre").innerText(), /--data-binary @espresso\.jpg/);
        await page.getByRole("link", { name: /faq-javascript/ }).click();
        await page.getByLabel("Your question").fill("how do i reverse a string");
        await page.keyboard.press("Enter");
        await page.locator(".matches li").filter({ hasText: "reverse a string" }).first().waitFor();
        assert.match(await page.locator(".code pre").innerText(), /how do i reverse a string/);
        await page.getByRole("link", { name: "the job" }).click();
        await page.getByText("succeeded").first().waitFor();
        assert.equal(
          await page.title(),
          `${new URL(page.url()).hash.slice("#/jobs/".length)} · Scoreline`,
        );
        assert.deepEqual(said, []);
      } finally {
        await chrome.close();
      }
    },
  );
});

/** What a console says, and who else is asked for something. */
function listen(page: Page, url: string): string[] {
  const said: string[] = [];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(error.message));
  page.on("request", (request) => {
    const asked = request.url();
    if (!asked.startsWith(`${url}/`) && !asked.startsWith(`blob:${url}/`)) said.push(asked);
  });
  return said;
}
