import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, beforeEach, describe, it } from "node:test";
import { shownFailure } from "../../shared/webhook/failure.ts";
import type { Resolve } from "../../worker/courier/post-webhook.ts";
import { guarded, policyAllowing, post, wordOf } from "../support/post.ts";
import { PRIVATE, PUBLIC, Receiver } from "../support/receiver.ts";
import { until } from "../support/until.ts";
import { words } from "../support/words.ts";

/** What the same posts meet when the guard is off: shows that these tests can fail. */
const unguarded = policyAllowing("0.0.0.0/0,::/0");

/** Each attempt gets the next answer, and the last one from then on. */
function answering(...answers: readonly (readonly string[])[]): Resolve & { asked: number } {
  const resolve = async () => {
    const addresses = answers[Math.min(resolve.asked, answers.length - 1)] ?? [];
    resolve.asked += 1;
    return Promise.resolve(addresses.map((address) => ({ address })));
  };
  resolve.asked = 0;
  return resolve;
}

/** A public receiver, and a private one at the same port, so that a name may lead to either. */
async function twoReceivers(): Promise<readonly [open: Receiver, hidden: Receiver]> {
  for (let tries = 0; ; tries += 1) {
    const open = await Receiver.http((response) => response.end());
    try {
      const place = { address: PRIVATE, port: open.port };
      return [open, await Receiver.http((response) => response.end(), place)];
    } catch (error) {
      await open[Symbol.asyncDispose]();
      if (tries === 9) throw error;
    }
  }
}

