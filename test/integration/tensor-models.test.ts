import assert from "node:assert/strict";
import { resolve } from "node:path";
import { describe, it } from "node:test";
import { contractOf } from "../../shared/model/manifest.ts";
import { datatypes, dtypes, type Dtype } from "../../shared/model/tensor/element.ts";
import { readManifest, runRows } from "../support/score.ts";

const allDtypes = resolve("test/fixtures/models/all-dtypes/1");
const twoOutputs = resolve("test/fixtures/models/two-outputs/1");

/** Three elements of each type, at its ends. */
const EXTREMES: Readonly<Record<Dtype, readonly unknown[]>> = {
  float16: [65504, -6.103515625e-5, 5.9604644775390625e-8],
  float32: [3.4028234663852886e38, -1.401298464324817e-45, 0],
  float64: [Number.MAX_VALUE, Number.MIN_VALUE, -0.1],
  int8: [-128, 127, 0],
  int16: [-32768, 32767, 0],
  int32: [-2147483648, 2147483647, 0],
  int64: ["-9223372036854775808", "9223372036854775807", "9007199254740993"],
  uint8: [0, 255, 1],
  uint16: [0, 65535, 1],
  uint32: [0, 4294967295, 1],
  uint64: [0, "18446744073709551615", 9007199254740991],
  bool: [true, false, true],
  string: ["", "🙂 👨‍👩‍👧", 'e\u0301\n"x"'],
};

describe("the pipeline tensor", () => {
  it("takes every element type through onnxruntime unchanged, in a batch of each form", async () => {
    const manifest = readManifest(allDtypes);
    const { input } = contractOf(manifest);
    const typed = Object.fromEntries(
      dtypes.map((dtype) => [
        dtype,
        { datatype: datatypes[dtype], shape: [3], data: EXTREMES[dtype] },
      ]),
    );
    const reversed = Object.fromEntries(
      dtypes.map((dtype) => [dtype, EXTREMES[dtype].toReversed()]),
    );
    const sent = [EXTREMES, typed, reversed];
    const { failures, outputs } = await runRows(
      allDtypes,
      sent.map((one) => input.parse(one)),
    );
    assert.deepEqual(failures, [null, null, null]);
    for (const [i, one] of sent.entries()) {
      const wanted = Object.entries(one).map(([name, value]) => [`${name}_out`, value] as const);
      assert.deepEqual(JSON.parse(String(outputs[i])), Object.fromEntries(wanted));
    }
  });

  it("fails the row at which the model throws, and no other of its batch", async () => {
    const lookup = resolve("test/fixtures/models/lookup/1");
    const { input } = contractOf(readManifest(lookup));
    const rows = [
      [0, 3],
      [1, 4],
      [-1, 2],
    ];
    const { failures, outputs } = await runRows(
      lookup,
      rows.map((ids) => input.parse({ ids })),
    );
    assert.deepEqual(
      failures.map((failure) => failure?.code),
      [undefined, "model_error", undefined],
    );
    assert.match(failures[1]?.message ?? "", /out of data bounds/);
    const got = outputs.map((output) => (output.length > 0 ? JSON.parse(String(output)) : null));
    assert.deepEqual(got, [{ y: [0, 30] }, null, { y: [30, 20] }]);
  });

  it("answers all outputs of a model, each row with its own slice", async () => {
    const { input } = contractOf(readManifest(twoOutputs));
    const rows = [
      {
        x: [
          [1, 1],
          [1, 1],
        ],
      },
      {
        x: [
          [0, -1],
          [1, 1],
        ],
      },
    ];
    const { outputs } = await runRows(
      twoOutputs,
      rows.map((row) => input.parse(row)),
    );
    assert.deepEqual(
      outputs.map((output) => JSON.parse(String(output)) as unknown),
      [
        {
          sums: 4,
          logs: [
            [0, 0],
            [0, 0],
          ],
        },
        {
          sums: 1,
          logs: [
            ["-Infinity", "NaN"],
            [0, 0],
          ],
        },
      ],
    );
  });
});
