import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { dayLine, daySource } from "../../../../cli/replay/captured-day.ts";
import { IdFactory } from "../../../../shared/id.ts";

const ids = new IdFactory(Buffer.alloc(32));
const madeAt = (time: string): string => ids.create("job", "default", Date.parse(time));
const [first, second, third, hashed, silent] = Array.from({ length: 5 }, () =>
  madeAt("2026-11-28T23:59:59Z"),
);
const later = madeAt("2026-11-30T00:00:00Z");

const row = (id: string | undefined, more: object) => ({ id, attempt: 1, ...more });
const label = (id: string | undefined, time: string, said: unknown) =>
  row(id, { time: `2026-11-${time}Z`, label: said });

const FILES: Readonly<Record<string, readonly (object | string)[]>> = {
  "blue/inputs/2026/11/29/09-a": [
    row(first, { parameters: { top_k: 2 }, input: [1, 2] }),
    row(second, { parameters: null, count: 2, input: [[1], [2]] }),
    row(hashed, { parameters: null, input: "hmac:00", redacted: ["metadata.user", "input"] }),
  ],
  "blue/inputs/2026/11/29/10-b": [
    row(first, { attempt: 2, parameters: { top_k: 2 }, input: [1, 2] }),
    row(third, { parameters: null, input: null, redacted: ["metadata.user"] }),
    '{"id": "job_',
  ],
  "green/inputs/2026/11/29/09-a": [row(later, { parameters: null, input: "green" })],
  "blue/inputs/2026/11/30/00-a": [row(later, { parameters: null, input: "another day" })],
  "blue/predictions/2026/11/29/09-a": [first, second, silent].map((id) => row(id, {})),
  "blue/labels/2026/11/29/10-b": [
    label(first, "29T10:00:02", "later"),
    label(first, "29T10:00:01", "sooner"),
    label(third, "29T10:00:01", null),
  ],
  "blue/labels/2026/11/30/10-a": [
    label(second, "30T10:00:00", ["one", "two"]),
    { ...label(third, "30T10:00:00", "hmac:00"), redacted: ["label"] },
  ],
};

describe("a captured day", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "scoreline-day-"));
    for (const [path, lines] of Object.entries(FILES)) {
      const file = join(folder, "faq", `${path}.ndjson`);
      await mkdir(dirname(file), { recursive: true });
      const texts = lines.map((one) => (typeof one === "string" ? one : JSON.stringify(one)));
      await writeFile(file, `${texts.join("\n")}\n`);
    }
    // As `capture parquet` leaves it beside the lines: the same once more.
    await writeFile(join(folder, "faq/blue/inputs/2026/11/29/09-a.parquet"), "");
  });
  after(async () => rm(folder, { recursive: true }));

  const read = async (variant?: string, day = "2026-11-29") => {
    const counts = { jobs: 0, items: 0, labeled: 0, redacted: 0, withoutInput: 0, unreadable: 0 };
    const source = await daySource({ folder, endpoint: "faq", variant, day }, counts);
    const items = [];
    for await (const some of source.items) items.push(...some);
    const texts = items.map(({ bytes }) => JSON.parse(Buffer.from(bytes).toString()) as unknown);
    return { texts, told: dayLine(counts), place: source.place(2) };
  };

  it("is its inputs, each job once, with the last label that came, and what was skipped", async () => {
    const { texts, told, place } = await read("blue");
    assert.deepEqual(texts, [
      { custom_id: first, input: [1, 2], parameters: { top_k: 2 }, expected: "later" },
      { custom_id: `${second}/0`, input: [1], expected: "one" },
      { custom_id: `${second}/1`, input: [2], expected: "two" },
      { custom_id: third, input: null, expected: null },
    ]);
    assert.equal(
      told,
      "3 captured jobs, 4 inputs, 4 with a label; skipped: 1 whose input was not captured, " +
        "1 whose input was dropped or hashed in part, 1 whose line cannot be read",
    );
    assert.equal(place, `${second} of 2026-11-29`);
  });

  it("is that of all variants, unless one is named", async () => {
    assert.equal((await read()).texts.length, 5);
    assert.deepEqual((await read("green")).texts, [{ custom_id: later, input: "green" }]);
  });

  it("says where there is nothing", async () => {
    await assert.rejects(
      read("blue", "2026-11-27"),
      /nothing that faq's blue captured on 2026-11-27/,
    );
    await assert.rejects(read("red"), /nothing that faq's red captured/);
  });
});
