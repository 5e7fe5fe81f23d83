import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { assertAccessible } from "../support/chrome/axe.ts";
import { Chrome, noChrome, pageTimeoutMs, type Visit } from "../support/chrome/chrome.ts";
import { screenshots, scrollsSideways } from "../support/chrome/screenshots.ts";
import { told } from "../support/chrome/told.ts";
import { EndpointClient, shares } from "../support/endpoints.ts";
import { issueKey } from "../support/keys.ts";
import { versionedModel } from "../support/models.ts";
import { Receiver } from "../support/receiver.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";
import { api, delivery, deliveriesOf, ends, RECEIVERS_HERE, urlOf } from "../support/webhooks.ts";

describe("the console", { skip: noChrome, timeout: 4 * pageTimeoutMs }, () => {
  let system: System & { url: string };
  let client: EndpointClient;
  let chrome: Chrome;
  let visit: Visit;
  let page: Page;
  before(async () => {
    const models = versionedModel(2);
    system = await System.start({ MODELS_DIR: models, WORKER_SLOTS: "1", ...RECEIVERS_HERE });
    system.removes(models);
    client = new EndpointClient(system.url);
    chrome = await Chrome.start();
    visit = await chrome.visit(system.url);
    ({ page } = visit);
    await visit.signIn(system.key);
  });
  after(async () => {
    await chrome[Symbol.asyncDispose]();
    await system[Symbol.asyncDispose]();
  });

  const open = async (fragment: string): Promise<void> =>
    void (await page.goto(`${system.url}/${fragment}`));

  it("moves an endpoint's traffic by keyboard, and takes it back", async () => {
    await client.put("split", shares(90, 10));
    await open("#/endpoints/split");
    await moveGreen(page, 10);
    await page.getByText("90 % → 80 %").waitFor();
    assert.deepEqual(await trafficOf(client), [90, 10], "nothing happens before it is applied");
    await looksWell(page, "endpoint");
    // Awaited from before the press on. Under the pointer it stays, however slow the machine is.
    await Promise.all([
      page.getByText("split is now blue 80 %, green 20 %.").hover(),
      page.getByRole("button", { name: "Apply" }).click(),
    ]);
    assert.deepEqual(await trafficOf(client), [80, 20]);
    await told(page, "Taken back.", page.getByRole("button", { name: "Undo" }));
    assert.deepEqual(await trafficOf(client), [90, 10]);
    assert.deepEqual(visit.faults, []);
  });

  it("overwrites no traffic that somebody else has moved meanwhile", async () => {
    await client.put("split", shares(50, 50));
    await open("#/endpoints");
    await page.getByRole("link", { name: "split" }).click();
    await page.locator('[aria-label="Share of green"][aria-valuetext="50 %"]').waitFor();
    await moveGreen(page, 1);
    await client.put("split", shares(30, 70));
    const apply = page.getByRole("button", { name: "Apply" });
    // It may have heard of the change before anybody could press the button.
    const note = page.getByRole("alert").filter({ hasText: "blue 30 %, green 70 %" });
    await apply.click({ timeout: 2000 }).catch(() => undefined);
    await note.waitFor();
    assert.deepEqual(await trafficOf(client), [30, 70]);
    await page.getByRole("button", { name: "Go on with mine" }).click();
    await page.getByText("70 % → 51 %").waitFor();
    await apply.click();
    await until("it is applied", async () => (await trafficOf(client))[1] === 51);
    visit.expected(/412/);
    assert.deepEqual(visit.faults, []);
  });

  it("sends a dead letter again", async () => {
    let isUp = false;
    await using receiver = await Receiver.http((response) =>
      response.writeHead(isUp ? 204 : 410).end(),
    );
    const path = `${system.url}/v1/models/versioned/jobs`;
    const { id } = await api(path, 202, {
      body: { input: {}, webhook: { url: urlOf(receiver) } },
    });
    let sent = "";
    await until("its delivery is made", async () => {
      sent = (await deliveriesOf(system.url, String(id)))[0]?.id ?? "";
      return sent !== "";
    });
    await ends(system.url, sent, "dead");
    isUp = true;
    await open("#/deliveries");
    await page.getByText("the receiver says it is gone (410)").waitFor();
    await looksWell(page, "deliveries");
    await page.getByRole("button", { name: "Send again", exact: true }).click();
    await page.locator(".chip", { hasText: "delivered" }).waitFor();
    assert.equal((await delivery(system.url, sent)).status, "delivered");
    await page.getByRole("link", { name: "job.succeeded" }).click();
    await page.getByRole("cell", { name: "204" }).waitFor();
    assert.deepEqual(visit.faults, []);
  });

  it("creates a key, shows its secrets once, and revokes it", async () => {
    await open("#/keys");
    await page.getByRole("button", { name: "Create a key" }).click();
    await page.getByLabel("Name: what it is for").fill("the shop");
    await page.getByRole("button", { name: "Create", exact: true }).click();
    const token = await page.locator(".secret code").first().innerText();
    const { scopes } = await api(`${system.url}/v1/caller`, 200, { token });
    assert.deepEqual(scopes, ["jobs:write", "jobs:read", "jobs:cancel"]);
    await looksWell(page, "keys");
    await page.getByRole("button", { name: "I have it" }).click();
    assert.equal(await page.getByText(token).count(), 0);
    const row = page.getByRole("row").filter({ hasText: "the shop" });
    await row.getByRole("button", { name: "Revoke" }).click();
    const dialog = page.getByRole("dialog");
    const field = dialog.getByLabel("Type the shop to confirm");
    await field.fill("the sho");
    assert.equal(await dialog.getByRole("button", { name: "Revoke" }).isDisabled(), true);
    await field.fill("the shop");
    await dialog.getByRole("button", { name: "Revoke" }).click();
    await row.waitFor({ state: "detached" });
    await api(`${system.url}/v1/caller`, 401, { token });
    assert.deepEqual(visit.faults, []);
  });

  it("shows a key what it may see, and names the scope that it lacks", async () => {
    await client.put("split", shares(90, 10));
    const rights = { scopes: ["jobs:read"], tenant: "other" } as const;
    const { tokens } = await issueKey(system.redis.client(), rights);
    await page.getByRole("button", { name: "Sign out" }).click();
    await visit.signIn(tokens.primary);
    await open("#/endpoints/split");
    const entries = await page.getByRole("navigation", { name: "Main" }).getByRole("link").all();
    const names = await Promise.all(entries.map(async (entry) => entry.innerText()));
    assert.ok(names.includes("Endpoints"));
    assert.ok(!names.includes("Deliveries") && !names.includes("Keys"), names.join());
    await page.getByText("lacks the scope operator").waitFor();
    assert.equal(await page.getByRole("slider").count(), 0);
    for (const [where, scope] of [
      ["deliveries", "webhooks:*"],
      ["keys", "admin"],
    ] as const) {
      await open(`#/${where}`);
      await page.getByText(`lacks the scope ${scope}`).waitFor();
    }
    assert.deepEqual(visit.faults, []);
  });

  const trafficOf = async (endpoints: EndpointClient): Promise<number[]> =>
    (await endpoints.read("split")).variants.map(({ traffic }) => traffic);
});

async function moveGreen(page: Page, steps: number): Promise<void> {
  await page.getByRole("slider", { name: "Share of green" }).focus();
  for (let i = 0; i < steps; i += 1) await page.keyboard.press("ArrowRight");
}

/** To everybody, at every width. */
async function looksWell(page: Page, name: string): Promise<void> {
  await assertAccessible(page);
  await screenshots(page, name);
  await page.setViewportSize({ width: 390, height: 900 });
  assert.equal(await scrollsSideways(page), false, name);
  await page.setViewportSize({ width: 1440, height: 900 });
}
