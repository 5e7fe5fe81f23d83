import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { assertAccessible } from "../support/chrome/axe.ts";
import { Chrome, noChrome, pageTimeoutMs, type Visit } from "../support/chrome/chrome.ts";
import { screenshots, scrollsSideways } from "../support/chrome/screenshots.ts";
import { ask } from "../support/client.ts";
import { System } from "../support/system.ts";

const WINES = "docs/examples/wines.csv";
const RECORDS = readFileSync(WINES, "utf8").trim().split("\n").length - 1;
/** What the console says of an answer 422. */
const REFUSED = /status of 422/;
/** On a machine that is busy a gateway may have no time for Redis; the page asks again. */
const BUSY = /status of 503/;

const madeSchema = z.object({ secrets: z.object({ primary: z.string() }) });

describe("batches and jobs on the page", { skip: noChrome }, () => {
  let system: System & { url: string };
  let chrome: Chrome;
  let visit: Visit;
  before(async () => (system = await System.start({ WORKER_SLOTS: "1" })));
  after(async () => system[Symbol.asyncDispose]());
  before(async () => (chrome = await Chrome.start()));
  after(async () => chrome[Symbol.asyncDispose]());
  before(async () => {
    visit = await chrome.visit(system.url);
    await visit.signIn(system.key);
    await visit.page.getByRole("link", { name: "Batches" }).click();
  });

  const inTime = { timeout: pageTimeoutMs };
  const chip = (text: string) => visit.page.locator(".chip", { hasText: text });
  const heading = (name: string) => visit.page.getByRole("heading", { level: 1, name });

  /** From the list to a batch of a file or folder, with what its form shall say. */
  async function submit(path: string, model?: string): Promise<void> {
    const { page } = visit;
    const isFolder = !/\.\w+$/.test(path);
    const picker = page.getByLabel(isFolder ? "Choose a folder" : "Choose a file");
    await picker.and(page.locator("input")).setInputFiles(path);
    const form = page.getByRole("form", { name: "New batch" });
    if (model !== undefined) await form.getByLabel("Model").selectOption(model);
    await form.getByRole("button", { name: "Score it" }).click();
  }

  it(
    "scores a table, through a connection that breaks, and saves what came of it",
    inTime,
    async () => {
      const { page } = visit;
      let broken = 0;
      await page.route("**/items?from=*", async (route) => {
        broken += 1;
        await (broken === 1 ? route.abort("connectionreset") : route.continue());
      });
      await submit(WINES);
      await heading("wines.csv").waitFor();
      await chip("all succeeded").first().waitFor();
      await page.unroute("**/items?from=*");
      assert.equal(broken, 2);
      assert.ok(visit.expected(/ERR_CONNECTION_RESET/));
      await page.getByText(`${RECORDS} of ${RECORDS} items`).waitFor();
      await page.locator("td.outcome").first().waitFor();
      await assertAccessible(page);
      await screenshots(page, "batch");

      // As browsers do that write to no file.
      await page.evaluate(
        "Object.defineProperty(window, 'showSaveFilePicker', { value: undefined, configurable: true })",
      );
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: "Download NDJSON" }).click(),
      ]);
      const lines = readFileSync(await download.path(), "utf8")
        .trimEnd()
        .split("\n");
      assert.deepEqual([lines.length, JSON.parse(lines[0] ?? "").index], [RECORDS, 0]);

      // A file of the browser's own, which is written as one of the disk is.
      await page.evaluate(`Object.defineProperty(window, 'showSaveFilePicker', { configurable: true, value: async ({ suggestedName }) =>
      (globalThis.saved = await (await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true })) })`);
      await page.getByRole("button", { name: "Download CSV" }).click();
      await page.getByText(`${RECORDS} results saved`).waitFor();
      const csv = String(await page.evaluate("saved.getFile().then((file) => file.text())"));
      assert.match(csv, /^index,custom_id,status,/);
      assert.equal(csv.trimEnd().split("\r\n").length, RECORDS + 1);
    },
  );

  it("says which line is bad and why, and lets it fail alone", inTime, async () => {
    const { page } = visit;
    await page.getByRole("link", { name: "Batches" }).first().click();
    await submit("docs/examples/wines-with-a-fault.ndjson", "wine");
    await page.getByText("Line 3 of wines-with-a-fault.ndjson").waitFor();
    await page.getByText("/input/alcohol: is not a number").waitFor();
    await assertAccessible(page);
    await screenshots(page, "batch-refused");
    await page.getByRole("button", { name: "Let bad items fail alone" }).click();
    await chip("some failed").waitFor();
    assert.ok(visit.expected(REFUSED));
    const row = page.locator("tr", { hasText: "bottle-3" });
    await row.getByText("is not a number").first().click();
    await row.getByText("The input is not valid").waitFor();
    await page.setViewportSize({ width: 390, height: 900 });
    assert.equal(await scrollsSideways(page), false);
    await assertAccessible(page);
    await page.setViewportSize({ width: 1440, height: 900 });
    await screenshots(page, "batch-failed");
  });

  it("retries what failed, and Back leads to the list with its filter", inTime, async () => {
    const { page } = visit;
    await page.getByRole("link", { name: "Batches" }).first().click();
    await page.getByLabel("Status").selectOption("completed");
    await page.getByRole("link", { name: "wines-with-a-fault.ndjson" }).click();
    await page.getByRole("button", { name: "Retry 1 that did not succeed" }).click();
    await page.getByText("attempt 2").waitFor();
    await chip("some failed").waitFor();
    await page.goBack();
    await page.getByRole("link", { name: "wines.csv" }).waitFor();
    assert.equal(new URL(page.url()).hash, "#/batches?status=completed");
    await assertAccessible(page);
    await screenshots(page, "batches");
  });

  it("scores a folder of photos, and deletes it for who types its name", inTime, async () => {
    const { page } = visit;
    await submit("models/image-classification/photos");
    await heading("photos").waitFor();
    await chip("all succeeded").first().waitFor();
    await page.getByText("espresso.jpg").waitFor();
    await page.getByRole("button", { name: "Delete" }).click();
    const dialog = page.getByRole("dialog");
    const confirm = dialog.getByRole("button", { name: "Delete" });
    assert.equal(await confirm.isDisabled(), true);
    await dialog.getByRole("textbox").fill("photos");
    await confirm.click();
    await heading("Batches").waitFor();
    await page.getByRole("link", { name: "wines.csv" }).waitFor();
    assert.equal(await page.getByRole("link", { name: "photos" }).count(), 0);
  });

  it("narrows the jobs, tells one's course, and erases it", inTime, async () => {
    const { page } = visit;
    const body = JSON.stringify({ input: { text: "how do i sleep" } });
    const headers = { "content-type": "application/json", prefer: "wait=30" };
    const post = async (model: string): Promise<Response> =>
      ask(`${system.url}/v1/models/${model}/jobs`, { method: "POST", headers, body });
    assert.equal((await post("faq-javascript")).status, 200);
    await page.getByRole("link", { name: "Jobs" }).click();
    await page.getByLabel("Status").selectOption("succeeded");
    await page.getByLabel("Within").selectOption("the last hour");
    await page.locator("tbody a").first().waitFor();
    await assertAccessible(page);
    await screenshots(page, "jobs");
    await page.locator("tbody a").first().click();
    await page.getByText("Settled: succeeded").waitFor();
    await page.getByText("Taken by a worker").waitFor();
    await assertAccessible(page);
    await screenshots(page, "job");
    await page.goBack();
    assert.match(page.url(), /#\/jobs\?status=succeeded&within=/);
    await page.locator("tbody a").first().click();
    await page.getByRole("button", { name: "Erase" }).click();
    const id = await page.getByRole("heading", { level: 1 }).innerText();
    await page.getByRole("dialog").getByRole("textbox").fill(id.slice(-6));
    await page.getByRole("dialog").getByRole("button", { name: "Erase" }).click();
    await heading("Jobs").waitFor();
    await page.getByRole("link", { name: id }).waitFor({ state: "detached" });
  });

  it("says what a key lacks", inTime, async () => {
    const made = await ask(`${system.url}/v1/keys`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "reader", scopes: ["jobs:read"] }),
    });
    const { secrets } = madeSchema.parse(await made.json());
    await using other = await chrome.visit(system.url);
    await other.signIn(secrets.primary);
    await other.page.goto(`${system.url}/#/batches`);
    await other.page.getByText("It lacks the scope batches:*").waitFor();
    await assertAccessible(other.page);
    for (const each of [other, visit]) {
      each.expected(BUSY);
      assert.deepEqual(each.faults, []);
    }
  });
});
