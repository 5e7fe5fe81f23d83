import { parentPort } from "node:worker_threads";
import { messageOf } from "../../shared/message-of.ts";
import type { FromDevice, ToDevice } from "./device-messages.ts";
import { openGraph, type Graph } from "./graph.ts";
import type { ExecutionProvider } from "./messages.ts";
import { proveProvider } from "./prove-provider.ts";

interface Opened {
  readonly graph: Graph;
  readonly provider: ExecutionProvider;
}

const opened = new Map<number, Opened>();
let turn = Promise.resolve();

/** One after the other: what is told to have begun has. */
parentPort?.on("message", (asked: ToDevice) => {
  turn = inTurn(turn, asked);
});

async function inTurn(before: Promise<void>, asked: ToDevice): Promise<void> {
  await before;
  const { ask } = asked;
  tell({ ask, type: "begun" });
  try {
    tell(await answer(asked));
  } catch (error) {
    // Of what cannot be opened the worker is told why, before it ends this runner.
    const isGone = asked.type === "open" && (await isDeviceGone(asked.file.provider));
    tell({ ask, type: "failed", reason: messageOf(error), isGone });
  }
}

function tell(message: FromDevice): void {
  // That of a window: a thread has no origin.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage(message);
}

async function answer(asked: ToDevice): Promise<FromDevice> {
  const { ask, graph: number } = asked;
  if (asked.type === "open") {
    const graph = await openGraph(asked.file);
    opened.set(number, { graph, provider: asked.file.provider });
    return { ask, type: "opened", placement: graph.placement };
  }
  const own = opened.get(number);
  if (own === undefined) throw new Error("the graph is not open");
  if (asked.type === "run") {
    const outputs = await own.graph.run(asked.inputs).catch(async (error: unknown) => {
      await proveOrEnd(own.provider);
      throw error;
    });
    return { ask, type: "ran", outputs };
  }
  opened.delete(number);
  await own.graph.release();
  return { ask, type: "released" };
}

/** A process that did not get its device does not get it later either. */
async function isDeviceGone(provider: ExecutionProvider): Promise<boolean> {
  return proveProvider(provider).then(
    () => false,
    () => true,
  );
}

/**
 * A device that is lost fails every run from then on, and the process cannot get it back. So after a
 * failed run the device is tried, and without it the thread ends, and the runner with it: the next one
 * gets it anew, or says at loading that it is gone.
 */
async function proveOrEnd(provider: ExecutionProvider): Promise<void> {
  await proveProvider(provider).catch((reason: unknown) => {
    process.stderr.write(`the device is gone: ${messageOf(reason)}\n`);
    process.exit(1);
  });
}
