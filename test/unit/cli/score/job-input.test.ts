import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readJobInput, withParameters } from "../../../../cli/score/job-input.ts";

const PAIRS = ["top_k=1", "note=a b&c"];
const PARAMETERS = { top_k: 1, note: "a b&c" };

describe("parameters of a job", () => {
  it("stand beside an input of JSON, and in the URL of anything else", () => {
    const json = readJobInput("test/fixtures/strangers/iris.json");
    const { body } = withParameters(json, PAIRS, PARAMETERS);
    assert.deepEqual(JSON.parse(String(body)).parameters, PARAMETERS);
    const text = withParameters(readJobInput("how do i"), PAIRS, PARAMETERS);
    assert.equal(text.body, "how do i");
    assert.deepEqual(
      [...new URLSearchParams(text.query)],
      [
        ["top_k", "1"],
        ["note", "a b&c"],
      ],
    );
  });

  it("change nothing where there are none", () => {
    const text = readJobInput("how do i");
    assert.equal(withParameters(text, [], {}), text);
  });
});
