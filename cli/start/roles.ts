import { spawn } from "node:child_process";
import { join } from "node:path";
import { COMPILE_CACHE } from "../../shared/compile-cache.ts";
import { CODE, CODE_ROOT } from "../../shared/installed.ts";
import { untilSaysReady, type ProcessSpec } from "./supervised-process.ts";

const READY_MS = 300_000;
const GRACE_MS = 30_000;

interface Role {
  readonly name: string;
  readonly nodeOptions?: readonly string[];
  readonly main: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Also for other ways to run a gateway; `k8s/` has it as `NODE_OPTIONS`. */
export const GATEWAY_NODE_OPTIONS = "--max-semi-space-size=8";

/** Threads of a courier; `k8s/` has it as well. */
export const COURIER_THREADS = "128";

/** In the order they are stopped: intake closes first, then the work, then what heals it. */
const ROLES: readonly Role[] = [
  {
    name: "gateway",
    // Room for the garbage of a burst: with 4 MB a fifth of the gateway's time went into collecting
    // it (measured with npm run bench: 0.85 of the CPU, 0.8 of the p99 with 16). With 16, an upload
    // of a batch makes it grow by 210 MB, with 8 by 95 (test/bench/bulk.ts).
    nodeOptions: [GATEWAY_NODE_OPTIONS],
    main: "gateway/main",
  },
  {
    name: "worker",
    main: "worker/main",
    environment: { WORKER_ROLE: "score" },
  },
  {
    name: "courier",
    main: "worker/main",
    // A look-up of a name blocks a thread while its name server is silent. With Node's four threads,
    // four receivers of webhooks with such names would keep it from calling all others.
    // The one port that the environment can name is the worker's.
    environment: { WORKER_ROLE: "courier", UV_THREADPOOL_SIZE: COURIER_THREADS, HEALTH_PORT: "" },
  },
];

/**
 * The three roles as children of the launcher. Detached, so that a terminal's Ctrl-C reaches the
 * launcher alone, which then stops them in order.
 *
 * @param root where they work: what is relative in their settings is there
 * @param environment what every role gets
 */
export function roleSpecs(root: string, environment: NodeJS.ProcessEnv): readonly ProcessSpec[] {
  return ROLES.map(({ name, nodeOptions = [], main, environment: own }) => ({
    name,
    launch: () =>
      spawn(process.execPath, [...nodeOptions, join(CODE_ROOT, `${main}${CODE}`)], {
        cwd: root,
        detached: true,
        stdio: ["ignore", "pipe", "pipe", "ipc"],
        env: { ...COMPILE_CACHE, ...environment, ...own },
      }),
    untilReady: untilSaysReady,
    readyMs: READY_MS,
    graceMs: GRACE_MS,
  }));
}
