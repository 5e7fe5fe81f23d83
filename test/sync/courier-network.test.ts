import assert from "node:assert/strict";
import { BlockList, isIP } from "node:net";
import { describe, it } from "node:test";
import { z } from "zod";
import { addressPolicy, refusedNetworks } from "../../shared/webhook/receiver/address-policy.ts";
import { writtenObjects } from "../support/cluster-objects.ts";

const policySchema = z.object({
  egress: z.array(
    z.object({
      to: z.array(
        z.object({ ipBlock: z.object({ cidr: z.string(), except: z.array(z.string()) }) }),
      ),
    }),
  ),
});

const written = writtenObjects().find(({ object }) => object.metadata.name === "courier-webhooks");
const blocks = policySchema
  .parse(written?.object["spec"])
  .egress.flatMap(({ to }) => to.map(({ ipBlock }) => ipBlock));

describe("the courier's way out in k8s/base/network.yaml", () => {
  for (const { cidr, except } of blocks) {
    it(`${cidr} leaves out what webhooks refuse`, () => {
      const within = refusedNetworks.filter((network) => holds(cidr, network));
      assert.ok(within.length > 3);
      const open = within.filter((network) => !except.some((one) => holds(one, network)));
      assert.deepEqual(open, []);
    });

    it(`${cidr} leaves out nothing that webhooks take`, () => {
      const policy = addressPolicy({ cidrs: [], hasHost: () => false });
      for (const network of except) {
        const [address = ""] = network.split("/");
        assert.notEqual(policy.refusalOf(address, address), undefined, network);
        assert.ok(holds(cidr, network), network);
      }
    });
  }

  it("is of both families, and what is reserved of IPv6 lies outside", () => {
    assert.deepEqual(
      blocks.map(({ cidr }) => cidr),
      ["0.0.0.0/0", "2000::/3"],
    );
  });
});

/** Whether a network is a part of another, or the same. */
function holds(outer: string, inner: string): boolean {
  const [[network = "", bits], [address = "", innerBits]] = [outer.split("/"), inner.split("/")];
  if (isIP(network) !== isIP(address)) return false;
  const family = isIP(network) === 4 ? "ipv4" : "ipv6";
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family);
  return Number(innerBits) >= Number(bits) && list.check(address, family);
}
