import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pixelFiller } from "../../../../../worker/runner/pipelines/fill-pixels.ts";

/** Two pixels: 1, 2, 3 and 4, 5, 6. */
const IMAGE = Uint8Array.of(1, 2, 3, 4, 5, 6);
const PLAIN = { width: 2, height: 1, scale: 1, mean: [0, 0, 0], std: [1, 1, 1] };

describe("pixels in a tensor", () => {
  it("stand with their channels first or last, in either order, as uint8 or float32", () => {
    const data = {
      "nhwc rgb": [1, 2, 3, 4, 5, 6],
      "nhwc bgr": [3, 2, 1, 6, 5, 4],
      "nchw rgb": [1, 4, 2, 5, 3, 6],
      "nchw bgr": [3, 6, 2, 5, 1, 4],
    };
    for (const layout of ["nhwc", "nchw"] as const) {
      for (const channels of ["rgb", "bgr"] as const) {
        for (const dtype of ["uint8", "float32"]) {
          const tensor = pixelFiller({ ...PLAIN, layout, channels, dtype })([IMAGE, IMAGE]);
          const wanted = data[`${layout} ${channels}`];
          assert.deepEqual([...tensor.data], [...wanted, ...wanted]);
          assert.deepEqual(tensor.dims, layout === "nhwc" ? [2, 1, 2, 3] : [2, 3, 1, 2]);
          assert.equal(tensor.dtype, dtype);
        }
      }
    }
  });

  it("are scaled by what is said of red, green and blue, wherever these stand", () => {
    const scaled = { ...PLAIN, scale: 2, mean: [1, 2, 3], std: [1, 2, 3], dtype: "float32" };
    const values = [1, 1, 1, 7, 4, 3];
    const { data } = pixelFiller({ ...scaled, layout: "nhwc" })([IMAGE]);
    assert.deepEqual([...data], values);
    const turned = pixelFiller({ ...scaled, layout: "nhwc", channels: "bgr" })([IMAGE]);
    assert.deepEqual([...turned.data], [1, 1, 1, 3, 4, 7]);
    const bytes = pixelFiller({ ...scaled, layout: "nhwc", dtype: "uint8" })([IMAGE]);
    assert.deepEqual([...bytes.data], [...IMAGE]);
  });
});
