import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { text } from "node:stream/consumers";
import { Redis } from "ioredis";
import { runTool } from "../support/cluster-tools.ts";
import { TestRedis } from "../support/redis.ts";
import { codeBlocks, section } from "../sync/support/markdown.ts";
import { readText } from "../sync/support/repository.ts";

const noTools =
  !runTool(["openssl"], ["version"]).isGood || !runTool(["redis-cli"], ["--version"]).isGood;
const skip = noTools && "there is no openssl or no redis-cli";

/** What docs/kubernetes.md tells to type. */
const [command = ""] = codeBlocks(
  section(readText("docs/kubernetes.md"), "### Users of a managed Redis"),
  "sh",
);

describe("users of a managed Redis", { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), "scoreline-users-"));
  let redis: TestRedis;
  let admin: Redis;
  let secrets = "";
  let url = "";

  before(async () => {
    redis = await TestRedis.start();
    // As in a new service: the default user, who may do everything, and nobody else.
    admin = redis.client();
    await admin.call("ACL", "SETUSER", "default", "reset", "on", "nopass", "~*", "&*", "+@all");
    await admin.call("ACL", "DELUSER", "probe", "keda", "gateway", "worker", "courier");
    await admin.call("ACL", "SETUSER", "admin", "on", ">admin", "~*", "&*", "+@all");
    await admin.auth("admin", "admin");
    url = `redis://127.0.0.1:${redis.port}`;
    secrets = runTool(["sh"], ["k8s/secrets.sh", "--redis", url]).out;
    writeFileSync(join(folder, "secrets.yaml"), secrets);
  });
  after(async () => {
    await redis[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  it("are made by the documented command, also by the default user, who is then shut out", async () => {
    const out = await typed(command, folder, url);
    assert.deepEqual(out.trim().split("\n"), ["OK", "OK", "OK", "OK", "OK"]);
    const stranger = new Redis(url);
    await assert.rejects(stranger.ping(), /NOAUTH/).finally(() => stranger.disconnect());
  });

  it("leave the default user all rights, as which Redis loads its append-only file", async () => {
    const told = JSON.stringify(await admin.call("ACL", "GETUSER", "default"));
    assert.match(told, /"off"/);
    assert.doesNotMatch(told, /"nopass"/);
    const write = ["HSET", "anything", "field", "value"];
    assert.equal(await admin.call("ACL", "DRYRUN", "default", ...write), "OK");
  });

  it("come in with the addresses of their Secrets", async () => {
    const urls = [...secrets.matchAll(/^ {2}url: (\S+)$/gm)].map(([, found = ""]) => found);
    assert.equal(urls.length, 3);
    for (const address of urls) {
      const client = new Redis(address, { lazyConnect: true, retryStrategy: () => null });
      try {
        await client.connect();
        assert.equal(await client.ping(), "PONG");
      } finally {
        client.disconnect();
      }
    }
  });
});

async function typed(line: string, cwd: string, url: string): Promise<string> {
  const env = { PATH: process.env["PATH"], ADMIN_URL: url };
  const child = spawn("sh", ["-c", line], { cwd, env, stdio: ["ignore", "pipe", "inherit"] });
  const [out] = await Promise.all([text(child.stdout), once(child, "close")]);
  return out;
}
