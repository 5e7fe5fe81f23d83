import assert from "node:assert/strict";
import { posix } from "node:path";
import { describe, it } from "node:test";
import { importsOf, isOfOurs } from "./support/imports.ts";
import { readText } from "./support/repository.ts";

/** What any dialect calls, and what is read into. */
const STARTS = ["gateway/jobs/score.ts", "gateway/jobs/submission.ts"];

/** A request has a caller; where one is kept in Hono's context, only its type is asked for. */
const TYPE_ONLY = "gateway/access/caller.ts";

describe("scoring", () => {
  it("knows nothing of HTTP, nor does anything of the jobs' room that it uses", () => {
    const reached = new Set(STARTS);
    // A set that is walked through also gives what is added to it meanwhile.
    for (const path of reached) {
      const text = readText(path);
      const imports = importsOf(text);
      assert.ok(!imports.includes("hono") || path === TYPE_ONLY, `${path} imports hono`);
      assert.doesNotMatch(text, /\bnew Response\(|\bc\.req\b/, path);
      for (const name of imports.filter(isOfOurs)) {
        const target = posix.join(posix.dirname(path), name);
        if (target.startsWith("gateway/jobs/") || target.startsWith("gateway/access/")) {
          reached.add(target);
        }
      }
    }
    assert.ok(reached.has("gateway/jobs/new-job.ts"), "the imports were not found");
  });
});
