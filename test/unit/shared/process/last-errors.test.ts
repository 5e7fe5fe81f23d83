import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLoggerTo, type Logger } from "../../../../shared/log.ts";
import { LastErrors } from "../../../../shared/process/last-errors.ts";

function setup(level = "info"): { readonly errors: LastErrors; readonly logger: Logger } {
  const errors = new LastErrors();
  const out = { write: () => {} };
  return { errors, logger: createLoggerTo(out, { role: "worker", level, onLine: errors.note }) };
}

describe("the last errors of a process", () => {
  it("are what its log shows at level error and above, newest first", () => {
    const { errors, logger } = setup();
    logger.warn("a warning");
    logger.error({ model: "wine@1", reason: "too short" }, "model cannot be loaded");
    logger.fatal({ err: new TypeError("no") }, "uncaught exception");
    assert.deepEqual(
      errors.newestFirst().map(({ message, detail, count }) => ({ message, detail, count })),
      [
        { message: "uncaught exception", detail: "TypeError: no", count: 1 },
        { message: "model cannot be loaded", detail: "model: wine@1, reason: too short", count: 1 },
      ],
    );
  });

  it("are counted where the message is the same, of the same model", () => {
    const { errors, logger } = setup();
    for (const job of ["a", "b"]) logger.error({ job }, "run failed");
    for (const model of ["a@1", "b@1"]) logger.error({ model }, "model cannot be loaded");
    assert.deepEqual(
      errors.newestFirst().map(({ detail, count }) => [detail, count]),
      [
        ["model: b@1", 1],
        ["model: a@1", 1],
        ["job: b", 2],
      ],
    );
  });

  it("are five at most, and short", () => {
    const { errors, logger } = setup();
    for (let i = 0; i < 9; i += 1) logger.error({ long: "x".repeat(1000) }, `${i}`);
    const kept = errors.newestFirst();
    assert.deepEqual(
      kept.map(({ message }) => message),
      ["8", "7", "6", "5", "4"],
    );
    assert.ok(kept.every(({ detail }) => detail.length === 300));
  });

  it("say no secret, and nothing that the log would not", () => {
    const { errors, logger } = setup();
    logger.error(
      { err: new Error("redis://u:secret@host refused") },
      "lost whsec_c2VjcmV0c2VjcmV0",
    );
    assert.doesNotMatch(JSON.stringify(errors.newestFirst()), /secret|c2Vj/);
    const quiet = setup("silent");
    quiet.logger.error("unheard");
    assert.equal(quiet.errors.noted, 0);
  });
});
