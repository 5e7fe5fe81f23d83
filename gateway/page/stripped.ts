import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { z } from "zod";
import { CODE } from "../../shared/installed.ts";

/**
 * TypeScript as browsers take it: without its types, by what Node itself runs our code with, so that the
 * page needs no build. In a thread of its own, which takes the half second of the first who asks, and
 * alone has the warning off that Node gives of this.
 *
 * @param texts of modules with erasable types @throws when one of them is not TypeScript
 */
export async function stripped(texts: readonly string[]): Promise<readonly string[]> {
  const worker = new Worker(new URL(`./strip-worker${CODE}`, import.meta.url), {
    workerData: texts,
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
  const [made]: unknown[] = await once(worker, "message");
  return z.array(z.string()).length(texts.length).parse(made);
}
