import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { planTable } from "../../../../../cli/models/add/plan-table.ts";
import { Questions } from "../../../../../cli/terminal/questions.ts";
import { model, node, tensor } from "./graphs.ts";

const DTYPES = { age: "float32", "first class": "string", "pulse (bpm)": "int64" } as const;

/** A graph with an input of one column for each of these. */
async function plan(flags: Readonly<Record<string, string>> = {}) {
  const inputs = Object.entries(DTYPES).map(([name, dtype]) => tensor(name, dtype, null, 1));
  const outputs = [tensor("y", "float32", null, 1)];
  const nodes = [node("LinearRegressor", ["age"], ["y"])];
  const rows = Object.entries(DTYPES).map(([name, dtype]) => ({ name, dtype, dims: [1] }));
  const y = { name: "y", dtype: "float32" as const, dims: [1] };
  const graph = model({ inputs, outputs, nodes });
  const planned = await planTable(
    graph,
    { inputs: rows, outputs: [y], rows: "any" },
    new Questions(flags, null),
  );
  const columns: unknown = planned.pipeline["columns"];
  assert.ok(Array.isArray(columns));
  const all: readonly Readonly<Record<string, unknown>>[] = columns;
  return {
    names: all.map(({ name }) => name),
    inputs: all.map(({ input }) => input),
    missing: all.map(({ missing }) => missing),
    facts: new Map(planned.facts),
  };
}

describe("names of columns", () => {
  it("of the graph are made safe, and that is said", async () => {
    const { names, facts } = await plan();
    assert.deepEqual(names, ["age", "first_class", "pulse_bpm_"]);
    assert.equal(
      facts.get("renamed"),
      '"first class" is first_class, "pulse (bpm)" is pulse_bpm_; --columns says otherwise',
    );
  });

  it("that were given are taken as they are", async () => {
    const { names, inputs, facts } = await plan({ columns: "how old,1st?,ta#k" });
    assert.deepEqual(names, ["how old", "1st?", "ta#k"]);
    assert.deepEqual(inputs, Object.keys(DTYPES));
    assert.equal(facts.get("renamed"), undefined);
  });

  it("that were given go by name where all are the graph's, else by position", async () => {
    const turned = await plan({ columns: "pulse (bpm),age,first class" });
    assert.deepEqual(turned.names, ["age", "first class", "pulse (bpm)"]);
    assert.deepEqual(turned.inputs, Object.keys(DTYPES));
    const some = await plan({ columns: "pulse (bpm),age,class" });
    assert.deepEqual(some.names, ["pulse (bpm)", "age", "class"]);
  });
});

describe("--missing", () => {
  it("says which columns may be missing, whatever the graph tells", async () => {
    assert.deepEqual((await plan()).missing, [undefined, undefined, undefined]);
    assert.deepEqual((await plan({ missing: "age" })).missing, ["nan", undefined, undefined]);
    const all = await plan({ missing: "all" });
    assert.deepEqual(all.missing, ["nan", "", undefined]);
    assert.equal(
      all.facts.get("missing"),
      "allowed in age, first_class: null, left out, or empty in CSV",
    );
  });

  it("is refused for columns that are not there, or hold nothing for what is missing", async () => {
    await assert.rejects(plan({ missing: "wage" }), /there is no column "wage"/);
    await assert.rejects(
      plan({ missing: "pulse_bpm_" }),
      /"pulse_bpm_" is integer, which cannot hold/,
    );
  });
});
