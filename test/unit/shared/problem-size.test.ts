import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { metadataSchema } from "../../../gateway/http/capped.ts";
import { ScoringError, toProblem, type Problem } from "../../../shared/error.ts";
import { schemaError } from "../../../shared/model/faults.ts";

const MANY = 100_000;

function bytesOf(problem: Problem): number {
  return Buffer.byteLength(JSON.stringify(problem));
}

describe("a problem", () => {
  it("lists the first hundred faults and says how many more there are", () => {
    const body = Object.fromEntries(Array.from({ length: MANY }, (_, i) => [`m${i}`, 1]));
    const { error } = z.strictObject({}).safeParse(body);
    assert.ok(error !== undefined);
    const found = schemaError(error, "/input");
    // What is beyond them is counted, and not made: a body may have a million.
    assert.deepEqual([found.faults.length, found.unlisted], [100, MANY - 100]);
    const { code, detail, errors } = toProblem(found);
    assert.equal(code, "unknown_field");
    assert.equal(errors?.length, 100);
    assert.deepEqual(errors[99], {
      detail: "is not a known field",
      pointer: "/input/m99",
    });
    assert.match(detail, /\(and 99900 more\)$/);
  });

  it("is small whatever it quotes", () => {
    const long = "\u0001".repeat(1_000_000);
    const faults = Array.from({ length: MANY }, () => ({ detail: long, pointer: long }));
    const problem = toProblem(new ScoringError("invalid_input", long, { faults }));
    assert.ok(bytesOf(problem) < 65_536, `${bytesOf(problem)} bytes`);
    assert.match(problem.detail, /\(and \d+ more\)$/);
    const { error } = metadataSchema.safeParse({ [long]: null });
    assert.ok(error !== undefined);
    assert.ok(bytesOf(toProblem(schemaError(error, ""))) < 4096);
  });

  it("of a few faults is told in full", () => {
    const faults = [{ detail: "is empty", pointer: "/input" }];
    const problem = toProblem(new ScoringError("invalid_input", "/input: is empty", { faults }));
    assert.deepEqual([problem.detail, problem.errors], ["/input: is empty", faults]);
  });
});
