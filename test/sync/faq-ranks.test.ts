import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { readText } from "./support/repository.ts";

const HOME = "models/faq-javascript";
const ranksSchema = z.array(z.number().min(1));
const lineSchema = z.object({
  input: z.object({ text: z.string() }),
  expected: z.object({ id: z.string() }),
});
const answersSchema = z.array(z.object({ id: z.string() }));
const paritySchema = z.object({ cases: z.array(z.object({ text: z.string() })) });

const json = (path: string): unknown => JSON.parse(readText(`${HOME}/${path}`));
const heldOut = readText(`${HOME}/data/held-out.ndjson`)
  .trim()
  .split("\n")
  .map((line) => lineSchema.parse(JSON.parse(line)));

/** What a card says of these ranks: accuracy@1, 2 and 3, and the mean. */
function figuresOf(ranks: readonly number[]): string[] {
  const accuracies = [1, 2, 3].map((places) => {
    const share = ranks.filter((rank) => rank <= places).length / ranks.length;
    return `${(100 * share).toFixed(1)} %`;
  });
  const mean = ranks.reduce((sum, rank) => sum + rank, 0) / ranks.length;
  return [...accuracies, mean.toFixed(1)];
}

/** Cells of the row of a card's tables that begins so. */
function rowOf(card: string, name: string): string[] | undefined {
  const line = card.split("\n").find((one) => one.startsWith(`| ${name} `));
  return line
    ?.split("|")
    .slice(2, -1)
    .map((cell) => cell.trim());
}

describe("figures of faq-javascript", () => {
  const versions = [1, 2].map((version) => ({
    version,
    ranks: ranksSchema.parse(json(`data/ranks-${version}.json`)),
    card: readText(`${HOME}/${version}/card.md`),
  }));

  for (const { version, ranks, card } of versions) {
    it(`in the card of version ${version} are those of its ranks`, () => {
      assert.equal(ranks.length, heldOut.length);
      assert.deepEqual(rowOf(card, "**this model**"), figuresOf(ranks));
    });

    it(`of version ${version} are of questions that it was not trained on`, () => {
      const { cases } = paritySchema.parse(json(`${version}/parity.json`));
      const answers = answersSchema.parse(json(`${version}/answers.json`));
      const ids = new Set(answers.map(({ id }) => id));
      assert.deepEqual(
        cases.slice(0, heldOut.length).map(({ text }) => text),
        heldOut.map(({ input }) => input.text),
      );
      assert.ok(heldOut.every(({ expected }) => ids.has(expected.id)));
    });
  }

  it("in the card of version 2 stand beside those of version 1", () => {
    const [first, second] = versions;
    assert.deepEqual(rowOf(second?.card ?? "", "version 1"), figuresOf(first?.ranks ?? []));
  });
});
