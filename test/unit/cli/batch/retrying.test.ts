import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pauseMs } from "../../../../cli/batch/retrying.ts";
import { CommandError } from "../../../../cli/terminal/command.ts";
import { isPassing, TryAgainError, UnreachableError } from "../../../../cli/http/gateway.ts";

describe("trying again", () => {
  it("waits longer each time, at most about 15 s", () => {
    const error = new UnreachableError("gone");
    const pauses = [1, 2, 3, 6, 8].map((failures) => pauseMs(failures, error, 0.5));
    assert.deepEqual(pauses, [500, 1000, 2000, 15_000, 15_000]);
    assert.deepEqual([pauseMs(1, error, 0), pauseMs(1, error, 1)], [375, 625]);
  });

  it("never comes earlier than the gateway asks for", () => {
    assert.equal(pauseMs(1, new TryAgainError("full", 30_000), 0.5), 30_000);
  });

  it("helps when nobody answers or the gateway is busy, and else not", () => {
    assert.ok(isPassing(new UnreachableError("gone")));
    assert.ok(isPassing(new TryAgainError("full", 0)));
    assert.ok(!isPassing(new CommandError("wrong")));
  });
});
