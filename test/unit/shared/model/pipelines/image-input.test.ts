import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { imageFile } from "../../../../../shared/model/pipelines/images.ts";

const { input } = imageFile;

/** What is wrong with an image in JSON, or its bytes as text. */
function read(image: string): string {
  const parsed = input.safeParse({ image });
  return parsed.success ? parsed.data.toString() : String(parsed.error.issues[0]?.message);
}

describe("an image in JSON", () => {
  it("is base64, folded or not, or a data: URL of it", () => {
    const digits = Buffer.from("hello").toString("base64");
    for (const before of ["", "data:;base64,", "DATA:image/png;a=b;Base64,"]) {
      assert.equal(read(before + digits), "hello");
      assert.equal(read(`${before}${digits.slice(0, 3)}\r\n${digits.slice(3)}`), "hello");
    }
  });

  it("is refused when it is a URL of another kind, or none", () => {
    assert.match(read("https://a.example/a.png"), /is a URL; URLs are not fetched/);
    assert.match(read("HTTP://a.example/a.png"), /is a URL; URLs are not fetched/);
    for (const url of ["data:image/png,abcd", "data:", "data:image/png;base64", "data:;base64"]) {
      assert.match(read(url), /is a data: URL that is not base64/, url);
    }
    assert.match(read("data:;base64,%"), /is not base64/);
    assert.match(read(""), /is empty/);
  });

  it("of many megabytes is read letter by letter, whatever it is like", () => {
    const long = "A".repeat(12_000_000);
    assert.match(
      read(`data:image/png${";a".repeat(6_000_000)};base64,AAAA`),
      /data: URL that is not/,
    );
    assert.match(read(`data:${long}`), /data: URL that is not/);
    assert.match(read(`data:;base64,${long}%`), /is not base64/);
    assert.equal(input.safeParse({ image: `data:;base64,${long}` }).success, true);
  });
});
