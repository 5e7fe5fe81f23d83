import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { z } from "zod";
import { keys } from "../support/redis-keys.ts";
import { ScalerConnection } from "../support/scaler/scaler-connection.ts";
import { TestRedis } from "../support/redis.ts";

const lane = { model: "wine@1", class: "bulk" } as const;
const list = keys.load(lane);

/** What `k8s/users.acl` grants KEDA. */
const GRANTED = ["eval", "llen", "ping", "type", "zcard"];

/** Some are refused to all, by the configuration. */
const REFUSED = /NOPERM|command not allowed/;
/** From a script: also what no script may do. */
const REFUSED_IN_SCRIPT = /ACL failure in script|can't run this|not allowed from script/;

/** As `COMMAND` tells it: name, arity, flags, and at index 9 the subcommands, told likewise. */
const commandSchema = z.tuple([z.string(), z.int(), z.array(z.string())]).rest(z.unknown());

interface Command {
  readonly name: readonly string[];
  /** How many words at least, its name included. */
  readonly words: number;
}

describe("KEDA's user of Redis", () => {
  let server: TestRedis;
  let connection: ScalerConnection;
  let commands: readonly Command[] = [];

  before(async () => {
    server = await TestRedis.start();
    connection = await ScalerConnection.open(server.urlOf("keda"));
    commands = await commandsOf(server.client());
  });
  after(async () => {
    connection[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  it("reads the length of a load list, there, emptied or gone", async () => {
    const redis = server.client();
    assert.equal(await connection.length(list), 0);
    await redis.rpush(list, "1", "1", "1");
    assert.equal(await connection.length(list), 3);
    await redis.lpop(list, 3);
    assert.equal(await connection.length(list), 0);
  });

  it("reads whether work of a version came lately", async () => {
    assert.equal(await connection.length(keys.recent(lane.model)), 0);
    await server.client().rpush(keys.recent(lane.model), "1");
    assert.equal(await connection.length(keys.recent(lane.model)), 1);
  });

  it("is refused every command that Redis has, but for five", async (t) => {
    const refused = commands.filter(({ name }) => !GRANTED.includes(name.join("|")));
    assert.equal(refused.length, commands.length - GRANTED.length);
    for (const command of refused) {
      const sent = connection.send(...filled(command));
      await assert.rejects(sent, ({ message }) => REFUSED.test(message), command.name.join(" "));
    }
    t.diagnostic(`${refused.length} commands`);
  });

  it("is refused them from a script too", async () => {
    const script = "return redis.call(unpack(ARGV))";
    const refused = commands.filter(({ name }) => !GRANTED.includes(name.join("|")));
    for (const command of refused) {
      const sent = connection.send("EVAL", script, "1", list, ...filled(command));
      await assert.rejects(
        sent,
        ({ message }) => REFUSED_IN_SCRIPT.test(message),
        command.name.join(" "),
      );
    }
  });

  const others = [
    keys.job("x"),
    keys.outstanding(lane),
    keys.undispatched,
    keys.lanes,
    keys.flow(lane),
    keys.due,
    keys.tenants,
    keys.tenant("x:jobs"),
    keys.jobs("x"),
    keys.batch("x"),
    keys.pack("x/0"),
    keys.workers,
    keys.idSecret,
    keys.accessKey("x"),
    keys.accessKeys,
    `${keys.shiftPrefix}:wine@1.bulk:wait`,
    "somebody-elses",
    "",
  ];
  for (const key of others) {
    it(`is refused ${key === "" ? "the empty key" : key}`, async () => {
      for (const command of ["LLEN", "ZCARD", "TYPE"]) {
        await assert.rejects(connection.send(command, key), REFUSED, command);
      }
      await assert.rejects(connection.length(key), REFUSED);
    });
  }

  it("is refused a wrong password", async () => {
    const url = server.urlOf("keda").replace(/:[^:@]*@/, ":wrong@");
    await assert.rejects(ScalerConnection.open(url), /WRONGPASS/);
  });
});

/** All that need a right: to say who one is, and to leave, needs none. */
async function commandsOf(redis: Redis): Promise<readonly Command[]> {
  const flatten = (told: unknown): Command[] => {
    const [name, arity, flags, ...rest] = commandSchema.parse(told);
    if (flags.includes("no_auth")) return [];
    const below = z.array(z.unknown()).parse(rest[6] ?? []);
    if (below.length > 0) return below.flatMap(flatten);
    return [{ name: name.split("|"), words: Math.abs(arity) }];
  };
  return z
    .array(z.unknown())
    .parse(await redis.call("COMMAND"))
    .flatMap(flatten);
}

/** As many words as it takes: what is malformed is refused for that. */
function filled({ name, words }: Command): string[] {
  return [...name, ...Array.from({ length: words - name.length }, () => list)];
}
