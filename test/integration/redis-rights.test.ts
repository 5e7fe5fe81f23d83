import assert from "node:assert/strict";
import { posix } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { z } from "zod";
import { repositoryFile } from "../support/client.ts";
import { reachedFrom, type Reached } from "../support/reach.ts";
import { keys as places } from "../support/redis-keys.ts";
import { TestRedis, type RedisUser } from "../support/redis.ts";
import { filesMatching } from "../sync/support/repository.ts";

const KEYS = "shared/redis/keys.ts";
/** A start with the part of it that is another role's. */
const STARTS = {
  gateway: ["gateway/run.ts#run"],
  worker: ["worker/run.ts#run", "worker/courier-role.ts#courier"],
  courier: ["worker/run.ts#run", "worker/score-role.ts#scoring"],
} as const;
type Role = keyof typeof STARTS;
const roles = ["gateway", "worker", "courier"] as const satisfies readonly (Role & RedisUser)[];

/** What our code calls a connection; so its commands are seen. */
const CONNECTIONS = new Set(["redis", "requests", "subscriber", "witness"]);

/** As `COMMAND` tells it: name, arity, and at index 9 the subcommands, told likewise. */
const commandSchema = z.tuple([z.string(), z.int()]).rest(z.unknown());

/** What stands for any id, lane or name in a key. */
const any = { model: "any@1", class: "bulk", toString: () => "any" };

interface Needs {
  readonly scripts: ReadonlySet<string>;
  readonly commands: ReadonlySet<string>;
  readonly keys: ReadonlySet<string>;
  readonly channels: ReadonlySet<string>;
}

describe("k8s/users.acl", () => {
  const scripts = new Map(
    filesMatching(["shared/**/*.lua"]).map(({ path, text }) => [path, withoutComments(text)]),
  );
  const needs = new Map<Role, Needs>();
  let redis: TestRedis;
  let client: Redis;
  /** By name: how many words a command has at least, its name included. */
  let words: ReadonlyMap<string, number>;

  before(async () => {
    redis = await TestRedis.start();
    client = redis.client();
    words = wordsOf(await client.call("COMMAND"));
    for (const role of roles) {
      const [start, ...except] = STARTS[role];
      needs.set(role, needsOf(reachedFrom(start, [`${KEYS}#makeKeys`, ...except]), scripts, words));
    }
  });
  after(async () => redis[Symbol.asyncDispose]());

  for (const role of roles) {
    it(`lets the ${role} send each command of its code and its scripts`, async (t) => {
      assert.deepEqual(await refusedCommands(role, of(role).commands), []);
      t.diagnostic([...of(role).commands].join(" "));
    });

    it(`lets the ${role} reach each key and channel of its code and its scripts`, async (t) => {
      assert.deepEqual(await refusedPlaces(role, of(role)), []);
      t.diagnostic([...of(role).keys, ...of(role).channels].join(" "));
    });

    it(`lets the ${role} reach no key that it has no need of`, () => {
      const users = repositoryFile("k8s/users.acl").toString().split("\n");
      const line = users.find((entry) => entry.startsWith(`user ${role} `)) ?? "";
      const patterns = [...line.matchAll(/ [~&](\S+)/g)].map(([, pattern = ""]) => pattern);
      const needed = [...of(role).keys, ...of(role).channels];
      const idle = patterns.filter((pattern) => !needed.some((key) => matches(pattern, key)));
      assert.ok(patterns.length > 1);
      assert.deepEqual(idle, []);
    });
  }

  it("refuses when asked like this what it does not grant", async () => {
    const commands = new Set(["KEYS", "SCAN", "FLUSHALL", "ACL|GETUSER"]);
    const others = { keys: new Set(["another"]), channels: new Set(["another"]) };
    for (const role of roles) {
      assert.deepEqual(await refusedCommands(role, commands), [...commands]);
      assert.deepEqual(await refusedPlaces(role, others), ["another", "another"]);
    }
  });

  it("is held to every script and every key that there is", () => {
    const all = [...needs.values()];
    const used = new Set(all.flatMap((need) => [...need.scripts]));
    assert.deepEqual(
      [...scripts.keys()].filter((path) => !used.has(path)),
      [],
    );
    const reached = new Set(all.flatMap((need) => [...need.keys, ...need.channels]));
    const known = Object.keys(places).flatMap((name) => samplesOf(name));
    assert.deepEqual(
      known.filter((key) => !reached.has(key)),
      [],
    );
  });

  it("knows each role by scripts that are its own", () => {
    const own = { gateway: "pack/accept", worker: "pack/turn", courier: "webhook/delivery-claim" };
    for (const [name, script] of Object.entries(own)) {
      const path = `shared/${script}.lua`;
      const having = roles.filter((role) => of(role).scripts.has(path));
      assert.deepEqual(having, [name]);
    }
  });

  function of(role: Role): Needs {
    const found = needs.get(role);
    assert.ok(found !== undefined);
    return found;
  }

  async function refusedCommands(
    role: Role,
    commands: ReadonlySet<string>,
  ): Promise<readonly string[]> {
    return those(commands, async (command) => {
      const filling = Array.from({ length: words.get(command) ?? 0 }, () => "0");
      const named = command.split("|");
      const answer = await dryRun(role, ...named, ...filling.slice(named.length));
      // A key that is refused comes after the command that was not: it is a filling.
      return answer !== "OK" && !/access the '/.test(answer);
    });
  }

  async function refusedPlaces(
    role: Role,
    { keys, channels }: Pick<Needs, "keys" | "channels">,
  ): Promise<readonly string[]> {
    return [
      ...(await those(keys, async (key) => (await dryRun(role, "UNLINK", key)) !== "OK")),
      ...(await those(
        channels,
        async (name) => (await dryRun(role, "PUBLISH", name, "")) !== "OK",
      )),
    ];
  }

  async function dryRun(user: Role, ...command: readonly string[]): Promise<string> {
    return String(await client.call("ACL", "DRYRUN", user, ...command));
  }
});

