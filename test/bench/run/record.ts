import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const numbersSchema = z.record(z.string(), z.number());

/** JSON has no infinite number and none that is none: both become null, and are read as none. */
const figuresSchema = z
  .record(z.string(), z.number().nullable())
  .transform((all) =>
    Object.fromEntries(Object.entries(all).map(([name, it]) => [name, it ?? Number.NaN])),
  );

const sampleSchema = z.object({
  figures: figuresSchema,
  cpuMicros: numbersSchema,
  foreignCores: z.number(),
  wrong: z.number(),
  refused: z.number(),
  examples: z.array(z.string()).readonly(),
});

const entrySchema = z.object({
  round: z.int(),
  arm: z.string(),
  workload: z.string(),
  step: z.string(),
  sample: sampleSchema,
});

/** A sample, and where in the run it belongs. */
export type Entry = z.infer<typeof entrySchema>;

const failureSchema = z.object({ arm: z.string(), reason: z.string() });

/** Why an arm could not be measured. */
export type Failure = z.infer<typeof failureSchema>;

const recordSchema = z.object({
  /** Of the code that was measured: samples of two codes do not belong together. */
  code: z.string(),
  machine: z.array(z.string()),
  commands: z.array(z.string()),
  entries: z.array(entrySchema),
  failures: z.array(failureSchema),
});

export type RecordText = z.infer<typeof recordSchema>;

/** What a run has measured so far, kept in a file after every sample, so that it can go on. */
export class RunRecord {
  readonly #path: string;
  readonly #content: RecordText;

  private constructor(path: string, content: RecordText) {
    this.#path = path;
    this.#content = content;
  }

  /**
   * Goes on with what is in the folder, or begins there.
   *
   * @param head of a record that begins @throws when the folder has samples of other code
   */
  static open(folder: string, head: Omit<RecordText, "entries" | "failures">): RunRecord {
    mkdirSync(folder, { recursive: true });
    const path = join(folder, "samples.json");
    if (!existsSync(path)) return new RunRecord(path, { ...head, entries: [], failures: [] });
    const content = recordSchema.parse(JSON.parse(readFileSync(path, "utf8")));
    if (content.code !== head.code) {
      throw new Error(`${folder} has samples of other code: name another --out, or add --fresh`);
    }
    content.commands.push(...head.commands.filter((it) => it !== content.commands.at(-1)));
    return new RunRecord(path, content);
  }

  get content(): RecordText {
    return this.#content;
  }

  has({ round, arm, workload, step }: Omit<Entry, "sample">): boolean {
    return this.#content.entries.some(
      (it) => it.round === round && it.arm === arm && it.workload === workload && it.step === step,
    );
  }

  add(entry: Entry): void {
    this.#content.entries.push(entry);
    this.#save();
  }

  /** An arm that failed before may have been mended since: what it failed with last is told. */
  fail(failure: Failure): void {
    this.forgive(failure.arm);
    this.#content.failures.push(failure);
    this.#save();
  }

  forgive(arm: string): void {
    const { failures } = this.#content;
    failures.splice(0, failures.length, ...failures.filter((it) => it.arm !== arm));
  }

  #save(): void {
    const part = `${this.#path}.part`;
    writeFileSync(part, JSON.stringify(this.#content, null, 1));
    renameSync(part, this.#path);
  }
}
