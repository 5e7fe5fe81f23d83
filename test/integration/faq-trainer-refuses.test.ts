import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import { after, describe, it } from "node:test";
import { noTrainer as skip, TrainerPlace } from "../support/trainer.ts";

const places: TrainerPlace[] = [];

function newPlace(): TrainerPlace {
  const place = new TrainerPlace();
  places.push(place);
  return place;
}

after(() => {
  for (const { folder } of places) rmSync(folder, { recursive: true });
});

describe("the FAQ trainer refuses", () => {
  const good = {
    originals: "id\tquestion\na\tHow?\nb\tWhy?\n",
    duplicates: "id\ttext\na\tin which way\nb\tfor what reason\n",
  };
  const bad: readonly (readonly [what: string, tables: object, reason: RegExp])[] = [
    [
      "a missing column",
      { originals: "id\ttext\na\tHow?\n" },
      /originals\.tsv, line 1: 0 col.*"question"/,
    ],
    [
      "too few cells",
      { duplicates: "id\ttext\na\tx\nb\n" },
      /duplicates\.tsv, line 3: 1 cells, .* has 2/,
    ],
    ["too many", { originals: "id\tquestion\na\tHow?\tx\n" }, /originals\.tsv, line 2: 3 cells/],
    [
      "an empty text",
      { duplicates: "id\ttext\na\tx\nb\t \n" },
      /duplicates\.tsv, line 3: "text" is empty/,
    ],
    [
      "an id twice",
      { originals: "id\tquestion\na\tH\nb\tW\na\tX\n" },
      /line 4: the same "id" as line 2/,
    ],
    ["a text twice", { duplicates: "id\ttext\na\tx\nb\tx\n" }, /line 3: the same "text" as line 2/],
    ["a stranger", { duplicates: "id\ttext\na\tx\nc\ty\n" }, /line 3: there is no original "c"/],
    [
      "no answer",
      { answers: "id\tanswer\na\tso\n" },
      /originals\.tsv, line 3: "b" has no answer in/,
    ],
    [
      "Latin-1",
      { duplicates: Buffer.from("id\ttext\na\tna\xefve\n", "latin1") },
      /line 2: byte 5 is not UTF-8/,
    ],
    ["an empty file", { duplicates: "" }, /duplicates\.tsv, line 1: the file is empty/],
    ["a lonely header", { unrelated: "text\n" }, /unrelated\.tsv, line 2: there is nothing below/],
    [
      "one original",
      { originals: "id\tquestion\na\tH\n", duplicates: "id\ttext\na\tx\n" },
      /1 originals are left/,
    ],
  ];
  it("bad tables, with the line and the reason", { skip }, async () => {
    for (const [what, tables, reason] of bad) {
      const place = newPlace();
      const { code, err } = await place.train(place.write({ ...good, ...tables }));
      assert.equal(code, 1, `${what}: ${err}`);
      assert.match(err, reason, what);
      assert.doesNotMatch(err, /Traceback/, what);
      assert.ok(!existsSync(place.models), what);
    }
  });

  const options: readonly (readonly [option: string, reason: RegExp])[] = [
    ["--name=Small", /--name: 'Small' is not lower-case/],
    ["--c=0", /--c: '0' is not above 0/],
    ["--subwords=4,3", /--subwords: '4,3' is not MIN,MAX/],
    ["--test-share=1", /--test-share: '1' is not at least 0 and below 1/],
    ["--folds=1", /--folds: '1' is not a whole number from 2/],
    ["--estimator=forest", /--estimator: invalid choice: 'forest'/],
  ];
  it("bad options, by name", { skip }, async () => {
    for (const [option, reason] of options) {
      const place = newPlace();
      const { code, err } = await place.train([...place.write(good), option]);
      assert.equal(code, 2, `${option}: ${err}`);
      assert.match(err, reason);
    }
  });
});
