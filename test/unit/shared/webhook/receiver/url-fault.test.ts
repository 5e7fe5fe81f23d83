import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { addressPolicy } from "../../../../../shared/webhook/receiver/address-policy.ts";
import { parseAllowList } from "../../../../../shared/webhook/receiver/allow-list.ts";
import { parsePortList } from "../../../../../shared/webhook/receiver/port-list.ts";
import { urlFault, type ReceiverPolicy } from "../../../../../shared/webhook/receiver/url-fault.ts";
import { words } from "../../../../support/words.ts";

const policy = (allow = "", ports = "443", isHttpAllowed = false): ReceiverPolicy => ({
  addresses: addressPolicy(parseAllowList(allow).allowed),
  ports: parsePortList(ports).ports,
  isHttpAllowed,
});
const strict = policy();
const open = policy("", "1-65535", true);

/** 127.0.0.1, as people have tried to hide it. */
const LOOPBACK = words(`
  127.0.0.1 127.1 127.0.1 2130706433 0x7f000001 0x7f.1 0x7f.0.0.0x1 0177.0.0.1 017700000001
  0177.0x0.0.1 127.0.0.1. 127.000.000.001 ①②⑦.⓪.⓪.① １２７.０.０.１ 127。0。0。1 127．0．0．1
  %31%32%37.0.0.1 127%2e0%2e0%2e1 127.0.0.\u00AD1 127.255.255.254 127.0.0.2 [::1]
  [0:0:0:0:0:0:0:1] [0000::0001] [::0.0.0.1] [::ffff:127.0.0.1] [::ffff:7f00:1]
  [::FFFF:7F00:0001] [0:0:0:0:0:ffff:127.0.0.1] [::127.0.0.1] [::ffff:0:127.0.0.1]
  [64:ff9b::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b:1::7f00:1] [2002:7f00:1::]
  [2001:0:1:2:3:4:80ff:fffe] 0.0.0.0 0 0x0 00000 [::] localhost LOCALHOST localhost.
  LocalHost. a.localhost a.b.localhost. ｌｏｃａｌｈｏｓｔ loc%61lhost ⓛocalhost local\u00ADhost`);

/** Other addresses that are nobody's business. */
const OTHERS = words(`
  10.0.0.1 167772161 0xa000001 012.0.0.1 192.168.1.1 3232235777 172.16.0.1 169.254.169.254
  2852039166 0xa9fea9fe 0251.0376.0251.0376 169.254.43518 169.16689662
  [::ffff:169.254.169.254] [fd00:ec2::254] [fe80::1] 100.64.0.1 100.100.100.200 192.0.2.1
  198.18.0.1 224.0.0.1 255.255.255.255 4294967295 240.0.0.1 [fc00::1] [ff02::1] [2001:db8::1]
  [3fff::1] [5f00::1] [100::1] 192.0.0.192 168.63.129.16 203.0.113.9 [64:ff9b::a9fe:a9fe]
  [2002:a9fe:a9fe::]`);

