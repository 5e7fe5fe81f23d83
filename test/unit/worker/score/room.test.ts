import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LaneClass } from "../../../../shared/lane.ts";
import { roomFor, type Hand } from "../../../../worker/score/room.ts";

const waiting = (interactive: number, bulk = interactive): Pick<Hand, "waiting"> => ({
  waiting: { interactive, bulk, shadow: bulk },
});
const idle: Hand = {
  freeSlots: 2,
  ...waiting(0),
  runningShadows: 0,
  hasExclusive: false,
  isSoonFree: false,
};
const busy: Hand = { ...idle, freeSlots: 0 };
const room = (
  hand: Hand,
  rowsMax: number,
  isShort: boolean,
  laneClass: LaneClass = "interactive",
): number => roomFor(hand, { class: laneClass, rowsMax, isShort }).rows;

describe("the room of a worker", () => {
  it("is a tensor batch at a time, as long as a slot begins it at once", () => {
    assert.equal(room(idle, 32, false), 32);
    assert.equal(room({ ...idle, ...waiting(1) }, 32, false), 32);
    assert.equal(room({ ...idle, ...waiting(2) }, 32, false), 0);
    assert.equal(room(busy, 32, false), 0);
  });

  it("is what a batch that waits for company still lacks", () => {
    assert.equal(room({ ...idle, freeSlots: 1, ...waiting(5 / 32) }, 32, false), 27);
    const thirds = { ...idle, freeSlots: 1, ...waiting(1 / 3 + 1 / 3) };
    assert.equal(room(thirds, 3, false), 1);
  });

  it("is one batch more where that begins in a moment: its own runs are short, and one that goes on", () => {
    assert.equal(room({ ...busy, isSoonFree: true }, 32, true), 32);
    assert.equal(room({ ...busy, isSoonFree: true, ...waiting(0.25) }, 32, true), 24);
    assert.equal(room({ ...busy, isSoonFree: true, ...waiting(1) }, 32, true), 0);
    assert.equal(room({ ...busy, isSoonFree: true }, 32, false), 0, "its own are long");
    assert.equal(room(busy, 32, true), 0, "what runs is long");
  });

  it("is there for interactive work, however much of a batch waits", () => {
    const hand = { ...busy, ...waiting(0, 30), isSoonFree: true };
    assert.equal(room(hand, 32, true), 32);
    assert.equal(room(hand, 32, true, "bulk"), 0);
  });

  it("is one tensor batch of shadows in all, and none where anything waits", () => {
    assert.equal(room(idle, 32, false, "shadow"), 32);
    assert.equal(room({ ...idle, runningShadows: 1 }, 32, false, "shadow"), 0);
    assert.equal(room({ ...idle, ...waiting(1) }, 32, false, "shadow"), 0);
    assert.equal(room({ ...busy, isSoonFree: true }, 32, true, "shadow"), 0);
  });

  it("is none beside what needs the whole worker", () => {
    assert.equal(room({ ...idle, hasExclusive: true }, 32, true), 0);
  });

  it("is never less than nothing", () => {
    assert.equal(room({ ...busy, ...waiting(30) }, 32, true), 0);
  });
});
