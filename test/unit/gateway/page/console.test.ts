import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { scopes } from "../../../../shared/access/key.ts";
import { endpoint, redelivery } from "../../../../gateway/webhooks/examples.ts";
import {
  endpointStanding,
  eventsText,
  lastAnswer,
  reasonText,
  redeliveryText,
  shortUrl,
} from "../../../../gateway/page/browser/deliveries/words.ts";
import {
  expiryAt,
  expiryStanding,
  modelsIn,
  SCOPES,
} from "../../../../gateway/page/browser/keys/words.ts";

const NOW = Date.parse("2026-11-30T12:00:00.000Z");

describe("deliveries in the page", () => {
  it("say in words why they were given up, and how they were answered", () => {
    assert.equal(reasonText("exhausted"), "every attempt failed");
    assert.equal(lastAnswer({ attempts: 0, last_status: null }), "not tried yet");
    assert.equal(lastAnswer({ attempts: 2, last_status: null }), "no answer");
    assert.equal(lastAnswer({ attempts: 2, last_status: 503 }), "answered 503");
  });

  it("that are sent again are counted, with those that cannot be", () => {
    assert.equal(
      redeliveryText(redelivery),
      "41 dead letters sent again. Of 1 what they tell of is no longer kept.",
    );
    const none = { ...redelivery, redelivered: 0, gone: 0 };
    assert.equal(redeliveryText(none), "There are no dead letters from then.");
    assert.match(redeliveryText({ ...redelivery, has_more: true }), /There are more/);
  });

  it("go to webhook endpoints whose state names its cause", () => {
    assert.deepEqual(endpointStanding(endpoint), ["good", "enabled"]);
    const failing = { enabled: true, disabled_reason: null, failures: 3 };
    assert.deepEqual(endpointStanding(failing), ["warn", "3 failures in a row"]);
    const gone = { enabled: false, disabled_reason: "gone" as const, failures: 1 };
    assert.deepEqual(endpointStanding(gone), ["bad", "disabled: it answered 410"]);
  });

  it("call all ends of a job by the one word that requests use", () => {
    assert.equal(eventsText(endpoint.events), "job.completed");
    assert.equal(eventsText(["job.failed", "batch.completed"]), "job.failed, batch.completed");
    assert.equal(shortUrl(endpoint.url), "shop.example.com/hooks/scoreline");
  });
});

describe("keys in the page", () => {
  it("may be given each scope that there is", () => {
    assert.deepEqual(
      SCOPES.map(([scope]) => scope),
      scopes,
    );
  });

  it("are limited to the models that are named, or to none", () => {
    assert.deepEqual(modelsIn(" faq-javascript, wine@2 "), ["faq-javascript", "wine@2"]);
    assert.equal(modelsIn("  "), null);
  });

  it("end after the days that were chosen, and are marked a week before", () => {
    assert.equal(expiryAt("", NOW), null);
    const end = expiryAt("30", NOW);
    assert.equal(end, "2026-12-30T12:00:00.000Z");
    const day = 86_400_000;
    const at = (days: number) => expiryStanding({ expires_at: end }, NOW + days * day);
    assert.deepEqual(at(0), ["plain", "2026-12-30"]);
    assert.deepEqual(at(24), ["warn", "2026-12-30"]);
    assert.deepEqual(at(31), ["bad", "ended 2026-12-30"]);
    assert.deepEqual(expiryStanding({ expires_at: null }, NOW), ["plain", "never"]);
  });
});
