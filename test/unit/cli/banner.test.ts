import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { banner, publicUrl } from "../../../cli/start/banner.ts";

describe("banner", () => {
  it("prints the two lines to copy and paste", () => {
    const photo = "models/image-classification/photos/espresso.jpg";
    const text = banner({ url: "http://127.0.0.1:8080", photo, hasFaq: true });
    assert.ok(
      text.includes(
        "curl -s -H 'Prefer: wait=30' -H 'Content-Type: image/jpeg' --data-binary " +
          "@models/image-classification/photos/espresso.jpg " +
          "http://127.0.0.1:8080/v1/models/image-classification/jobs\n",
      ),
    );
    assert.ok(
      text.includes(
        "curl -s -H 'Prefer: wait=30' -H 'Content-Type: application/json' " +
          `-d '{"input":{"text":"how do i clone an array"}}' ` +
          "http://127.0.0.1:8080/v1/models/faq-javascript/jobs\n",
      ),
    );
  });

  it("leaves out the lines of models that are not there", () => {
    const text = banner({ url: "http://127.0.0.1:8080", photo: null, hasFaq: false });
    assert.ok(!text.includes("/jobs"));
    assert.ok(text.includes("http://127.0.0.1:8080/openapi.json"));
  });

  it("names an address that a client on this machine can reach", () => {
    assert.equal(publicUrl("127.0.0.1", 8080), "http://127.0.0.1:8080");
    assert.equal(publicUrl("0.0.0.0", 80), "http://127.0.0.1:80");
    assert.equal(publicUrl("::", 8080), "http://[::1]:8080");
    assert.equal(publicUrl("::1", 8080), "http://[::1]:8080");
  });
});
