import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { ScoringError } from "../../../shared/error.ts";
import { createLoggerTo } from "../../../shared/log.ts";

const MARK = "Mk7q9f3b";

function setup() {
  const lines: string[] = [];
  const logger = createLoggerTo(
    { write: (line) => lines.push(line) },
    { role: "test", level: "trace" },
  );
  const logged = (): string => lines.join("");
  const first = (): Record<string, unknown> =>
    z.looseObject({}).parse(JSON.parse(lines[0] ?? "null"));
  return { logger, logged, first };
}

/** As ioredis makes them. */
function redisError(message = "OOM command not allowed"): Error {
  return Object.assign(new Error(message), { command: { name: "set", args: [MARK] } });
}

describe("a log line", () => {
  it("says of an error its type, message, code and place", () => {
    const { logger, first } = setup();
    logger.error({ err: Object.assign(redisError(), { code: "E1" }) }, "failed");
    const { err } = z.object({ err: z.record(z.string(), z.unknown()) }).parse(first());
    assert.deepEqual(Object.keys(err), ["type", "message", "code", "stack"]);
    assert.equal(err["message"], "OOM command not allowed");
    assert.match(String(err["stack"]), /^ {4}at redisError .*loggable\.test\.ts/);
  });

  const places: Readonly<Record<string, (error: Error) => readonly [unknown, ...unknown[]]>> = {
    err: (error) => [{ err: error }, "failed"],
    "err without a text": (error) => [{ err: error }],
    "another field": (error) => [{ reason: error }, "failed"],
    "a field of a field": (error) => [{ job: { error, all: [error] } }, "failed"],
    "first place": (error) => [error],
    "first place before a text": (error) => [error, "failed"],
    "a text": (error) => ["failed: %o %s", error, error],
    "a cause": (error) => [{ err: new Error("outer", { cause: error }) }, "failed"],
    "an error of many": (error) => [{ err: new AggregateError([error], "many") }, "failed"],
  };
  for (const [place, args] of Object.entries(places)) {
    it(`shows nothing that an error carries, as ${place}`, () => {
      const { logger, logged } = setup();
      const [first, ...rest] = args(redisError());
      Reflect.apply(logger.error.bind(logger), undefined, [first, ...rest]);
      assert.ok(!logged().includes(MARK), logged());
      assert.ok(logged().includes("OOM command not allowed"), logged());
    });
  }

  const quoting: Readonly<Record<string, () => unknown>> = {
    "a parser's": () => JSON.parse(`{"a": ${MARK}}`),
    "a schema's": () => z.strictObject({}).parse({ [MARK]: 1 }),
    "a client's": () => {
      throw new ScoringError("invalid_input", `${MARK} is no input`);
    },
    "Redis's, of a command it does not know": () => {
      throw redisError(`ERR unknown command 'X', with args beginning with: '${MARK}' `);
    },
    "a message with a URL's": () => {
      throw new Error(`cannot reach redis://user:${MARK}@host:1/0 or rediss://:${MARK}@other`);
    },
  };
  for (const [whose, fail] of Object.entries(quoting)) {
    it(`quotes nothing in ${whose} words`, () => {
      const { logger, logged } = setup();
      assert.throws(fail, (error) => {
        logger.error({ err: error }, "failed");
        logger.error(error);
        return true;
      });
      assert.ok(!logged().includes(MARK), logged());
    });
  }

  it("goes without passwords and keys wherever they stand", () => {
    const { logger, logged } = setup();
    const token = `sk_${"0".repeat(26)}_${"ab".repeat(32)}`;
    logger.info(
      { url: `redis://user:${MARK}@host`, token },
      `whsec_${MARK} and http://${MARK}@host/`,
    );
    assert.ok(!logged().includes(MARK) && !logged().includes("abab"), logged());
  });

  it("goes without access tokens, and users'", () => {
    const { logger, logged } = setup();
    const part = (value: object): string =>
      Buffer.from(JSON.stringify(value)).toString("base64url");
    const token = `${part({ alg: "EdDSA" })}.${part({ sub: MARK })}.c2lnbmF0dXJl`;
    logger.info({ token, err: new Error(`refused ${token}`) }, `of ${token}`);
    assert.ok(!logged().includes(part({ sub: MARK })) && logged().includes("eyJ…"), logged());
  });

  it("does not go down for ever: what is far down is left out", () => {
    const { logger, logged } = setup();
    logger.error({ a: { b: { c: { d: { e: { f: redisError() } } } } } }, "failed");
    assert.ok(!logged().includes(MARK), logged());
  });

  it("holds no part of a key where its message is cut", () => {
    const { logger, logged } = setup();
    const token = `sk_${"0".repeat(26)}_${"ab".repeat(32)}`;
    logger.error({ err: new Error(`${"x".repeat(930)} ${token}`) }, "failed");
    assert.ok(!logged().includes("abab"), logged());
  });

  it("is bounded whatever an error says", () => {
    const { logger, logged } = setup();
    let error = new Error("x".repeat(1e6));
    for (let i = 0; i < 100; i += 1) error = new Error("x".repeat(1e6), { cause: error });
    logger.error({ err: error }, "failed");
    assert.ok(logged().length < 20_000, String(logged().length));
  });
});
