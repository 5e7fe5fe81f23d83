import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ScoringError } from "../../../../../../shared/error.ts";
import { decodeImage } from "../../../../../../worker/runner/pipelines/image-classification/decode-image.ts";

const SIZES = { resize: 8, crop: 8, kernel: "nearest" } as const;

describe("a file that is no image we take", () => {
  const decoded = async (text: string): Promise<unknown> =>
    decodeImage(Buffer.from(text, "latin1"), SIZES);

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
