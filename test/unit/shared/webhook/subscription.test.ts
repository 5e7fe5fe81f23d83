import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { eventLetters, typeOf, typesNamed } from "../../../../shared/webhook/event-types.ts";
import {
  adHocTarget,
  packSubscription,
  unpackInterest,
} from "../../../../shared/webhook/subscription.ts";

describe("a subscription", () => {
  it("is packed as scripts read it", () => {
    const url = "https://hooks.example.com/a?b=c";
    const adHoc = {
      target: adHocTarget("shop", url),
      url,
      events: ["job.started", "job.failed", "batch.results"],
      include: "full",
    } as const;
    assert.equal(packSubscription(adHoc), `${adHoc.target} sFR f ${url}`);
    const named = { target: "whk_1", url: undefined, events: [], include: "auto" } as const;
    assert.equal(packSubscription(named), "whk_1 - a ");
  });

  it("is refused when what it wants is none", () => {
    for (const text of ["", "S", "Z a", "S auto"]) {
      assert.throws(() => unpackInterest(text), TypeError, text);
    }
  });

  it("to a URL is of one tenant", () => {
    assert.notEqual(adHocTarget("a", "https://x.example/"), adHocTarget("b", "https://x.example/"));
    assert.match(adHocTarget("a", "https://x.example/"), /^url_[0-9a-f]{26}$/);
  });
});

describe("the types of events", () => {
  it("have letters of their own", () => {
    for (const [type, letter] of Object.entries(eventLetters)) assert.equal(typeOf(letter), type);
    assert.throws(() => typeOf("?"), TypeError);
  });

  it("may be asked for by the words of others, but for pings", () => {
    const four = ["job.succeeded", "job.failed", "job.canceled", "job.expired"];
    assert.deepEqual(typesNamed("job.completed"), four);
    assert.deepEqual(typesNamed("completed"), [...four, "batch.completed"]);
    assert.deepEqual(typesNamed("start"), ["job.started"]);
    assert.deepEqual(typesNamed("batch.results"), ["batch.results"]);
    for (const word of ["webhook.ping", "toString", "", "job"]) {
      assert.equal(typesNamed(word), undefined);
    }
  });
});
