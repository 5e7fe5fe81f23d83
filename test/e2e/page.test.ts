import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { assertAccessible } from "../support/chrome/axe.ts";
import { Chrome, noChrome, pageTimeoutMs } from "../support/chrome/chrome.ts";
import { screenshots, scrollsSideways } from "../support/chrome/screenshots.ts";
import { newCode } from "../support/access-tokens.ts";
import { ask, keyHeader } from "../support/client.ts";
import { AUDIENCE, OidcIssuer, PAGE_CLIENT } from "../support/oidc-issuer.ts";
import { modelsOfAllKinds, photoOfThings } from "../support/page-models.ts";
import { rawRequest } from "../support/raw-answer.ts";
import { System } from "../support/system.ts";

const keySchema = z.object({ id: z.string(), secrets: z.object({ primary: z.string() }) });
const examplesSchema = z.object({
  data: z.array(z.object({ name: z.string(), file: z.object({ url: z.string() }).nullable() })),
});

describe("the page at /", () => {
  let issuer: OidcIssuer;
  let system: System & { url: string };
  before(async () => {
    issuer = await OidcIssuer.start({ ada: { roles: ["scorer"] } });
    const models = await modelsOfAllKinds();
    system = await System.start({
      MODELS_DIR: models,
      WORKER_SLOTS: "1",
      OIDC_ISSUER: issuer.url,
      OIDC_AUDIENCE: AUDIENCE,
      OIDC_ROLES: "scorer",
      OIDC_CLIENT_ID: PAGE_CLIENT,
    });
    system.removes(models);
    issuer.letIn(`${system.url}/`);
  });
  after(async () => {
    await issuer[Symbol.asyncDispose]();
    await system[Symbol.asyncDispose]();
  });

  const get = async (path: string, accept: string) =>
    rawRequest(`${system.url}${path}`, { headers: { accept, ...keyHeader(system.url) } });

  it("is HTML for browsers and JSON for programs, and says that it depends", async () => {
    const html = await get("/", "text/html,*/*;q=0.8");
    assert.equal(html.headers["content-type"], "text/html; charset=utf-8");
    const json = await get("/", "*/*");
    assert.equal(json.headers["content-type"], "application/json");
    for (const { headers } of [html, json]) assert.match(headers.vary ?? "", /\baccept\b(?!-)/);
  });

  it("says in a browser what is wrong on a page of its own, and to programs as a problem", async () => {
    for (const path of ["/nothing/here", "/v1/jobs/job_none"]) {
      const seen = await get(path, "text/html,*/*;q=0.8");
      const { status, headers, body } = seen;
      assert.deepEqual([status, headers["content-type"]], [404, "text/html; charset=utf-8"]);
      assert.match(body.toString(), /href="\.\.\/(?:\.\.\/)?page\/app\/page\.css"/);
      const problem = await get(path, "*/*");
      assert.equal(problem.status, 404);
      assert.equal(problem.headers["content-type"], "application/problem+json");
    }
  });

  it("lets scripts come from its gateway alone, and asks the issuer besides", async () => {
    const policy = String((await get("/", "text/html")).headers["content-security-policy"]);
    assert.match(
      policy,
      /^default-src 'none'; script-src 'self' 'sha256-[\w+/]{43}='; style-src 'self';/,
    );
    assert.doesNotMatch(policy, /unsafe|\*/);
    assert.deepEqual(policy.match(/[^;]*https?:[^;]*/g), [` connect-src 'self' ${issuer.url}`]);
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

  describe("in a browser", { skip: noChrome }, () => {
    let chrome: Chrome;
    before(async () => (chrome = await Chrome.start()));
    after(async () => chrome[Symbol.asyncDispose]());

    it(
      "lets a person sign in, score a photo and a question, and see the job",
      { timeout: pageTimeoutMs },
      async () => {
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

    it(
      "signs in by a link, once, and by the issuer, as the user who is there",
      { timeout: pageTimeoutMs },
      async () => {
        const role = { method: "PUT", body: JSON.stringify({ scopes: ["jobs:write"] }) };
        const made = await ask(`${system.url}/v1/roles/scorer`, role);
        assert.equal(made.status, 200);
        const link = `${system.url}/#/sign-in/${await newCode(system.url, system.key)}`;
        await using visit = await chrome.visit(link, { others: [issuer.url] });
        const { page } = visit;
        const signOut = page.getByRole("button", { name: "Sign out" });
        await signOut.waitFor();
        assert.equal(page.url(), `${system.url}/#/models`);
        assert.deepEqual(await page.context().cookies(), []);
        await signOut.click();
        await page.goto(link);
        await page.getByText("The code was already used").waitFor();
        assert.ok(visit.expected(/401/));
        assert.ok(!page.url().includes("sign-in/"));
        await page.goto(`${system.url}/#/models/wine`);
        await page
          .getByRole("button", { name: `Sign in with ${new URL(issuer.url).host}` })
          .click();
        await page.getByRole("button", { name: "I am ada" }).click();
        await page.getByRole("heading", { name: "wine" }).waitFor();
        assert.equal(page.url(), `${system.url}/#/models/wine`);
        assert.match((await signOut.getAttribute("title")) ?? "", /^user_\w+ of .*: jobs:write$/);
        await signOut.click();
        // An answer of the issuer's that this tab did not ask for: somebody else's.
        await page.goto(`${system.url}/#code=another&state=another`);
        await page.getByText("was not begun in this tab").waitFor();
        assert.deepEqual(visit.faults, []);
      },
    );

    it("has a form for each pipeline, and shows each answer as what it is", async () => {
      await using visit = await chrome.visit(system.url);
      const { page } = visit;
      await visit.signIn(system.key);
      const open = async (model: string): Promise<void> => {
        await page.goto(`${system.url}/#/models/${model}`);
        await page.getByRole("heading", { name: model, exact: true }).waitFor();
      };
      const checked = async (name: string): Promise<void> => {
        await assertAccessible(page);
        await screenshots(page, name);
      };
      await open("classification");
      await page.getByLabel("Your text").fill("hello");
      await page.keyboard.press("Enter");
      await page.getByText("76.3 %").waitFor();
      await checked("try-classification");
      await open("pair");
      await page.getByLabel("text", { exact: true }).fill("hello");
      await page.getByLabel("text_pair").fill("Hello, world!");
      await page.keyboard.press("Enter");
      await page.locator(".verdict").filter({ hasText: "-0.9039" }).waitFor();
      await open("embedding");
      await page.locator(".answer .bars li").nth(2).waitFor();
      await page.getByLabel("Text 2 to compare it with").fill("how do I put a list in order");
      await page.keyboard.press("Enter");
      await page
        .locator(".answer .bars li:first-child .num")
        .getByText("1", { exact: true })
        .waitFor();
      await page.getByRole("button", { name: "Python" }).click();
      assert.match(await page.locator(".code pre").innerText(), /"inputs": .*job\["outputs"\]/s);
      await checked("try-embedding");
      await open("entities");
      await page.getByLabel("Your text").fill("Ada Lovelace met Charles Babbage in London.");
      await page.keyboard.press("Enter");
      const marks = page.locator(".marked mark");
      await marks.filter({ hasText: "London" }).waitFor();
      const marked = ["AdaPER", "Lovelace met Charles Babbage inPER", "LondonLOC", ".LOC"];
      assert.deepEqual(await marks.allInnerTexts(), marked);
      await checked("try-entities");
      await open("yolo");
      await page.locator("input[type=file]").setInputFiles(photoOfThings());
      await page.locator(".boxed i").nth(2).waitFor();
      await checked("try-detection");
      await open("faq-javascript");
      await page.getByRole("button", { name: "js clone array" }).click();
      await page.getByText("the true match").waitFor();
      assert.deepEqual(visit.faults, []);
    });

    it("forgets a key that ends while somebody looks", async () => {
      const created = await ask(`${system.url}/v1/keys`, {
        method: "POST",
        body: '{"name":"short"}',
      });
      const { id, secrets } = keySchema.parse(await created.json());
      await using visit = await chrome.visit(system.url);
      await visit.signIn(secrets.primary);
      await ask(`${system.url}/v1/keys/${id}`, { method: "DELETE" });
      await visit.page.getByText("or it has ended").waitFor();
      assert.ok(visit.expected(/401/));
      assert.deepEqual(visit.faults, []);
    });
  });
});
