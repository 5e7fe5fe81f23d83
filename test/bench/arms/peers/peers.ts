import { readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DialectName } from "../../load/dialects.ts";
import type { WorkloadName } from "../../workloads/workloads.ts";
import { PEERS } from "./peer-folder.ts";

/** How a peer is started. */
export interface PeerCommand {
  /** In the virtual environment. */
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface PeerPlace {
  readonly model: string;
  /** Of this the first is the one that is asked. */
  readonly ports: readonly string[];
  /** A folder of its own for whatever it keeps. */
  readonly folder: string;
}

export interface Peer {
  readonly name: string;
  readonly title: string;
  readonly dialect: DialectName;
  command(place: PeerPlace): PeerCommand;
  /** What it can be asked; an FAQ and wines by default. */
  readonly workloads?: readonly WorkloadName[];
  /** What its processes are called in the report, by their command lines. */
  readonly titles?: readonly (readonly [RegExp, string])[];
}

/** Other ways of serving the model, each as its documentation advises for throughput. */
export const peers: readonly Peer[] = [
  {
    name: "fastapi",
    title: "FastAPI, two uvicorn processes, `async def`, no batching",
    dialect: "scoreline",
    workloads: ["faq", "wine", "photos"],
    command: ({ model, ports: [port = ""] }) => {
      const app = model === "image-classification" ? "fastapi_photos_app" : "fastapi_app";
      const place = `--host 127.0.0.1 --port ${port}`;
      const args = `${app}:app ${place} --workers 2 --log-level warning`.split(" ");
      return { program: "uvicorn", args, env: { MODEL: model } };
    },
  },
  {
    name: "litserve",
    title: "LitServe, two workers, dynamic batching, fast queue",
    dialect: "scoreline",
    command: ({ model, ports: [port = ""] }) => ({
      program: "python",
      args: [join(PEERS, "litserve_app.py")],
      env: { MODEL: model, PORT: port },
    }),
  },
  {
    name: "bentoml",
    title: "BentoML, two workers, adaptive batching",
    dialect: "list",
    command: ({ model, ports: [port = ""], folder }) => ({
      program: "bentoml",
      args: `serve bentoml_app:Score --host 127.0.0.1 --port ${port}`.split(" "),
      env: { MODEL: model, BENTOML_HOME: folder, BENTOML_DO_NOT_TRACK: "True" },
    }),
  },
  {
    name: "ray-serve",
    title: "Ray Serve behind HAProxy, throughput-optimized, two replicas, batching",
    dialect: "scoreline",
    command: rayServe,
    titles: [
      [/haproxy/i, "haproxy"],
      [/ServeReplica/, "replica"],
      [/ProxyActor|HAProxyManager|Controller/, "control"],
      [/raylet|gcs_server|log_monitor|dashboard|runtime_env/, "ray"],
    ],
  },
  {
    name: "mlserver",
    title: "MLServer, custom runtime, two inference workers, adaptive batching",
    dialect: "v2",
    command: mlServer,
  },
];

function rayServe({ model, ports: [port = "", metrics = "", stats = ""], folder }: PeerPlace) {
  const haproxy = {
    RAY_SERVE_ENABLE_HA_PROXY: "1",
    RAY_SERVE_THROUGHPUT_OPTIMIZED: "1",
    RAY_SERVE_HAPROXY_METRICS_PORT: metrics,
    RAY_SERVE_HAPROXY_STATS_PORT: stats,
    RAY_SERVE_HAPROXY_CONFIG_FILE_LOC: join(folder, "haproxy.cfg"),
    RAY_SERVE_HAPROXY_SOCKET_PATH: join(folder, "admin.sock"),
    RAY_SERVE_HAPROXY_SERVER_STATE_BASE: folder,
    RAY_SERVE_HAPROXY_SERVER_STATE_FILE: join(folder, "server-state"),
  };
  const env = { MODEL: model, PORT: port, RAY_FOLDER: folder, RAY_USAGE_STATS_ENABLED: "0" };
  const args = [join(PEERS, "ray_serve_app.py")];
  return { program: "python", args, env: { ...env, ...haproxy } };
}

/** It reads its settings from a folder, in which its runtime's code must be as well. */
function mlServer({ model, ports: [port, grpc, metrics], folder }: PeerPlace): PeerCommand {
  const write = (file: string, content: object): void =>
    writeFileSync(join(folder, file), JSON.stringify(content));
  write("settings.json", {
    host: "127.0.0.1",
    http_port: Number(port),
    grpc_port: Number(grpc),
    metrics_port: Number(metrics),
    parallel_workers: 2,
    debug: false,
  });
  write("model-settings.json", {
    name: model,
    implementation: "mlserver_app.Score",
    max_batch_size: 32,
    max_batch_time: 0.001,
  });
  for (const file of readdirSync(PEERS).filter((it) => it.endsWith(".py"))) {
    symlinkSync(join(PEERS, file), join(folder, file));
  }
  return { program: "mlserver", args: ["start", folder], env: { MODEL: model } };
}
