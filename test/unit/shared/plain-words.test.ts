import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { IN_PLAIN_WORDS } from "../../../shared/plain-words.ts";

describe("what a schema says in plain words", () => {
  const cases: [schema: z.ZodType, value: unknown, said: string][] = [
    [
      z.union([z.string(), z.number(), z.boolean()]),
      [],
      "must be a text, a number or true or false",
    ],
    [z.union([z.string("is no name"), z.null()]), 1, "is no name or must be null"],
    [
      z.discriminatedUnion("type", [z.object({ type: z.literal("a") })]),
      {},
      "has none of the forms that are known",
    ],
    [
      z.record(z.string().max(2), z.number()),
      { abc: 1 },
      "is a name that must have at most 2 characters",
    ],
    [z.number().lt(5), 5, "must be less than 5"],
    [z.number().multipleOf(5), 4, "must be a multiple of 5"],
    [z.literal("a"), undefined, 'is missing: must be "a"'],
    [z.string().regex(/^a$/), "b", "must match /^a$/"],
    [z.iso.date(), "b", "must be a valid date"],
    [z.string("is no name"), 1, "is no name"],
  ];
  for (const [schema, value, said] of cases) {
    it(said, () => {
      const { error } = schema.safeParse(value, IN_PLAIN_WORDS);
      assert.deepEqual(
        error?.issues.map(({ message }) => message),
        [said],
      );
    });
  }
});
