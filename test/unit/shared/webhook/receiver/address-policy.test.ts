import assert from "node:assert/strict";
import { isIP } from "node:net";
import { describe, it } from "node:test";
import fc from "fast-check";
import { addressPolicy } from "../../../../../shared/webhook/receiver/address-policy.ts";
import { parseAllowList } from "../../../../../shared/webhook/receiver/allow-list.ts";
import { words } from "../../../../support/words.ts";

const strict = policyOf("");

function policyOf(allow: string) {
  const { allowed, faults } = parseAllowList(allow);
  assert.deepEqual(faults, []);
  return addressPolicy(allowed);
}

/** The first and the last address of each range, and what it is called. */
const REFUSED: readonly (readonly [first: string, last: string, what: string])[] = [
  ["0.0.0.0", "0.255.255.255", "this host"],
  ["10.0.0.0", "10.255.255.255", "private"],
  ["100.64.0.0", "100.127.255.255", "shared by a carrier"],
  ["127.0.0.0", "127.255.255.255", "loopback"],
  ["169.254.0.0", "169.254.255.255", "link-local"],
  ["172.16.0.0", "172.31.255.255", "private"],
  ["192.0.0.0", "192.0.0.255", "reserved for protocols"],
  ["192.0.2.0", "192.0.2.255", "for documentation"],
  ["192.88.99.0", "192.88.99.255", "a 6to4 relay"],
  ["192.168.0.0", "192.168.255.255", "private"],
  ["198.18.0.0", "198.19.255.255", "for benchmarks"],
  ["198.51.100.0", "198.51.100.255", "for documentation"],
  ["203.0.113.0", "203.0.113.255", "for documentation"],
  ["224.0.0.0", "239.255.255.255", "multicast"],
  ["240.0.0.0", "255.255.255.255", "reserved"],
  ["::", "::", "this host"],
  ["::1", "::1", "loopback"],
  ["::2", "::ffff:ffff", "an IPv4 address, compatible"],
  ["::ffff:1.1.1.1", "::ffff:223.255.255.255", "an IPv4 address, mapped"],
  ["::ffff:0:1.1.1.1", "::ffff:0:223.255.255.255", "an IPv4 address, translated"],
  ["64:ff9b::101:101", "64:ff9b::dfff:ffff", "NAT64"],
  ["64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "local NAT64"],
  ["100::", "100::ffff:ffff:ffff:ffff", "discarded"],
  ["2001::1", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "Teredo"],
  ["2001:1::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "reserved for protocols"],
  ["2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "for documentation"],
  ["2002:808:808::", "2002:dfff:ffff:ffff:ffff:ffff:ffff:ffff", "6to4"],
  ["3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "for documentation"],
  ["5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "segment routing"],
  ["fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "unique local"],
  ["fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "link-local"],
  ["fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "site-local"],
  ["ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "multicast"],
  ["200::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "reserved"],
  ["4000::", "5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "reserved"],
  ["6000::", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "reserved"],
];

/** Just beside a range that is refused, or well known. */
const PUBLIC = words(`
  1.0.0.0 1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255
  128.0.0.0 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0
  192.0.3.0 192.88.98.255 192.88.100.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0
  198.51.99.255 198.51.101.0 203.0.112.255 203.0.114.0 223.255.255.255 2000:: 2001:200::
  2001:4860:4860::8888 2001:db7:ffff:: 2001:db9:: 2003:: 2606:4700:4700::1111 3ffe:ffff::
  3fff:1000:: 2606:4700::a9fe:a9fe`);

/** 169.254.169.254 in every wrapping, and other services of clouds. */
const SHUT = words(`
  169.254.169.254 169.254.170.2 169.254.0.1 fe80::1 fe80::a9fe:a9fe%eth0 100.100.100.200
  192.0.0.192 168.63.129.16 fd00:ec2::254 fd20:ce::254 ::ffff:169.254.169.254 ::ffff:a9fe:a9fe
  0:0:0:0:0:ffff:a9fe:a9fe ::169.254.169.254 ::ffff:0:169.254.169.254 64:ff9b::169.254.169.254
  64:ff9b:1::a9fe:a9fe 64:ff9b:1:a9fe:a9:fe00:: 2002:a9fe:a9fe:: ::ffff:6464:64c8
  2001:0:1:2:3:4:5601:5601 2001:0:a9fe:a9fe:: FE80::1`);

describe("the policy of addresses", () => {
  it("refuses every range that is not public, from its first address to its last", () => {
    for (const [first, last, what] of REFUSED) {
      assert.equal(strict.refusalOf(first, first), what, first);
      assert.equal(strict.refusalOf(last, last), what, last);
    }
  });

  it("allows what lies beside those ranges", () => {
    for (const address of PUBLIC) {
      assert.equal(strict.refusalOf(address, address), undefined, address);
    }
  });

  it("knows an address in any of its spellings", () => {
    const spellings = [
      "::1",
      "0:0:0:0:0:0:0:1",
      "0000:0000:0000:0000:0000:0000:0000:0001",
      "::0:1",
    ];
    for (const one of spellings) assert.equal(strict.refusalOf(one, one), "loopback");
    assert.equal(strict.refusalOf("::FFFF:127.0.0.1", "a.b"), "an IPv4 address, mapped");
    assert.equal(strict.refusalOf("::ffff:7f00:1", "a.b"), "an IPv4 address, mapped");
  });

  it("refuses what is no address", () => {
    for (const text of ["", "a.b", "1.2.3", "256.1.1.1", "0x7f.1", "[::1]", "1.2.3.4 ", "::g"]) {
      assert.equal(strict.refusalOf(text, "a.b"), "no address", text);
    }
  });

  it("refuses every IPv4 address inside an IPv6 one, public or not", () => {
    fc.assert(
      fc.property(fc.ipV4(), (v4) => {
        for (const wrap of ["::ffff:", "::ffff:0:", "64:ff9b::", "::"]) {
          const address = wrap + v4;
          assert.equal(isIP(address), 6);
          assert.notEqual(strict.refusalOf(address, "a.b"), undefined, address);
        }
      }),
    );
  });

  it("answers for any address there is", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
        const refusal = strict.refusalOf(address, "a.b");
        assert.ok(refusal === undefined || refusal.length > 3);
      }),
    );
  });
});

describe("an operator's list of receivers", () => {
  it("opens networks and single addresses", () => {
    const policy = policyOf("10.1.0.0/16, 127.0.0.2 ,fd12::/16,[::1]");
    for (const address of ["10.1.0.0", "10.1.255.255", "127.0.0.2", "fd12::9", "::1"]) {
      assert.equal(policy.refusalOf(address, address), undefined, address);
    }
    for (const address of ["10.0.255.255", "10.2.0.0", "127.0.0.1", "127.0.0.3", "fd13::", "::2"]) {
      assert.notEqual(policy.refusalOf(address, address), undefined, address);
    }
  });

  it("opens names, and everything below *.suffix, but not the suffix itself", () => {
    const policy = policyOf("crm,Hooks.Shop.svc., *.cluster.local,*.bücher.example");
    const open = ["crm", "hooks.shop.svc", "a.cluster.local", "a.b.cluster.local", "crm."];
    for (const host of [...open, "x.xn--bcher-kva.example"]) {
      assert.equal(policy.refusalOf("10.0.0.1", host), undefined, host);
    }
    const closed = ["cluster.local", "evilcluster.local", "crm.evil", "shop.svc", "x.crm", ""];
    for (const host of closed) {
      assert.equal(policy.refusalOf("10.0.0.1", host), "private", host);
    }
  });

  it("leaves link-local and metadata services shut, even if all else is open", () => {
    const policies = [strict, policyOf("0.0.0.0/0,::/0"), policyOf("*.evil.example,evil")];
    for (const policy of policies) {
      for (const address of SHUT) {
        for (const host of ["x.evil.example", "evil", address]) {
          assert.notEqual(policy.refusalOf(address, host), undefined, `${address} as ${host}`);
        }
      }
    }
    assert.equal(policyOf("0.0.0.0/0,::/0").refusalOf("10.0.0.1", "a.b"), undefined);
    assert.equal(policyOf("0.0.0.0/0,::/0").refusalOf("fd00::1", "a.b"), undefined);
  });

  it("is not opened for IPv6 by a network of IPv4, nor the other way round", () => {
    assert.equal(policyOf("0.0.0.0/0").refusalOf("fd00::1", "a.b"), "unique local");
    assert.equal(policyOf("::/0").refusalOf("10.0.0.1", "a.b"), "private");
    assert.equal(policyOf("::ffff:0:0/96").refusalOf("10.0.0.1", "a.b"), "private");
    const mapped = policyOf("10.0.0.0/8").refusalOf("::ffff:10.0.0.1", "a.b");
    assert.equal(mapped, "an IPv4 address, mapped");
  });

  const wrong = words(`
    * *. http://a.b a.b:80 a.b/24 10.0.0.0/33 10.0.0.0/8/8 10.0.0.0/-1 10.0.0.0/ ::/129
    fe80::1%eth0 0x7f.1 2130706433 a..b a.*.b **.a.b *a.b .a.b user@a.b a.b? a.b/`);
  it("names each entry that makes no sense", () => {
    for (const entry of wrong) {
      const { faults } = parseAllowList(`a.example,${entry},10.0.0.0/8`);
      assert.equal(faults.length, 1, entry);
      assert.ok(faults[0]?.startsWith(`"${entry}" is not a `), faults[0]);
    }
    assert.equal(parseAllowList(wrong.join(",")).faults.length, wrong.length);
    assert.deepEqual(parseAllowList(" , ").faults, []);
  });
});
