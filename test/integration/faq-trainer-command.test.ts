import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { loadRegistry } from "../../shared/model/registry.ts";
import {
  assertDone,
  noTrainer as skip,
  runPython,
  smallTables,
  TrainerPlace,
} from "../support/trainer.ts";

const places: TrainerPlace[] = [];

function newPlace(): TrainerPlace {
  const place = new TrainerPlace();
  places.push(place);
  return place;
}

after(() => {
  for (const { folder } of places) rmSync(folder, { recursive: true });
});

describe("the FAQ trainer", () => {
  it("finds the same by the same seed, and trains it again from best.args", { skip }, async () => {
    const place = newPlace();
    const tables = place.write(smallTables(5));
    const sums: string[] = [];
    const searches: string[] = [];
    for (const version of [1, 2]) {
      assertDone(await place.train([...tables, "--search=3", "--folds=2", "--c=1"]));
      sums.push(sumOf(place, version));
      searches.push(readFileSync(join(place.report, "search.tsv"), "utf8"));
    }
    assertDone(await place.train([...tables, `@${join(place.report, "best.args")}`]));
    sums.push(sumOf(place, 3));
    assert.equal(new Set(sums).size, 1);
    assert.equal(searches[0], searches[1]);
    assert.equal(searches[0]?.trim().split("\n").length, 4);
    assert.ok(existsSync(join(place.report, "report.png")));
    const again = await place.train([...tables, "--version=1"]);
    assert.equal(again.code, 2);
    assert.match(again.err, /small\/1 is there; versions are not changed once published/);
  });

  it("publishes nothing when graph and scikit-learn differ", { skip }, async () => {
    const place = newPlace();
    const where = ["--name=small", `--models=${place.models}`, `--report=${place.report}`];
    const args = JSON.stringify([...place.write(smallTables(3)), ...where]);
    // No graph is as near as this.
    const { code, err } = await runPython([
      "-c",
      `import make, train; make.TOLERANCE = 1e-30; train.main(${args})`,
    ]);
    assert.equal(code, 1);
    assert.match(err, /the graph differs from scikit-learn by \d/);
    assert.ok(!existsSync(place.models));
  });
});

function sumOf({ models }: TrainerPlace, version: number): string {
  const found = loadRegistry(models).find(`small@${version}`);
  assert.ok(found !== undefined);
  return found.manifest.file.sha256;
}

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

  it("pairs of which no word tells that they match", { skip }, async () => {
    const place = newPlace();
    const { code, err } = await place.train([...place.write(good), "--recipe=pairs"]);
    assert.equal(code, 1, err);
    assert.match(err, /^train\.py: no tree found a split; give fewer --others/m);
    assert.ok(!existsSync(place.models));
  });

  const options: readonly (readonly [option: string, reason: RegExp])[] = [
    ["--name=Small", /--name: 'Small' is not lower-case/],
    ["--c=0", /--c: '0' is not above 0/],
    ["--subwords=4,3", /--subwords: '4,3' is not MIN,MAX/],
    ["--test-share=1", /--test-share: '1' is not at least 0 and below 1/],
    ["--folds=1", /--folds: '1' is not a whole number from 2/],
    ["--estimator=forest", /--estimator: invalid choice: 'forest'/],
    ["--recipe=soup", /--recipe: invalid choice: 'soup'/],
    ["--trees=9", /--trees: the recipe "classes" has no such setting/],
    ["--recipe=pairs --class-weight=balanced", /--class-weight: the recipe "pairs" has no such/],
    ["--recipe=pairs --search=2", /--search: the recipe "pairs" is not searched/],
  ];
  it("bad options, by name", { skip }, async () => {
    for (const [option, reason] of options) {
      const place = newPlace();
      const { code, err } = await place.train([...place.write(good), ...option.split(" ")]);
      assert.equal(code, 2, `${option}: ${err}`);
      assert.match(err, reason);
    }
  });
});
