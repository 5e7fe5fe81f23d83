import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { eventLetters, subscribable, typesNamed } from "../../shared/webhook/event-types.ts";
import { DEFAULT_SCHEDULE_MS, delayBeforeMs } from "../../shared/webhook/schedule.ts";
import { newSecret, keyOf } from "../../shared/webhook/secret.ts";
import { receiverPolicy, receiverSettings } from "../../shared/webhook/receiver/settings.ts";
import { TOLERANCE_SECONDS } from "../../shared/webhook/signature.ts";
import { POST_LIMITS } from "../../worker/courier/post-webhook.ts";
import { section, tableRows } from "./support/markdown.ts";
import { readText } from "./support/repository.ts";

const guide = readText("docs/webhooks.md");
const UNITS = { s: 1000, min: 60_000, h: 3_600_000 };

describe("docs/webhooks.md", () => {
  it("has the schedule of the code", () => {
    const rows = tableRows(section(guide, "## What counts as delivered"));
    const shown = rows.map(([attempt, after = ""]) => [Number(attempt), msOf(after)]);
    assert.deepEqual(
      shown,
      DEFAULT_SCHEDULE_MS.map((ms, i) => [i + 1, ms]),
    );
    const latest = { scheduleMs: [1000], random: () => 1, scale: 1 };
    assert.ok(guide.includes(`up to ${(delayBeforeMs(0, latest) ?? 0) / 10 - 100} % later`));
  });

  it("has the words of the code, and tells of each event that is sent", () => {
    const types = Object.keys(eventLetters);
    const asking = section(guide, "## Asking to be told");
    const aliases = subscribable.filter((word) => !types.includes(word));
    const rows = tableRows(asking).filter(([word = ""]) => aliases.includes(word));
    assert.deepEqual(
      rows.map(([word, cell = ""]) => [
        word,
        cell.split(", ").flatMap((name) => typesNamed(name.replaceAll("`", "")) ?? []),
      ]),
      aliases.map((word) => [word, typesNamed(word)]),
    );
    for (const type of types) assert.ok(asking.includes(`\`${type}\``), type);
  });

  it("has the limits of the code", () => {
    const { connectMs, totalMs, answerBytesMax } = POST_LIMITS;
    for (const text of [
      `within ${totalMs / 1000} s, of which ${connectMs / 1000} s are for the connection`,
      `read (up to ${answerBytesMax / 1024} KB`,
      `within ${TOLERANCE_SECONDS} s of now`,
      `those that Scoreline creates have ${keyOf(newSecret()).length}`,
    ]) {
      assert.ok(guide.includes(text), text);
    }
  });

  it("has the settings of the code, with their defaults", () => {
    const rows = tableRows(section(guide, "## Which receivers are allowed"));
    const { ports, isHttpAllowed } = receiverPolicy(z.object(receiverSettings).parse({}));
    const defaults = ["none", ports.map(([port]) => port).join(), isHttpAllowed ? "on" : "off"];
    assert.deepEqual(
      rows.map(([variable, value]) => [variable, value]),
      Object.keys(receiverSettings).map((variable, i) => [variable, defaults[i]]),
    );
  });
});

function msOf(text: string): number {
  if (text === "at once") return 0;
  const [, count, unit] = /^(\d+) (s|min|h)$/.exec(text) ?? [];
  assert.ok(unit === "s" || unit === "min" || unit === "h", text);
  return Number(count) * UNITS[unit];
}