describe("a private listener sees nothing when a name", () => {
  let [open, hidden]: readonly Receiver[] = [];
  before(async () => {
    [open, hidden] = await twoReceivers();
  });
  after(async () => {
    await open?.[Symbol.asyncDispose]();
    await hidden?.[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    for (const receiver of [open, hidden]) if (receiver !== undefined) receiver.connections = 0;
  });
  const url = (): string => `http://hooks.example:${open?.port}/`;

  it("is public for the first attempt and private for the second", async () => {
    const ends = async (policy: typeof guarded) => {
      const resolve = answering([PUBLIC], [PRIVATE]);
      const found = [];
      for (const _ of [1, 2]) found.push(wordOf(await post(url(), { policy, resolve })));
      assert.equal(resolve.asked, 2, "one look-up for each attempt");
      return found;
    };
    assert.deepEqual(await ends(guarded), [200, "address_refused"]);
    assert.deepEqual([open?.connections, hidden?.connections], [1, 0]);
    assert.deepEqual(await ends(unguarded), [200, 200]);
    assert.equal(hidden?.connections, 1);
  });

  it("would be private if it were looked up again within an attempt", async () => {
    const resolve = answering([PUBLIC], [PRIVATE]);
    assert.equal(wordOf(await post(url(), { resolve })), 200);
    assert.deepEqual([open?.connections, hidden?.connections, resolve.asked], [1, 0, 1]);
  });

  const MIXED: readonly (readonly string[])[] = [
    [PUBLIC, PRIVATE],
    [PRIVATE, PUBLIC],
    [PUBLIC, PUBLIC, "10.0.0.1"],
    [PUBLIC, "::1"],
    ["::1", PUBLIC],
    [PUBLIC, "169.254.169.254"],
    [PUBLIC, "no address at all"],
  ];
  it("has public and private addresses, in any order: nobody is called", async () => {
    for (const addresses of MIXED) {
      const end = await post(url(), { resolve: answering(addresses) });
      assert.equal(wordOf(end), "address_refused", addresses.join());
    }
    assert.deepEqual([open?.connections, hidden?.connections], [0, 0]);
    const off = { policy: unguarded, resolve: answering([PRIVATE, PUBLIC]) };
    assert.equal(wordOf(await post(url(), off)), 200);
    assert.equal(hidden?.connections, 1);
  });

  const FORMS = words(`
    ${PRIVATE} ::ffff:127.0.0.1 ::ffff:7f00:1 ::127.0.0.1 ::ffff:0:127.0.0.1 ::1 64:ff9b::7f00:1
    64:ff9b:1::7f00:1 2002:7f00:1::1 fe80::1%lo 0.0.0.0 :: 0:0:0:0:0:ffff:7f00:1 127.1.2.3
    fd00::1`);
  it("has a private address in another form", async () => {
    for (const address of FORMS) {
      const end = await post(url(), { resolve: answering([address]) });
      assert.equal(wordOf(end), "address_refused", address);
    }
    assert.equal(hidden?.connections, 0);
    // Linux takes a mapped address, and 0.0.0.0, for loopback: these would have come through.
    for (const [i, address] of ["::ffff:127.0.0.1", "0.0.0.0"].entries()) {
      const end = await post(url(), { policy: unguarded, resolve: answering([address]) });
      assert.equal(wordOf(end), 200, address);
      assert.equal(hidden?.connections, i + 1);
    }
  });

  it("is an address that is written out, which no resolver is asked about", async () => {
    const hosts = [PRIVATE, "127.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "localhost"];
    for (const host of hosts) {
      const resolve = answering([PUBLIC]);
      const end = await post(`http://${host}:${open?.port}/`, { resolve });
      assert.equal(wordOf(end), "address_refused", host);
      assert.equal(resolve.asked, 0);
    }
    assert.deepEqual([open?.connections, hidden?.connections], [0, 0]);
    const off = await post(`http://127.1:${open?.port}/`, { policy: unguarded });
    assert.equal(wordOf(off), 200);
    assert.equal(hidden?.connections, 1);
  });

  it("leads to somebody who sends on to it", async () => {
    for (const status of [301, 302, 303, 307, 308]) {
      await using redirecting = await Receiver.http((response) => {
        response.writeHead(status, { location: `http://${PRIVATE}:${hidden?.port}/` }).end();
      });
      const end = await post(`http://hooks.example:${redirecting.port}/`);
      assert.equal(wordOf(end), status);
    }
    assert.equal(hidden?.connections, 0);
    await fetch(`http://${PRIVATE}:${hidden?.port}/`);
    assert.equal(hidden?.connections, 1, "it listens");
  });

  it("is one that the operator opened, at a metadata service", async () => {
    const policy = policyAllowing("hooks.example,169.254.0.0/16,0.0.0.0/0,::/0");
    for (const address of ["169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254"]) {
      const end = await post(url(), { policy, resolve: answering([address]) });
      assert.equal(wordOf(end), "address_refused", address);
    }
    const opened = await post(url(), {
      policy: policyAllowing("hooks.example"),
      resolve: answering([PRIVATE]),
    });
    assert.equal(wordOf(opened), 200);
    assert.equal(hidden?.connections, 1);
  });
});

describe("what others may see of a refusal", () => {
  it("is what they see of a name that is not known, and of a closed port", async () => {
    const closed = await Receiver.http(() => undefined);
    const { port } = closed;
    await closed[Symbol.asyncDispose]();
    const ends = [
      await post("http://hooks.example/", { resolve: answering([PRIVATE]) }),
      await post("http://hooks.example/", { resolve: answering([]) }),
      await post(`http://hooks.example:${port}/`),
    ];
    assert.deepEqual(ends.map(wordOf), ["address_refused", "dns", "connect"]);
    for (const end of ends) {
      assert.equal(end.kind, "failed");
      const shown = shownFailure(end.code, end.latencyMs);
      assert.deepEqual(shown, { error: "unreachable", latencyMs: null });
    }
  });
});

describe("proxies of the environment", () => {
  it("are not asked", async () => {
    await using receiver = await Receiver.http((response) => response.end());
    await using proxy = await Receiver.http((response) => response.end());
    const script = `
      const { get } = await import("node:http");
      const { once } = await import("node:events");
      const { post } = await import("./test/support/post.ts");
      const end = await post("http://hooks.example:${receiver.port}/");
      const [proxied] = await once(get("http://hooks.example:1/"), "response");
      process.stdout.write(end.status + " " + proxied.statusCode);`;
    const http = `http://${PUBLIC}:${proxy.port}`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      env: { NODE_USE_ENV_PROXY: "1", HTTP_PROXY: http, http_proxy: http, HTTPS_PROXY: http },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let out = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    await once(child, "close");
    // Those who heed the environment do ask it: the setting works.
    assert.equal(out, "200 200");
    await until("both were called", () => receiver.received.length === 1);
    assert.deepEqual(
      proxy.received.map(({ headers }) => headers.host),
      ["hooks.example:1"],
    );
  });
});