describe("a receiver's URL", () => {
  it("may be https at any public host, with path and query", () => {
    for (const url of [
      "https://example.com",
      "https://hooks.example.com/a/b?c=d&e=%20",
      "HTTPS://Example.COM:443/",
      "https://example.com./x",
      "https://bücher.example/ü",
      "https://1.1.1.1/",
      "https://[2606:4700:4700::1111]/",
      "https://localhost.example.com/",
      "https://example.com/a@b",
      "https://example.com/?to=//user@host",
    ]) {
      assert.equal(urlFault(url, strict), undefined, url);
    }
  });

  it("is refused when its host is loopback in any spelling", () => {
    for (const host of LOOPBACK) {
      for (const url of [`https://${host}/x`, `https://${host}`, `https://${host}?a=https://b.c`]) {
        assert.match(urlFault(url, strict) ?? "", /is not allowed for receivers: /, url);
        assert.match(urlFault(url, open) ?? "", /is not allowed for receivers: /, url);
      }
    }
  });

  it("is refused when its host is any other address that is not public", () => {
    for (const host of OTHERS) {
      assert.match(
        urlFault(`https://${host}/`, strict) ?? "",
        /is not allowed for receivers: /,
        host,
      );
    }
  });

  it("is refused for every address that the guard refuses, and for no other", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4Extended(), fc.ipV6()), (written) => {
        const host = written.includes(":") ? `[${written}]` : written;
        const address = new URL(`https://${host}`).hostname.replaceAll(/[[\]]/g, "");
        const isRefused = strict.addresses.refusalOf(address, address) !== undefined;
        assert.equal(urlFault(`https://${host}/`, strict) !== undefined, isRefused);
      }),
    );
  });

  const forms: readonly (readonly [url: string, fault: RegExp])[] = [
    ["http://example.com/", /must begin with https:\/\/$/],
    ["ftp://example.com/", /must begin with https/],
    ["file:///etc/passwd", /must begin with https/],
    ["javascript:alert(1)", /must begin with https/],
    ["data:text/plain,x", /must begin with https/],
    ["ws://example.com", /must begin with https/],
    ["gopher://example.com:443/_x", /must begin with https/],
    ["https://user@example.com/", /user names and passwords/],
    ["https://user:pass@example.com/", /user names and passwords/],
    ["https://:pass@example.com/", /user names and passwords/],
    ["https://@example.com/", /user names and passwords/],
    ["https://:@example.com/", /user names and passwords/],
    ["https:\\\\user@example.com/", /user names and passwords/],
    ["https://example.com\\@127.0.0.1/", /user names|not allowed/],
    ["https://example.com#x@127.0.0.1", /not have a fragment/],
    ["https://example.com/#", /not have a fragment/],
    ["https://example.com/x#y", /not have a fragment/],
    ["https://example.com:8443/", /port 8443 is not allowed/],
    ["https://example.com:80/", /port 80 is not allowed/],
    ["https://example.com:22/", /port 22 is not allowed/],
    ["https://example.com:0/", /port 0 is not allowed/],
    ["https://example.com:99999/", /not an absolute URL/],
    ["https://", /not an absolute URL/],
    ["", /not an absolute URL/],
    ["example.com/hook", /not an absolute URL/],
    ["/hook", /not an absolute URL/],
    ["//example.com/hook", /not an absolute URL/],
    [" https://example.com/", /not an absolute URL/],
    ["https://example.com/ ", /not an absolute URL/],
    ["https://exam\nple.com/", /not an absolute URL/],
    ["https://example.com/a\tb", /not an absolute URL/],
    ["https://example.com/\u0000", /not an absolute URL/],
    ["https://exa mple.com/", /not an absolute URL/],
    ["https://256.1.1.1/", /not an absolute URL/],
    ["https://[::1", /not an absolute URL/],
    ["https://[fe80::1%25eth0]/", /not an absolute URL/],
    [`https://example.com/${"x".repeat(2048)}`, /at most 2048 characters/],
  ];
  it("is refused with the reason in any other form", () => {
    for (const [url, fault] of forms) assert.match(urlFault(url, strict) ?? "fine", fault, url);
    const longest = `https://example.com/${"x".repeat(2048 - 20)}`;
    assert.equal(longest.length, 2048);
    assert.equal(urlFault(longest, strict), undefined);
  });

  it("may be what the operator says: http, other ports, hosts and networks", () => {
    const local = policy("127.0.0.0/8,crm.svc,*.localhost", "80,443,8000-8999", true);
    for (const url of [
      "http://127.0.0.1/",
      "http://127.0.0.9:8080/x",
      "http://localhost:8999/",
      "http://2130706433:8000/",
      "http://crm.svc/",
      "http://a.localhost/",
    ]) {
      assert.equal(urlFault(url, local), undefined, url);
    }
    for (const url of [
      "http://127.0.0.1:7999/",
      "http://127.0.0.1:9000/",
      "http://10.0.0.1/",
      "http://[::1]/",
      "http://169.254.169.254/",
      "ftp://127.0.0.1/",
    ]) {
      assert.notEqual(urlFault(url, local), undefined, url);
    }
  });

  it("is looked at without failing, whatever the text is", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.webUrl()), (text) => {
        urlFault(text, strict);
      }),
    );
  });
});

describe("an operator's list of ports", () => {
  it("is read with its faults", () => {
    assert.deepEqual(parsePortList("443, 8443,30000-32767"), {
      ports: [
        [443, 443],
        [8443, 8443],
        [30_000, 32_767],
      ],
      faults: [],
    });
    for (const wrong of ["0", "65536", "-1", "x", "9-8", "1-", "1-2-3", "0-5", "443 444", "1e3"]) {
      const { faults } = parsePortList(`443,${wrong}`);
      assert.deepEqual(faults.length, 1, wrong);
      assert.ok(faults[0]?.startsWith(`"${wrong}" is not a port`));
    }
  });
});
