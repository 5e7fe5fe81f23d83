import { stripTypeScriptTypes } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import { z } from "zod";

// A thread of `stripped.ts`: texts of TypeScript in, of JavaScript out, line by line the same.
const texts = z.array(z.string()).parse(workerData);
// A thread has no origin.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
parentPort?.postMessage(texts.map((text) => stripTypeScriptTypes(text)));
