import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import sharp from "sharp";
import { ScoringError } from "../../../../../shared/error.ts";
import { decodeImage } from "../../../../../worker/runner/pipelines/decode-image.ts";
import { isSrgb } from "../../../../../worker/runner/pipelines/srgb-profile.ts";

const square = (side: number) => () => ({ size: { width: side, height: side } });

describe("a file that is no image we take", () => {
  const decoded = async (text: string): Promise<unknown> =>
    decodeImage(Buffer.from(text, "latin1"), "nearest", square(8));

  it("is called SVG when it is, with all that XML lets stand before it", async () => {
    const files = [
      '<svg xmlns="http://www.w3.org/2000/svg"/>',
      ' <?xml version="1.0"?>\n<!-- a --> <!-- b -->\n<SVG/>',
      "<!DOCTYPE svg PUBLIC><svg/>",
    ];
    for (const file of files) {
      await assert.rejects(decoded(file), { code: "unsupported_media_type", message: /is SVG/ });
    }
  });

  it("is looked at once, whatever it is like", async () => {
    const files = [
      `${"<!---->".repeat(140)}x`,
      `${"<!---->".repeat(100_000)}x`,
      `<?xml ${" ".repeat(1_000_000)}`,
      "<!-- ".repeat(1_000_000),
      `${" ".repeat(1_000_000)}<`,
    ];
    for (const file of files) await assert.rejects(decoded(file), ScoringError);
  });
});

describe("a colour profile", () => {
  const photo = new URL(
    "../../../../../models/image-classification/photos/astronaut.jpg",
    import.meta.url,
  );
  const file = readFileSync(photo);
  const profileOf = async (image: Buffer): Promise<Buffer> =>
    (await sharp(image).metadata()).icc ?? Buffer.alloc(0);
  const withProfile = async (name: "srgb" | "p3"): Promise<Buffer> =>
    sharp(file).withIccProfile(name).png().toBuffer();

  it("is known to be sRGB by its numbers, whoever wrote it", async () => {
    const written = await withProfile("srgb");
    for (const image of [file, written]) assert.equal(isSrgb(await profileOf(image)), true);
  });

  it("is another where its primaries, curves or tables are", async () => {
    const profile = await profileOf(file);
    const changed = (tag: string, change: (at: number) => void): Buffer => {
      const entry = profile.indexOf(tag, 128, "latin1");
      change(profile.readUInt32BE(entry + 4));
      return profile;
    };
    assert.equal(isSrgb(await profileOf(await withProfile("p3"))), false);
    const table = Buffer.from(profile);
    table.write("A2B0", table.indexOf("desc", 128, "latin1"), "latin1");
    assert.equal(isSrgb(table), false);
    assert.equal(isSrgb(changed("gTRC", (at) => profile.fill(0, at + 12, at + 1024))), false);
  });

  it("that is broken counts as another, wherever it breaks off", async () => {
    const profile = await profileOf(file);
    for (let length = 0; length < profile.length - 1; length += 1) {
      assert.equal(isSrgb(profile.subarray(0, length)), false, `${length} bytes`);
    }
  });

  it("of sRGB changes no pixel, and another is applied", async () => {
    const [bare, srgb, p3] = await Promise.all([
      sharp(file).png().toBuffer(),
      withProfile("srgb"),
      withProfile("p3"),
    ]);
    const pixels = async (image: Buffer): Promise<Uint8Array> =>
      (await decodeImage(image, "cubic", square(64))).pixels;
    assert.deepEqual(await pixels(srgb), await pixels(bare));
    assert.notDeepEqual(await pixels(p3), await pixels(srgb));
  });
});
