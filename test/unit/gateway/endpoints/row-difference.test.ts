import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { contractDifference } from "../../../../gateway/endpoints/contract-difference.ts";
import { rowDifference } from "../../../../gateway/endpoints/row-difference.ts";
import { contractOf, manifestSchema, type Manifest } from "../../../../shared/model/manifest.ts";
import { repositoryFile } from "../../../support/client.ts";

const read = (version: string): Manifest =>
  manifestSchema.parse(
    JSON.parse(repositoryFile(`models/${version}/manifest.json`).toString()) as unknown,
  );

describe("what keeps rows of one version from another", () => {
  it("is nothing where only what is learned is another", () => {
    const wine = read("wine/1");
    assert.equal(rowDifference(wine, { ...wine, version: 2, outputs: [] }), undefined);
    const images = read("image-classification/2");
    assert.equal(rowDifference(images, { ...images, inputs: [] }), undefined);
  });

  it("is the order of columns that look alike in JSON, or what they feed", () => {
    const wine = read("wine/1");
    assert.ok(wine.pipeline.type === "tabular");
    const { columns } = wine.pipeline;
    const turned = { ...wine, pipeline: { ...wine.pipeline, columns: columns.toReversed() } };
    assert.match(rowDifference(wine, turned) ?? "", /in another order/);
    const float64 = wine.inputs.map((input) => ({ ...input, dtype: "float64" as const }));
    const wider = { ...wine, inputs: float64 };
    assert.equal(contractDifference(contractOf(wine), contractOf(wider)), undefined);
    assert.match(rowDifference(wine, wider) ?? "", /tensors/);
  });

  it("is another pipeline", () => {
    const difference = rowDifference(read("wine/1"), read("faq-javascript/1"));
    assert.equal(difference, "its pipeline is of another type");
  });
});
