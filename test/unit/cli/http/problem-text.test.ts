import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { problemText } from "../../../../cli/http/gateway.ts";

const title = "The batch has already ended";

describe("the text of a problem", () => {
  it("is its title and what it says of this case", () => {
    assert.equal(problemText({ title, detail: "It is completed." }), `${title}: It is completed.`);
    assert.equal(problemText({ title }), title);
  });

  it("says a title once that the detail begins with", () => {
    const detail = `${title}: completed.`;
    assert.equal(problemText({ title, detail, status: 409 }), detail);
  });
});
