import { Socket } from "node:net";
import { keepCompiled } from "../../shared/compile-cache.ts";
import { setHeapGrowth } from "../../shared/heap-growth.ts";
import { messageOf } from "../../shared/message-of.ts";
import { takeHeadStart } from "./head-start.ts";
import type { FromRunner, Numbered, ToRunner } from "./messages.ts";
import { Probes } from "./probe.ts";
import type { ProbeRun } from "./probe-run.ts";
import { proveProvider } from "./prove-provider.ts";
import { runBatch } from "./run-batch.ts";
import { runBlock } from "./run-block.ts";
import { Sessions, type LoadedModel } from "./sessions.ts";
import { Wire, type Frame } from "./wire.ts";

/** The file descriptor of a runner's end. */
const WORKER_PIPE = 3;

/** Says something of the message that is answered. */
type Tell = (told: FromRunner, parts?: readonly Buffer[]) => void;

/**
 * Owns ONNX sessions, and answers messages until its worker closes the pipe.
 *
 * @param given what to load before the first message: see `takeHeadStart`
 */
export function serveWorker(given: readonly string[]): void {
  const sessions = new Sessions();
  let isAsked = false;
  const started = takeHeadStart(sessions, given, () => isAsked);
  const probes = new Probes();
  const pipe = new Socket({ fd: WORKER_PIPE });
  const wire = new Wire<ToRunner & Numbered, FromRunner & Numbered>(
    pipe,
    (frame) => {
      isAsked = true;
      const { ask } = frame.head;
      const tell: Tell = (told, parts) => wire.send({ ...told, ask }, parts);
      void started.then(async () => answer(frame, { sessions, probes }, tell));
    },
    () => process.exit(1),
  );
  pipe.on("close", () => process.exit(0));
  pipe.on("error", () => process.exit(0));
}

/** A rejection here is a fault of ours: the process ends, and the worker treats it as a crash. */
async function answer(
  { head, parts }: Frame<ToRunner>,
  { sessions, probes }: { readonly sessions: Sessions; readonly probes: Probes },
  tell: Tell,
): Promise<void> {
  const begun = (): void => tell({ v: 1, type: "begun" });
  // Written before anything can block this thread: the worker's clock for it begins here.
  begun();
  switch (head.type) {
    case "load": {
      setHeapGrowth("usual");
      await probes.release();
      sessions.budget = head.memoryBytes ?? Infinity;
      tell(await sessions.load(head.folder, head.edition, head.provider));
      keepCompiled(); // it will be killed
      setHeapGrowth("grown");
      return;
    }
    case "prove": {
      const reason = await proveProvider(head.provider).then(() => undefined, messageOf);
      tell({ v: 1, type: "proved", reason });
      return;
    }
    case "probe": {
      tell(await probed(head.path, head.run, probes));
      return;
    }
    case "unload": {
      await sessions.unload(head.folder);
      tell({ v: 1, type: "unloaded" });
      return;
    }
    case "run": {
      const { outputs, ...told } = await runBatch(
        telling(await sessions.get(head.folder), begun),
        parts,
        head.parameters,
      );
      tell({ v: 1, type: "ran", ...told }, outputs);
      return;
    }
    case "run_block": {
      const model = telling(await sessions.get(head.folder), begun);
      const block = { ...head, rows: parts[0] ?? Buffer.alloc(0) };
      const { outputs, ...told } = await runBlock(model, block, begun);
      tell({ v: 1, type: "ran_block", ...told }, [outputs]);
      return;
    }
  }
}

/** The model, which says as well when it begins a run after it had to wait for the GPU. */
function telling(model: LoadedModel, begun: () => void): LoadedModel {
  return {
    ...model,
    run: async (inputs, onBegun) =>
      model.run(inputs, () => {
        begun();
        onBegun?.();
      }),
  };
}

async function probed(path: string, run: ProbeRun, probes: Probes): Promise<FromRunner> {
  const about = { v: 1, type: "probed" } as const;
  try {
    const { outputs = [], reason } = await probes.probe(path, run);
    return { ...about, isLoaded: true, outputs, reason };
  } catch (error) {
    return { ...about, isLoaded: false, outputs: [], reason: messageOf(error) };
  }
}
