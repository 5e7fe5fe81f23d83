import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { schemaError } from "../../../../../../shared/model/faults.ts";
import {
  manifestSchema,
  contractOf,
  publishSchemas,
} from "../../../../../../shared/model/manifest.ts";

interface Parts {
  readonly inputs?: readonly object[];
  readonly outputs?: readonly object[];
  readonly columns?: readonly object[];
  readonly settings?: object;
}

const COLUMNS = [
  { name: "plan", type: "string", input: "text", values: ["free", "pro"], default: "free" },
  { name: "country", type: "string", input: "text", values: ["NZ"], unknown: "pass" },
  { name: "age", type: "number", input: "numbers", position: 2 },
  { name: "visits", type: "integer", input: "numbers", position: 0 },
  { name: "member", type: "boolean", input: "numbers", position: 1 },
];

function manifestOf({ inputs, outputs, columns = COLUMNS, settings = {} }: Parts = {}): object {
  return {
    name: "m",
    version: 1,
    file: { path: "model.onnx", bytes: 1, sha256: "0".repeat(64) },
    inputs: inputs ?? [
      { name: "text", dtype: "string", shape: ["batch", 2] },
      { name: "numbers", dtype: "float32", shape: ["batch", 3] },
    ],
    outputs: outputs ?? [
      { name: "l", dtype: "string", shape: ["batch"] },
      { name: "p", dtype: "float32", shape: ["batch", 2] },
      { name: "score", dtype: "float32", shape: ["batch", 1] },
    ],
    pipeline: {
      type: "tabular",
      columns,
      label: "l",
      probabilities: { output: "p", classes: ["no", "yes"] },
      ...settings,
    },
  };
}

const contract = contractOf(manifestSchema.parse(manifestOf()));
const record = { plan: "pro", country: "NZ", age: 41.5, visits: 7, member: true };

/** Code, pointer and text of the first fault; undefined when there is none. */
function fault(input: unknown, part: "input" | "table" = "input"): string | undefined {
  const parsed = contract[part]?.safeParse(input);
  if (parsed === undefined || parsed.success) return undefined;
  const { code, faults } = schemaError(parsed.error, "");
  return `${code} ${faults[0]?.pointer} ${faults[0]?.detail}`;
}

describe("a record", () => {
  it("becomes the elements of the tensors that its columns feed, in their places", () => {
    const floats = Buffer.from(Float32Array.of(7, 1, 41.5).buffer);
    const text = Buffer.from("\x03\0\0\0pro\x02\0\0\0NZ");
    assert.deepEqual(contract.input.parse(record), Buffer.concat([Buffer.from([0]), text, floats]));
  });

  it("takes the default for what is missing or null, and passes what may be unknown", () => {
    const { plan: _, ...rest } = record;
    const wanted = contract.input.parse({ ...record, plan: "free" });
    assert.deepEqual(contract.input.parse(rest), wanted);
    assert.deepEqual(contract.input.parse({ ...rest, plan: null }), wanted);
    assert.equal(fault({ ...record, country: "Ōtautahi 🙂" }), undefined);
    assert.equal(fault({ ...record, country: "" }), undefined);
  });

  const refused: readonly (readonly [change: object, expected: RegExp])[] = [
    [{ age: undefined }, /^invalid_input \/age is missing/],
    [{ age: null }, /^invalid_input \/age is missing/],
    [{ age: "41" }, /^invalid_input \/age is not a number/],
    [{ age: true }, /^invalid_input \/age is not a number/],
    [{ age: 1e39 }, /^invalid_input \/age is too large/],
    [{ age: JSON.parse("1e999") }, /^invalid_input \/age is too large/],
    [{ visits: 1.5 }, /^invalid_input \/visits is not an integer/],
    [{ visits: 2 ** 53 }, /^invalid_input \/visits is an integer beyond/],
    [{ visits: 2 ** 24 + 1 }, /^invalid_input \/visits .*float32 cannot hold/],
    [{ member: 1 }, /^invalid_input \/member is not true or false/],
    [{ plan: "gold" }, /^invalid_input \/plan is not one of "free", "pro"/],
    [{ plan: "" }, /^invalid_input \/plan is not one of/],
    [{ country: "\uDE42" }, /^invalid_input \/country holds half/],
    [{ wage: 1 }, /^unknown_field \/wage is not a known field/],
  ];
  for (const [change, expected] of refused) {
    it(`is refused with ${JSON.stringify(change)}`, () => {
      assert.match(fault({ ...record, ...change }) ?? "taken", expected);
    });
  }

  it("is refused with all that is wrong in it", () => {
    const parsed = contract.input.safeParse({ plan: "gold", age: "4", country: 5 });
    assert.ok(parsed.error);
    assert.deepEqual(
      schemaError(parsed.error, "/input").faults.map(({ pointer }) => pointer),
      ["/input/plan", "/input/country", "/input/age", "/input/visits", "/input/member"],
    );
  });

  it("and an output are as the published schemas say", () => {
    const ajv = new Ajv2020({ strict: false });
    const { input, output } = publishSchemas(contract);
    const [isInput, isOutput] = [ajv.compile(input), ajv.compile(output)];
    const { plan: _, ...rest } = record;
    for (const good of [record, rest, { ...record, plan: null }]) assert.ok(isInput(good));
    const { age: __, ...ageless } = record;
    for (const bad of [{ ...record, plan: "gold" }, { ...record, age: "4" }, ageless]) {
      assert.equal(isInput(bad), false);
    }
    const answer = { label: "yes", probabilities: { no: 0.1, yes: 0.9 }, score: 2 };
    assert.ok(isOutput(answer), JSON.stringify(isOutput.errors));
    assert.equal(isOutput({ ...answer, probabilities: { no: 1 } }), false);
  });
});