describe("our code and our scripts", () => {
  const code = filesMatching(["{gateway,worker,shared}/**/*.ts"]);
  const scripts = filesMatching(["shared/**/*.lua"]);

  it("name the command in each call of a script, and no key of their own", () => {
    for (const { path, text } of scripts) {
      const lua = withoutComments(text);
      const calls = lua.match(/\bredis\b/g)?.length ?? 0;
      assert.equal(commandsOf(lua).length, calls, `${path}: only redis.call('COMMAND', …)`);
      assert.doesNotMatch(lua, /sl0/, path);
    }
  });

  it("take every key from keys.ts, by its name", () => {
    for (const { path, text } of code.filter((file) => file.path !== KEYS)) {
      assert.doesNotMatch(text, /\{sl\d*\}?/, path);
      if (!/\/keys\.ts"/.test(text)) continue;
      const taken =
        /^import [^;]*;|\/\*[^]*?\*\/|\/\/ .*$|\bconst keys = keysFor(?:Pack)?\(.*\);$/gm;
      const body = text.replaceAll(taken, "").replaceAll(KEY_USED, "");
      assert.doesNotMatch(
        body,
        /(?<![\w$."'`-])(?:(?:keys|controlKeys|workKeys)\b(?!["'`:]|\?:)|keysFor(?:Pack)?\(|keysOf\()/,
        `${path}: keys.<name> only`,
      );
    }
  });

  it("call a connection by a name that tells it", () => {
    for (const { path, text } of code) {
      const named = [...text.matchAll(/#?(\w+)\??: (?:Redis|ChainableCommander)\b(?! )/g)];
      for (const [, name = ""] of named) assert.ok(CONNECTIONS.has(name), `${path}: ${name}`);
    }
  });
});

function wordsOf(told: unknown): ReadonlyMap<string, number> {
  return new Map(
    z
      .array(commandSchema)
      .parse(told)
      .flatMap((command) => [command, ...z.array(commandSchema).parse(command[9] ?? [])])
      .map(([name, arity]) => [name.toUpperCase(), Math.abs(arity)]),
  );
}

/** What a role's code does in Redis. BullMQ's own scripts are left to the tests of whole systems. */
function needsOf(
  reached: Reached,
  scripts: ReadonlyMap<string, string>,
  words: ReadonlyMap<string, number>,
): Needs {
  const own = new Set<string>();
  const commands = new Set<string>();
  const names = new Set<string>();
  for (const [id, text] of reached) {
    const [path = ""] = id.split("#");
    for (const [, file = ""] of text.matchAll(/"(\.\.?\/[\w/-]+\.lua)"/g)) {
      own.add(posix.join(posix.dirname(path), file));
    }
    for (const command of sentBy(text, words)) commands.add(command);
    for (const [, name = ""] of text.matchAll(KEY_USED)) {
      if (name in places) names.add(name);
    }
  }
  for (const script of own) {
    const lua = scripts.get(script);
    assert.ok(lua !== undefined, script);
    for (const command of commandsOf(lua)) commands.add(command);
    for (const [, name = ""] of lua.matchAll(/\bkeys\.(\w+)/g)) names.add(name);
    // The key of what a delivery is of, as its record has it.
    if (/\bd\.resourceKey\b/.test(lua)) names.add("job").add("batch");
  }
  const samples = (isChannel: boolean): ReadonlySet<string> =>
    new Set(
      [...names]
        .filter((name) => CHANNELS.has(name) === isChannel)
        .flatMap((name) => samplesOf(name)),
    );
  return { scripts: own, commands, keys: samples(false), channels: samples(true) };
}

/** Commands that a declaration sends by methods of a connection, or of a pipeline of it. */
function* sentBy(text: string, words: ReadonlyMap<string, number>): Generator<string> {
  const isPiped = /\.(?:multi|pipeline)\(/.test(text);
  for (const [, receiver = "", method = ""] of text.matchAll(/([\w$)]+)\??\s*\.(\w+)\(/g)) {
    const command = method.replace(/Buffer$/, "").toUpperCase();
    if ((isPiped || CONNECTIONS.has(receiver)) && words.has(command)) yield command;
  }
  for (const [call, receiver = "", first = "", second = ""] of text.matchAll(
    /([\w$)]+)\s*\.call(?:Buffer)?\(\s*(?:["'](\w+)["'](?:,\s*"(\w+)")?)?/g,
  )) {
    if (!isPiped && !CONNECTIONS.has(receiver)) continue;
    const command = [`${first}|${second}`, first].find((name) => words.has(name));
    assert.ok(command !== undefined, `${call}: which command?`);
    yield command;
  }
}

function commandsOf(lua: string): readonly string[] {
  return [...lua.matchAll(/\bredis\.p?call\('(\w+)'/g)].map(([, command = ""]) => command);
}

function withoutComments(lua: string): string {
  return lua.replaceAll(/--.*$/gm, "");
}

/** A key by its name: of the keys that a function took first, or at once of those of an id. */
const KEY_USED = /\b(?:keys|controlKeys|workKeys|keysFor(?:Pack)?\([\w.]+\))\.(\w+)/g;

/** Names in `keys` that are channels, which have patterns of their own. */
const CHANNELS: ReadonlySet<string> = new Set(
  [
    ...repositoryFile(KEYS)
      .toString()
      .matchAll(/\/\*\* Pub\/sub [^/]*\*\/\s*(\w+)/g),
  ].map(([, name = ""]) => name),
);

/** Keys as a member of `keys` makes them, or begins them. */
function samplesOf(name: string): readonly string[] {
  const value: unknown = Reflect.get(places, name);
  if (typeof value === "function") {
    return [String(Reflect.apply(value, undefined, [any, any]))];
  }
  if (name === "shiftPrefix") return [`${String(value)}:any`];
  if (typeof value !== "string") return [];
  return value.split(" ").map((place) => (place.endsWith(":") ? `${place}any` : place));
}

async function those(
  all: ReadonlySet<string>,
  isOne: (name: string) => Promise<boolean>,
): Promise<readonly string[]> {
  const are = await Promise.all([...all].map(async (name) => isOne(name)));
  return [...all].filter((_, i) => are[i]);
}

function matches(pattern: string, key: string): boolean {
  return pattern.endsWith("*") ? key.startsWith(pattern.slice(0, -1)) : key === pattern;
}
