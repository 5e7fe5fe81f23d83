import assert from "node:assert/strict";
import { describe, it } from "node:test";
import sharp from "sharp";
import {
  fitImage,
  areaIn,
  toOriginal,
} from "../../../../../../worker/runner/pipelines/object-detection/fit-image.ts";

const INPUT = { width: 96, height: 64 };
const LETTERBOX = { resize: "letterbox", align: "centre" } as const;
const LOOKS = { fill: [1, 2, 3] as [number, number, number], kernel: "nearest" } as const;

describe("an image in a letterbox", () => {
  it("is as large as its shape allows, between margins whose odd pixel is behind it", () => {
    const at = (width: number, height: number) => areaIn(INPUT, { width, height }, LETTERBOX);
    assert.deepEqual(at(96, 64), { left: 0, top: 0, size: { width: 96, height: 64 } });
    assert.deepEqual(at(31, 62), { left: 32, top: 0, size: { width: 32, height: 64 } });
    assert.deepEqual(at(960, 10), { left: 0, top: 31, size: { width: 96, height: 1 } });
    assert.deepEqual(at(1, 10_000), { left: 47, top: 0, size: { width: 1, height: 64 } });
    assert.deepEqual(at(4000, 3000), { left: 5, top: 0, size: { width: 85, height: 64 } });
  });

  it("is in the corner where that is said, and has no margins where it is stretched", () => {
    const size = { width: 30, height: 60 };
    const corner = areaIn(INPUT, size, { resize: "letterbox", align: "top_left" });
    assert.deepEqual(corner, { left: 0, top: 0, size: { width: 32, height: 64 } });
    const whole = { left: 0, top: 0, size: INPUT };
    assert.deepEqual(areaIn(INPUT, size, { ...LETTERBOX, resize: "stretch" }), whole);
  });

  it("has its pixels where its boxes are taken from, and the colour of the margins around", async () => {
    const background = { r: 255, g: 0, b: 0 };
    const places = [
      [12, 16, { left: 24, top: 0, size: { width: 48, height: 64 } }],
      [24, 7, { left: 0, top: 18, size: { width: 96, height: 28 } }],
    ] as const;
    for (const [width, height, wanted] of places) {
      const image = sharp({ create: { width, height, channels: 3, background } });
      const file = await image.png().toBuffer();
      const fitted = await fitImage(file, INPUT, { ...LETTERBOX, ...LOOKS });
      assert.deepEqual(fitted.original, { width, height });
      assert.deepEqual(fitted.area, wanted);
      const { left, top, size } = wanted;
      for (let i = 0; i < 96 * 64; i += 1) {
        const [x, y] = [(i % 96) - left, Math.floor(i / 96) - top];
        const isInside = x >= 0 && x < size.width && y >= 0 && y < size.height;
        const colour = isInside ? [255, 0, 0] : [1, 2, 3];
        assert.deepEqual([...fitted.pixels.subarray(3 * i, 3 * i + 3)], colour, `${x}, ${y}`);
      }
    }
  });
});

describe("a box of the input", () => {
  const corners = (box: ReturnType<typeof toOriginal>) => Object.values(box);

  it("is the whole original where it is the whole image, however sizes were rounded", () => {
    for (const [width, height] of [
      [4000, 3000],
      [97, 9999],
      [10_000, 3],
      [13, 7],
    ] as const) {
      const original = { width, height };
      const area = areaIn(INPUT, original, LETTERBOX);
      const { left, top, size } = area;
      const whole = { xmin: left, ymin: top, xmax: left + size.width, ymax: top + size.height };
      assert.deepEqual(corners(toOriginal(whole, { original, area })), [0, 0, width, height]);
    }
  });

  it("ends at the edges of the original, and is nothing in a margin", () => {
    const original = { width: 30, height: 60 };
    const area = areaIn(INPUT, original, LETTERBOX);
    const back = (xmin: number, xmax: number) =>
      corners(toOriginal({ xmin, ymin: -5, xmax, ymax: 70 }, { original, area }));
    assert.deepEqual(back(0, 48), [0, 0, 15, 60]);
    assert.deepEqual(back(2, 20), [0, 0, 0, 60]);
    assert.deepEqual(back(70, 90), [30, 0, 30, 60]);
  });
});
