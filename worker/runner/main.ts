import { endWithParent } from "./parent-watch.ts";

// It lives as long as its worker: signals meant for the worker's group are none of its business.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});
endWithParent();
const { serveWorker } = await import("./serve-worker.ts");
serveWorker(process.argv.slice(2));
