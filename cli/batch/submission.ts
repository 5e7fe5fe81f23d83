import { randomUUID } from "node:crypto";
import { commandText, exitCodeOf, printBatch } from "./print-batch.ts";
import { CommandError, UsageError, type Arguments, type Shell } from "../terminal/command.ts";
import { LiveLine } from "../terminal/live-line.ts";
import { Gateway, isPassing } from "../http/gateway.ts";
import { batchPath, batchSchema, type Batch } from "./batch.ts";
import { follow } from "./follow.ts";
import { LineSink } from "./line-sink.ts";
import { uploadText } from "./progress-text.ts";
import { formOf } from "./result-pages.ts";
import { ResultsReader } from "./results.ts";
import { askFor } from "./retrying.ts";
import { openSource } from "./source.ts";
import { type Source } from "./sent-item.ts";
import { upload } from "./upload.ts";
import { membersOf } from "./options.ts";

/** While a batch is made nothing is lost yet: who waits for it wants to know soon. */
const CREATE_TRIES = 3;

/** How another command has something scored. */
export interface Submitted {
  /** Instead of the file that is named; it cannot be opened again, so an upload that breaks is given up. */
  readonly source?: Source;
  /** Called with the batch before anything is sent; what it throws ends the run. */
  readonly onMade?: (batch: Batch) => Promise<void>;
}

/**
 * One run of `batch submit`:
 *
 *     open the source → make the batch, or find it → upload → close → follow, when it is waited for
 *
 * From the second step on, whatever ends it early says the command that goes on.
 */
export class Submission {
  readonly #given: Arguments;
  readonly #shell: Shell;
  readonly #gateway: Gateway;
  readonly #line: LiveLine;

  constructor(given: Arguments, shell: Shell, signal: AbortSignal) {
    this.#given = given;
    this.#shell = shell;
    this.#gateway = new Gateway(given, shell, signal);
    this.#line = new LiveLine(shell.notes);
  }

  /** @returns the exit code @throws {CommandError} saying how to go on */
  async run(): Promise<number> {
    const { batch, isWaiting } = await this.submit();
    printBatch(batch, this.#given, this.#shell);
    return isWaiting ? exitCodeOf(batch) : 0;
  }

  /** @returns the batch as it is then @throws {CommandError} saying how to go on */
  async submit({ source: given, onMade }: Submitted = {}): Promise<{
    readonly batch: Batch;
    readonly isWaiting: boolean;
  }> {
    const { words, flags } = this.#given;
    const areInputs = flags["inputs"] === true;
    const source = given ?? (await openSource(words[0] ?? "", { areInputs }, this.#shell));
    // Before anything is made or sent: a fault of the file is known at once.
    const { out } = flags;
    const sink = typeof out === "string" ? await LineSink.toFile(out) : undefined;
    const made = await this.#find(source);
    const results = sink && this.#resultsOf(made, sink);
    let batch = made;
    try {
      await results?.probe();
      await onMade?.(made);
      if (made.status === "validating") batch = await this.#send(source, made);
      const isWaiting = flags["wait"] === true || sink !== undefined;
      const shown = isWaiting ? await this.#follow(batch, sink, results) : batch;
      this.#line.clear();
      return { batch: shown, isWaiting };
    } catch (error) {
      this.#line.clear();
      if (!(error instanceof CommandError)) throw error;
      const isOnce = given !== undefined;
      const isOver = await this.#isGivenUp(error, batch, isOnce);
      throw isOver || isOnce ? error : this.#resumable(error, batch);
    }
  }

  async #find({ head }: Source): Promise<Batch> {
    const { resume } = this.#given.flags;
    if (typeof resume === "string") {
      return this.#gateway.json({ path: batchPath(resume) }, batchSchema);
    }
    const wanted = { ...head, ...membersOf(this.#given) };
    if (!("model" in wanted)) throw new UsageError("--model NAME is missing");
    const request = {
      path: "/v1/batches",
      method: "POST",
      headers: { "idempotency-key": randomUUID() },
      body: JSON.stringify(wanted),
    };
    return askFor(this.#gateway, request, CREATE_TRIES);
  }

  async #send(source: Source, batch: Batch): Promise<Batch> {
    const { id, received: itemsBefore } = batch;
    this.#line.say(itemsBefore === 0 ? `${id} is made` : `${id} has ${itemsBefore} items already`);
    const startMs = performance.now();
    await upload(source, batch, {
      gateway: this.#gateway,
      isLenient: this.#given.flags["lenient"] === true,
      onProgress: (items, bytes) =>
        this.#line.show(() => {
          const elapsedMs = performance.now() - startMs;
          return uploadText({ items, bytes, total: source.size, itemsBefore, elapsedMs });
        }),
    });
    return askFor(this.#gateway, { path: batchPath(id, "/close"), method: "POST" });
  }

  #resultsOf({ id }: Batch, sink: LineSink): ResultsReader {
    const form = formOf(this.#given.flags["out"]);
    const wanted = { id, order: "index", status: undefined, form };
    return new ResultsReader(wanted, { gateway: this.#gateway, sink });
  }

  async #follow({ id }: Batch, sink?: LineSink, results?: ResultsReader): Promise<Batch> {
    const following = { gateway: this.#gateway, line: this.#line };
    if (sink === undefined || results === undefined) return follow(id, following);
    await sink.begin();
    const last = await follow(id, { ...following, results });
    await sink.close();
    const { total } = last.counts;
    if (results.count === total) return last;
    const { out } = this.#given.flags;
    throw new CommandError(`${String(out)} has ${results.count} results, the batch ${total} items`);
  }

  /**
   * Cancels the batch of this run when there is nothing in it to go on from: an open one would count
   * against the tenant's for its whole window.
   *
   * @param isOnce nobody can go on from any batch of this run
   */
  async #isGivenUp(error: CommandError, { id }: Batch, isOnce: boolean): Promise<boolean> {
    const isOthers = this.#given.flags["resume"] !== undefined;
    if (isOthers || this.#gateway.signal.aborted || (isPassing(error) && !isOnce)) return false;
    try {
      const { status, received } = await this.#gateway.json({ path: batchPath(id) }, batchSchema);
      if (status !== "validating" || (received > 0 && !isOnce)) return false;
      await this.#gateway.send({ path: batchPath(id, "/cancel"), method: "POST" });
    } catch (fault) {
      if (fault instanceof CommandError) return false;
      throw fault;
    }
    this.#line.say(`${id} is canceled: it ${isOnce ? "is not whole" : "has no items"}`);
    return true;
  }

  /** The same, and how to go on. @param batch as it was last seen */
  #resumable({ message, cause }: CommandError, batch: Batch): CommandError {
    const how =
      batch.status === "validating"
        ? "To go on from there:"
        : "The batch itself goes on. To wait for its end:";
    return new CommandError(`${message}\n${how}\n  ${this.#resumeCommand(batch.id)}`, { cause });
  }

  #resumeCommand(id: string): string {
    const { words, flags } = this.#given;
    const kept = ["wait", "inputs", "lenient", "json"].filter((name) => flags[name] === true);
    const { out } = flags;
    return commandText(
      [
        "batch",
        "submit",
        words[0] ?? "",
        "--resume",
        id,
        ...kept.map((name) => `--${name}`),
        ...(typeof out === "string" ? ["--out", out] : []),
      ],
      this.#given,
    );
  }
}
