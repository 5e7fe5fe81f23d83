import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { KeptText } from "../../../shared/kept.ts";

function setup() {
  const clock = { ms: 0 };
  const making: PromiseWithResolvers<string>[] = [];
  const make = async (): Promise<string> => {
    const text = Promise.withResolvers<string>();
    making.push(text);
    return text.promise;
  };
  return { clock, making, text: new KeptText(make, 1000, () => clock.ms) };
}

describe("a text that is kept", () => {
  it("is made once for all who ask at a time, however long that takes", async () => {
    const { clock, making, text } = setup();
    const first = text.read();
    clock.ms = 5000;
    const second = text.read();
    making[0]?.resolve("a");
    assert.deepEqual(await Promise.all([first, second]), ["a", "a"]);
    assert.equal(making.length, 1);
  });

  it("is made again when it is as old as it may be, by when making it began", async () => {
    const { clock, making, text } = setup();
    const first = text.read();
    clock.ms = 400;
    making[0]?.resolve("a");
    await first;
    clock.ms = 999;
    assert.equal(await text.read(), "a");
    clock.ms = 1000;
    const next = text.read();
    making[1]?.resolve("b");
    assert.equal(await next, "b");
  });

  it("is tried again by the next who asks when it could not be made", async () => {
    const { making, text } = setup();
    const first = text.read();
    making[0]?.reject(new Error("no"));
    await assert.rejects(first, /no/);
    const next = text.read();
    making[1]?.resolve("b");
    assert.equal(await next, "b");
  });
});
