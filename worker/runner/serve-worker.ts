import { Socket } from "node:net";
import { keepCompiled } from "../../shared/compile-cache.ts";
import { messageOf } from "../../shared/message-of.ts";
import type { FromRunner, ToRunner } from "./messages.ts";
import { proveProvider } from "./prove-provider.ts";
import { runBatch } from "./run-batch.ts";
import { runBlock } from "./run-block.ts";
import { Sessions } from "./sessions.ts";
import { Wire, type Frame } from "./wire.ts";

/** The file descriptor of a runner's end. */
const WORKER_PIPE = 3;

/** Owns ONNX sessions, and answers one message at a time until its worker closes the pipe. */
export function serveWorker(): void {
  const sessions = new Sessions();
  const pipe = new Socket({ fd: WORKER_PIPE });
  const wire = new Wire<ToRunner, FromRunner>(
    pipe,
    (frame) => {
      void answer(frame, sessions, wire);
    },
    () => process.exit(1),
  );
  pipe.on("close", () => process.exit(0));
  pipe.on("error", () => process.exit(0));
}

/** A rejection here is a fault of ours: the process ends, and the worker treats it as a crash. */
async function answer(
  { head, parts }: Frame<ToRunner>,
  sessions: Sessions,
  wire: Wire<ToRunner, FromRunner>,
): Promise<void> {
  // Written before anything can block this thread: the worker's clock for it begins here.
  wire.send({ v: 1, type: "begun" });
  switch (head.type) {
    case "load": {
      sessions.budget = head.memoryBytes ?? Infinity;
      wire.send(await sessions.load(head.folder, head.edition, head.provider));
      keepCompiled(); // it will be killed
      return;
    }
    case "prove": {
      const reason = await proveProvider(head.provider).then(() => undefined, messageOf);
      wire.send({ v: 1, type: "proved", reason });
      return;
    }
    case "unload": {
      await sessions.unload(head.folder);
      wire.send({ v: 1, type: "unloaded" });
      return;
    }
    case "run": {
      const { outputs, ...told } = await runBatch(
        await sessions.get(head.folder),
        parts,
        head.parameters,
      );
      wire.send({ v: 1, type: "ran", ...told }, outputs);
      return;
    }
    case "run_block": {
      const model = await sessions.get(head.folder);
      const block = { ...head, rows: parts[0] ?? Buffer.alloc(0) };
      const { outputs, ...told } = await runBlock(model, block, () => {
        wire.send({ v: 1, type: "begun" });
      });
      wire.send({ v: 1, type: "ran_block", ...told }, [outputs]);
      return;
    }
  }
}