describe("a record with gaps", () => {
  const columns = COLUMNS.map((column) => {
    if (column.name === "age") return { ...column, missing: "nan" };
    return column.name === "country" ? { ...column, unknown: "error", missing: "" } : column;
  });
  const gaps = contractOf(manifestSchema.parse(manifestOf({ columns })));
  const { age: _, country: __, ...rest } = record;
  const wanted = gaps.input.parse({ ...rest, age: "NaN", country: "" });

  it("is NaN where a number is missing, and the text for none where a text is", () => {
    assert.ok(Number.isNaN(wanted.readFloatLE(wanted.length - 4)));
    for (const age of [{}, { age: null }, { age: "NaN" }]) {
      for (const country of [{}, { country: null }, { country: "" }]) {
        assert.deepEqual(gaps.input.parse({ ...rest, ...age, ...country }), wanted);
      }
    }
    const table = { columns: Object.keys(rest), data: [Object.values(rest)] };
    assert.deepEqual(gaps.table?.parse(table), [wanted]);
  });

  it("takes the infinities that we put out, and no other texts", () => {
    for (const [age, number] of [
      ["Infinity", Infinity],
      ["-Infinity", -Infinity],
    ] as const) {
      const row = gaps.input.parse({ ...rest, age });
      assert.equal(row.readFloatLE(row.length - 4), number);
      assert.equal(Object(gaps.inputOf(row)).age, age);
    }
    const faultOf = (input: object): string | undefined =>
      gaps.input.safeParse({ ...rest, ...input }).error?.issues[0]?.message;
    for (const age of ["nan", "", "41", JSON.parse("1e999")]) assert.ok(faultOf({ age }));
    assert.match(faultOf({ country: "AU" }) ?? "taken", /is not one of "NZ"/);
    assert.match(faultOf({ visits: null }) ?? "taken", /is missing/);
    assert.match(fault({ ...record, age: "NaN" }) ?? "taken", /is not a number/);
  });

  it("is read from its row as it was, with null for a number that is missing", () => {
    assert.deepEqual(gaps.inputOf(wanted), { ...rest, age: null, country: "" });
    assert.deepEqual(gaps.input.parse(gaps.inputOf(wanted)), wanted);
  });

  it("is as the published schema says", () => {
    const isInput = new Ajv2020({ strict: false }).compile(publishSchemas(gaps).input);
    for (const good of [record, rest, { ...rest, age: null }, { ...rest, age: "Infinity" }]) {
      assert.ok(isInput(good), JSON.stringify(isInput.errors));
    }
    for (const bad of [
      { ...rest, age: "nan" },
      { ...rest, country: "AU" },
    ]) {
      assert.equal(isInput(bad), false);
    }
    const { required } = publishSchemas(gaps).input;
    assert.deepEqual(required, ["visits", "member"]);
    assert.deepEqual(
      gaps.columns?.map(({ isRequired }) => isRequired),
      [false, false, false, true, true],
    );
  });
});

