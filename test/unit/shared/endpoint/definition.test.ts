import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { definitionSchema } from "../../../../shared/endpoint/definition.ts";
import { compareSchema } from "../../../../shared/endpoint/verdict/settings.ts";

const blue = { name: "blue", model: "m@1" };
const green = { name: "green", model: "m@2" };

/** Where each fault is, and what it says. */
function faultsOf(given: object): string[] {
  const parsed = definitionSchema.safeParse(given);
  return (parsed.error?.issues ?? []).map(({ path, message }) => `/${path.join("/")} ${message}`);
}

describe("the definition of an endpoint", () => {
  it("needs no more than a variant, which is the default", () => {
    assert.deepEqual(definitionSchema.parse({ variants: [blue] }), {
      description: "",
      tags: {},
      properties: {},
      variants: [{ ...blue, share: 0, type: "treatment" }],
      default: "blue",
      shadows: [],
      compare: compareSchema.parse({}),
      defaults: { timeouts: {}, max_queue_wait_ms: null },
      quota: { requests_per_minute: null },
      metrics: true,
      auth: "both",
      cors: { origins: [] },
      capture: null,
      allow_different_contract: false,
    });
  });

  const faults: readonly (readonly [what: string, given: object, faults: readonly string[]])[] = [
    ["a name twice", { variants: [blue, blue] }, ["/variants/1/name is blue as well"]],
    [
      "two controls",
      { variants: [blue, green].map((variant) => ({ ...variant, type: "control" })) },
      ["/variants has more than one control"],
    ],
    [
      "a shadow twice, of nobody, and under the name of another version",
      {
        variants: [blue],
        shadows: [
          { name: "next", model: "m@2", of: ["red"] },
          { name: "next", model: "m@2" },
          { name: "blue", model: "m@2" },
        ],
      },
      [
        "/shadows/0/of red is no variant",
        "/shadows/1/name is next as well",
        "/shadows/2/name is a variant with another model, m@1",
      ],
    ],
    [
      "two shadows that are to move traffic by themselves",
      {
        variants: [blue],
        shadows: ["next", "other"].map((name) => ({ name, model: "m@2" })),
        compare: { promote: "automatic" },
      },
      ["/compare/promote `automatic` needs one shadow, of one variant that `of` names"],
    ],
    [
      "a default that is none of them",
      { variants: [blue], default: "red" },
      ["/default is not one of the variants: blue"],
    ],
    [
      "more than 100 %",
      {
        variants: [
          { ...blue, share: 99.99 },
          { ...green, share: 0.02 },
        ],
      },
      ["/variants has shares that sum to 100.01, and may have 100"],
    ],
    [
      "a share of thousandths",
      { variants: [{ ...blue, share: 0.001 }] },
      ["/variants/0/share has more than two decimals"],
    ],
    [
      "an origin with a path",
      { variants: [blue], cors: { origins: ["https://shop.example/cart"] } },
      ["/cors/origins/0 must be * or an origin, such as https://shop.example"],
    ],
    [
      "a model without a version",
      { variants: [{ name: "blue", model: "m" }] },
      ["/variants/0/model is not `name@version`"],
    ],
  ];
  for (const [what, given, expected] of faults) {
    it(`refuses ${what}`, () => assert.deepEqual(faultsOf(given), expected));
  }

  it("takes every share in hundredths of a percent", () => {
    for (let hundredth = 0; hundredth <= 10_000; hundredth += 1) {
      assert.deepEqual(faultsOf({ variants: [{ ...blue, share: hundredth / 100 }] }), []);
    }
  });
});
