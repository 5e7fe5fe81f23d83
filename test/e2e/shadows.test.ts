import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { comparisonListSchema } from "../../gateway/endpoints/comparisons.ts";
import { cli } from "../support/cli.ts";
import { ask } from "../support/client.ts";
import {
  type EndpointClient,
  refused,
  startVersioned,
  type VersionedSystem,
} from "../support/endpoints.ts";
import { comparedPairs, readComparisons } from "../support/shadows.ts";
import { until } from "../support/until.ts";

const beside = (version: number, more: object = {}) => ({
  variants: [{ name: "blue", model: "versioned@1" }],
  shadows: [{ name: "next", model: `versioned@${version}` }],
  ...more,
});

describe("shadows of an endpoint", () => {
  let system: VersionedSystem;
  let client: EndpointClient;
  before(async () => {
    system = await startVersioned(2);
    ({ client } = system);
  });
  after(async () => system[Symbol.asyncDispose]());

  /** So many requests, some at a time, each with the version that is to fail. @returns their statuses */
  async function send(name: string, count: number, failing: (index: number) => number) {
    const CLIENTS = 8;
    const statuses: number[] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < count) {
        const fails = failing(next);
        next += 1;
        const response = await ask(`${system.url}/v1/models/${name}/jobs`, {
          method: "POST",
          headers: { "content-type": "application/json", prefer: "wait=60" },
          body: JSON.stringify({ input: { fails } }),
        });
        statuses.push(response.status);
        await response.arrayBuffer();
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, work));
    return statuses;
  }

  const printedOf = async (...words: readonly string[]): Promise<string> => {
    const given = ["endpoints", "compare", ...words, "--url", system.url];
    const { code, out, err } = await cli(given, { SCORELINE_API_KEY: system.key });
    assert.equal(code, 0, err);
    return out;
  };

  it("score what its variants score, and agree where they say the same", async () => {
    const JOBS = 30;
    await client.put("equal", beside(1));
    await send("equal", JOBS, () => 0);
    const seen = await comparedPairs(system.url, "equal", JOBS);
    assert.equal(seen.pairs, JOBS);
    assert.deepEqual(
      [seen.verdict, seen.agreement?.share, seen.failures?.both],
      ["undecided", 1, 0],
    );
    assert.deepEqual([seen.variant, seen.shadow, seen.candidate], ["blue", "next", "versioned@1"]);
    assert.deepEqual(seen.disagreements, []);
    assert.ok(!(await printedOf("equal")).includes("RIGHT"), "nobody has said what is right");
  });

  it("are called worse when they err, and no client hears of it", async () => {
    const JOBS = 150;
    await client.put("errs", beside(2, { compare: { agreement_min: 0 } }));
    const statuses = await send("errs", JOBS, (index) => (index % 3 === 0 ? 2 : 0));
    assert.deepEqual(new Set(statuses), new Set([200]));
    const seen = await comparedPairs(system.url, "errs", JOBS);
    assert.equal(seen.verdict, "worse", seen.reasons.join(" "));
    assert.match(seen.reasons.join(" "), /The candidate failed in 33\.33 % of 150 pairs/);
    assert.deepEqual([seen.failures?.only_candidate, seen.failures?.only_live], [JOBS / 3, 0]);
    const disagreement = seen.disagreements.find(({ difference }) =>
      difference.startsWith("/version"),
    );
    const live = `${system.url}/v1/jobs/${disagreement?.job_id}`;
    assert.equal((await ask(live)).status, 200, "the live job");
    const label = async (version: number): Promise<void> => {
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify({ label: { version } });
      const said = await ask(`${live}/label`, { method: "POST", headers, body });
      assert.equal(said.status, 204);
    };
    const errors = async () => (await readComparisons(system.url, "errs"))[0]?.errors;
    await label(2);
    assert.deepEqual([(await errors())?.only_live, (await errors())?.pairs], [1, 1]);
    for (let i = 0; i < 2; i += 1) await label(1);
    assert.deepEqual([(await errors())?.only_candidate, (await errors())?.pairs], [1, 1]);
    const printed = await printedOf("errs");
    assert.match(printed, /^next \(versioned@2\) beside blue \(versioned@1\): worse\n/);
    assert.match(printed, /^failed +0 % +33\.3 % +33\.3 % .* 150$/m);
    assert.match(printed, /\n\nVARIANT .*\nblue +versioned@1 +100 % +.* to 100 % +1\n$/);
    const { variants } = comparisonListSchema.parse(JSON.parse(await printedOf("errs", "--json")));
    assert.deepEqual([variants[0]?.labels, variants[0]?.accuracy?.share], [1, 1]);
    assert.equal((await client.send("DELETE", "errs/comparisons")).status, 204);
    const [anew] = await readComparisons(system.url, "errs");
    assert.deepEqual([anew?.pairs, anew?.disagreements], [0, []]);
    await send("errs", 1, () => 0);
    await comparedPairs(system.url, "errs", 1);
    await client.send("DELETE", "errs");
    await client.put("errs", beside(2));
    assert.equal(
      (await readComparisons(system.url, "errs"))[0]?.pairs,
      0,
      "as if there had been none",
    );
  });

  it("move traffic step by step by themselves, where it is wanted, and back at once", async () => {
    const compare = { promote: "automatic", steps: [50], pairs_min: 5, agreement_min: 0 };
    await client.put("moves", beside(2, { compare: { ...compare, error_max: 1 } }));
    const shareOfNext = async (): Promise<number | undefined> =>
      (await client.read("moves")).variants.find(({ name }) => name === "next")?.share;
    await until("it has half", async () => {
      await send("moves", 20, () => 0);
      return (await shareOfNext()) === 50;
    });
    const patched = await client.send("PATCH", "moves", { compare: { error_max: 0.01 } });
    assert.ok(patched.ok, await patched.text());
    await until("it has nothing", async () => {
      await send("moves", 20, () => 2);
      return (await shareOfNext()) === 0;
    });
    const { variants } = await client.read("moves");
    assert.deepEqual(
      variants.map(({ name, share }) => [name, share]),
      [
        ["blue", 100],
        ["next", 0],
      ],
    );
    await until("there is an audit line", () =>
      system.roles.some(({ log }) => /"audit":true.*"verdict":"worse"/.test(log)),
    );
  });

  it("are refused where they could not score what their variants do", async () => {
    const put = async (body: object) => refused(client.send("PUT", "bad", body));
    const pointer = "/shadows/0/model";
    const shadow = (more: object) => beside(1, { shadows: [{ name: "next", ...more }] });
    const [missing, other] = [
      await put(shadow({ model: "versioned@9" })),
      await put(shadow({ model: "other@1" })),
    ];
    for (const [status, code, fault] of [missing, other]) {
      assert.deepEqual([status, code], [422, "invalid_input"]);
      assert.equal(Object(fault).pointer, pointer);
    }
    const strange = await put(shadow({ model: "versioned@2", of: ["red"] }));
    assert.equal(strange[0], 422);
    const automatic = await put({ ...beside(2), shadows: [], compare: { promote: "automatic" } });
    assert.equal(automatic[0], 422);
  });
});