describe("a table", () => {
  const columns = ["age", "member", "visits", "country"];
  const data = [
    [1, true, 2, "NZ"],
    [3, false, 4, ""],
  ];

  it("is the same rows as its records", () => {
    const records = data.map((values) =>
      Object.fromEntries(columns.map((name, i) => [name, values[i]])),
    );
    assert.deepEqual(
      contract.table?.parse({ columns, data }),
      records.map((one) => contract.input.parse(one)),
    );
  });

  const [first = []] = data;
  const refused: readonly (readonly [change: object, expected: RegExp])[] = [
    [{ data: [first, [1, true, 2]] }, /^invalid_input \/data\/1 has 3 values for 4/],
    [{ data: [first, [1, true, 2.5, ""]] }, /^invalid_input \/data\/1\/2 is not an integer/],
    [{ data: [[null, true, 2, ""]] }, /^invalid_input \/data\/0\/0 is missing/],
    [{ columns: ["age", "age", "visits", "country"] }, /^invalid_input \/columns\/1 appears/],
    [{ columns: ["age", "wage", "visits", "country"] }, /^unknown_field \/columns\/1 is not/],
    [{ columns: ["age"], data: [[1]] }, /^invalid_input \/columns lacks "country"/],
  ];
  for (const [change, expected] of refused) {
    it(`is refused with ${JSON.stringify(change)}`, () => {
      assert.match(fault({ columns, data, ...change }, "table") ?? "taken", expected);
    });
  }
});

describe("a manifest of a tabular model", () => {
  const [plan = {}, country = {}, age = {}, visits = {}, member = {}] = COLUMNS;
  const numbers = [age, visits, member];
  const faulty: readonly (readonly [what: string, parts: Parts, expected: RegExp])[] = [
    ["a twin", { columns: [plan, plan, ...numbers] }, /appears twice: "plan"/],
    ["an input nobody fills", { columns: [plan, ...numbers] }, /fill 1 of the 2 elements/],
    [
      "no such input",
      { columns: [{ ...plan, input: "x" }, country, ...numbers] },
      /not one of the inputs/,
    ],
    [
      "text for numbers",
      { columns: [{ ...plan, type: "number" }, country, ...numbers] },
      /does not go into a tensor of string/,
    ],
    [
      "a default of another type",
      { columns: [{ ...plan, default: 1 }, country, ...numbers] },
      /is not a string/,
    ],
    [
      "an unknown default",
      { columns: [{ ...plan, default: "x" }, country, ...numbers] },
      /is not one of "free"/,
    ],
    [
      "gaps and a default",
      { columns: [{ ...plan, missing: "" }, country, ...numbers] },
      /does not go together with `default`/,
    ],
    [
      "gaps in integers",
      { columns: [plan, country, age, { ...visits, missing: "nan" }, member] },
      /not for columns of type integer/,
    ],
    [
      "numbers that are missing as a text",
      { columns: [plan, country, { ...age, missing: "" }, visits, member] },
      /is not "nan", which numbers have/,
    ],
    [
      "gaps of an input whose columns have their own",
      {
        inputs: [
          { name: "text", dtype: "string", shape: ["batch", 2], missing: "" },
          { name: "numbers", dtype: "float32", shape: ["batch", 3] },
        ],
      },
      /each column of `tabular` has its own/,
    ],
    [
      "a place taken twice",
      { columns: [plan, country, age, visits, { ...member, position: 0 }] },
      /one by one/,
    ],
    ["no such label", { settings: { label: "x" } }, /not one of the outputs/],
    [
      "a class too many",
      { settings: { probabilities: { output: "p", classes: ["a", "b", "c"] } } },
      /are 3, but "p" has 2/,
    ],
  ];
  for (const [what, parts, expected] of faulty) {
    it(`is refused for ${what}`, () => {
      const parsed = manifestSchema.safeParse(manifestOf(parts));
      const messages = parsed.error?.issues.map(({ message }) => message).join("; ");
      assert.match(messages ?? "taken", expected);
    });
  }
});
