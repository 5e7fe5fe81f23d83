import { freePort } from "../../support/redis.ts";
import { Role } from "../../support/system.ts";
import { workloadOf } from "../workloads/workloads.ts";
import type { ArmKind } from "./arm.ts";

/** One process that answers HTTP and runs the model itself. */
export const direct: ArmKind = {
  name: "direct",
  title: "Hono and ONNX Runtime in one process, no queue",
  manner: "sync",
  dialect: "scoreline",
  start: async (workload) => {
    const port = await freePort();
    const { model } = workloadOf(workload);
    const env = { PORT: String(port), MODEL: model, ORT_DISABLE_TELEMETRY: "1" };
    const role = new Role("direct", "test/bench/arms/direct-server.ts", env);
    await role.ready();
    return {
      port,
      tokens: [],
      processes: () => ({ server: [role.pid] }),
      [Symbol.asyncDispose]: async () => void (await role.end("SIGKILL")),
    };
  },
};
