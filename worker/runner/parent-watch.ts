import { isMainThread, Worker, workerData } from "node:worker_threads";

const LOOK_MS = 250;

/**
 * Ends this process when the one that started it is gone. It looks from a thread of its own: while a
 * model runs, the main thread sees neither the pipe close nor a timer, and a model that hangs would
 * keep a core busy for ever after its worker was killed.
 */
export function endWithParent(): void {
  const watch = new Worker(new URL(import.meta.url), { workerData: { parent: process.ppid } });
  watch.unref();
}

if (!isMainThread && isWatchData(workerData)) {
  const { parent } = workerData;
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
  }, LOOK_MS);
}

function isWatchData(data: unknown): data is { readonly parent: number } {
  return typeof data === "object" && data !== null && "parent" in data;
}
