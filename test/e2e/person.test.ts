import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { assertAccessible } from "../support/chrome/axe.ts";
import { Chrome, noChrome, pageTimeoutMs, type Visit } from "../support/chrome/chrome.ts";
import { screenshots } from "../support/chrome/screenshots.ts";
import { told } from "../support/chrome/told.ts";
import { ask, postJson, useKey } from "../support/client.ts";
import {
  createPlace,
  launchReady,
  removePlace,
  ROOT,
  stop,
  tokenOf,
  type Place,
  type Started,
} from "../support/launcher.ts";

const PHOTO = readFileSync(join(ROOT, "models/image-classification/photos/espresso.jpg"));
const LANE = "image-classification@1.interactive";
const SPLIT = {
  variants: [
    { name: "blue", model: "faq-javascript@1" },
    { name: "green", model: "faq-javascript@2" },
  ],
};

/** One walk through the page, as a newcomer would take it; single pages have tests of their own. */
describe("a person with a browser", { skip: noChrome, timeout: 5 * pageTimeoutMs }, () => {
  let place: Place;
  let started: Started;
  let chrome: Chrome;
  let visit: Visit;
  let page: Page;
  before(async () => {
    place = await createPlace();
    started = await launchReady(place);
    useKey(place.url, tokenOf(place));
    chrome = await Chrome.start();
  });
  after(async () => {
    await chrome[Symbol.asyncDispose]();
    await stop(started);
    removePlace(place);
  });

  const open = async (name: string): Promise<void> =>
    page.getByRole("navigation", { name: "Main" }).getByRole("link", { name }).click();
  const isWell = async (): Promise<void> => {
    await assertAccessible(page);
    assert.deepEqual(visit.faults, []);
  };

  it("signs in by the link that npm start prints", async () => {
    const [link = ""] = /http:\S+\/#\/sign-in\/\w+/.exec(started.text()) ?? [];
    visit = await chrome.visit(link);
    ({ page } = visit);
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    assert.ok(!page.url().includes("sign-in"));
    await isWell();
  });

  it("drops a photograph, and reads what it shows", async () => {
    await page.getByRole("link", { name: /image-classification/ }).click();
    await page.locator(".drop").waitFor();
    await drop(page, { name: "mine.jpg", type: "image/jpeg", bytes: PHOTO });
    await page.getByText("@mine.jpg").waitFor();
    await page.locator(".bars li").first().filter({ hasText: "espresso" }).waitFor();
    await isWell();
    await screenshots(page, "person-photo");
  });

  it("asks a question, and reads the answer", async () => {
    await page.getByRole("link", { name: /faq-javascript/ }).click();
    await page.getByLabel("Your question").fill("how do i reverse a string");
    await page.keyboard.press("Enter");
    await page.locator(".matches li").filter({ hasText: "reverse a string" }).first().waitFor();
    await isWell();
  });

  it("uploads a CSV, and sees it finish", async () => {
    await open("Batches");
    const picker = page.getByLabel("Choose a file").and(page.locator("input"));
    await picker.setInputFiles("docs/examples/wines.csv");
    const form = page.getByRole("form", { name: "New batch" });
    await form.getByLabel("Model").selectOption("wine");
    await form.getByRole("button", { name: "Score it" }).click();
    await page.locator(".chip", { hasText: "all succeeded" }).first().waitFor();
    await isWell();
  });

  it("pauses a lane, purges it, resumes it, and retries what failed", async () => {
    const jobs = `${place.url}/v1/models/image-classification/jobs`;
    await postJson(jobs, { input: { image: "AAAA" } });
    await open("Queue");
    await page.getByRole("heading", { level: 1, name: "Queue" }).waitFor();
    await page.goto(`${place.url}/#/queue/${LANE}`);
    await page.getByRole("button", { name: `Pause ${LANE}` }).click();
    const resume = page.getByRole("button", { name: `Resume ${LANE}` });
    await resume.waitFor();
    await postJson(jobs, { input: { image: "AAAA" } }, "respond-async");
    await page.getByRole("button", { name: "Purge …" }).click();
    await page.getByRole("dialog").getByRole("textbox").fill(LANE);
    const purge = page.getByRole("button", { name: "Purge", exact: true });
    await told(page, `Canceled in ${LANE}: 1 job`, purge);
    await resume.click();
    await page.getByRole("button", { name: `Pause ${LANE}` }).waitFor();
    await told(page, "Queued again: 1 job.", page.getByRole("button", { name: "Retry them" }));
    await isWell();
    await screenshots(page, "person-queue");
  });

  it("moves an endpoint's slider", async () => {
    const init = { method: "PUT", body: JSON.stringify(SPLIT) };
    assert.equal((await ask(`${place.url}/v1/endpoints/split`, init)).status, 201);
    await page.goto(`${place.url}/#/endpoints/split`);
    const slider = page.getByRole("slider", { name: "Share of green" });
    await slider.focus();
    for (let i = 0; i < 10; i++) await page.keyboard.press("ArrowRight");
    await page.getByText("100 % → 90 %").waitFor();
    const text = "split is now blue 90 %, green 10 %.";
    await told(page, text, page.getByRole("button", { name: "Apply" }));
    await isWell();
  });
});

interface Dropped {
  readonly name: string;
  readonly type: string;
  readonly bytes: Buffer;
}

/** Drops a file where files are taken, as a hand does. */
async function drop(page: Page, { name, type, bytes }: Dropped): Promise<void> {
  const said = JSON.stringify({ name, type, base64: bytes.toString("base64") });
  const dataTransfer = await page.evaluateHandle(`(() => {
    const { name, type, base64 } = ${said};
    const bytes = Uint8Array.from(atob(base64), (it) => it.codePointAt(0));
    const dropped = new DataTransfer();
    dropped.items.add(new File([bytes], name, { type }));
    return dropped;
  })()`);
  await page.dispatchEvent(".drop", "drop", { dataTransfer });
}
