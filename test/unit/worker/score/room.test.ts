import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { roomFor, type Hand } from "../../../../worker/score/room.ts";

const idle: Hand = { freeSlots: 2, waiting: 0, hasExclusive: false, isSoonFree: false };
const busy: Hand = { ...idle, freeSlots: 0 };

describe("the room of a worker", () => {
  it("is a tensor batch at a time, as long as a slot begins it at once", () => {
    assert.equal(roomFor(idle, 32, false), 32);
    assert.equal(roomFor({ ...idle, waiting: 1 }, 32, false), 32);
    assert.equal(roomFor({ ...idle, waiting: 2 }, 32, false), 0);
    assert.equal(roomFor(busy, 32, false), 0);
  });

  it("is what a batch that waits for company still lacks", () => {
    assert.equal(roomFor({ ...idle, freeSlots: 1, waiting: 5 / 32 }, 32, false), 27);
    const thirds = { ...idle, freeSlots: 1, waiting: 1 / 3 + 1 / 3 };
    assert.equal(roomFor(thirds, 3, false), 1);
  });

  it("is one batch more where that begins in a moment: its own runs are short, and one that goes on", () => {
    assert.equal(roomFor({ ...busy, isSoonFree: true }, 32, true), 32);
    assert.equal(roomFor({ ...busy, isSoonFree: true, waiting: 0.25 }, 32, true), 24);
    assert.equal(roomFor({ ...busy, isSoonFree: true, waiting: 1 }, 32, true), 0);
    assert.equal(roomFor({ ...busy, isSoonFree: true }, 32, false), 0, "its own are long");
    assert.equal(roomFor(busy, 32, true), 0, "what runs is long");
  });

  it("is none beside what needs the whole worker", () => {
    assert.equal(roomFor({ ...idle, hasExclusive: true }, 32, true), 0);
  });

  it("is never less than nothing", () => {
    assert.equal(roomFor({ ...busy, waiting: 30 }, 32, true), 0);
  });
});
