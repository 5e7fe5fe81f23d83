import { registerHooks } from "node:module";

/**
 * Imported before a role's own code, as `slow-code.ts` says: a file of a package takes its time to load,
 * as on a busy machine that has compiled nothing yet. Nothing else of the process goes on meanwhile.
 */
const { SLOW_PACKAGE: name = "", SLOW_MS: ms } = process.env;
let isLoaded = false;

registerHooks({
  load(url, context, nextLoad) {
    if (!isLoaded && url.includes(`/node_modules/${name}/`)) {
      isLoaded = true;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(ms));
    }
    return nextLoad(url, context);
  },
});
