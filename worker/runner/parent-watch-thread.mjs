// The thread of parent-watch.ts. Plain JavaScript: for TypeScript each thread would first load the
// compiler anew, at twice the CPU time of the whole thread.
import { workerData } from "node:worker_threads";

const LOOK_MS = 250;

setInterval(() => {
  if (process.ppid !== workerData.parent) process.kill(process.pid, "SIGKILL");
}, LOOK_MS);
