import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../../support/redis.ts";
import { venvOf } from "../../../support/venv.ts";
import { Connection, type Answer } from "../../load/connection.ts";
import { Jobs } from "../../load/jobs.ts";
import type { Load } from "../../load/load.ts";
import { workloadOf, type WorkloadName } from "../../workloads/workloads.ts";
import type { Arm, ArmKind } from "../arm.ts";
import { PEERS } from "./peer-folder.ts";
import { PeerProcess } from "./peer-process.ts";
import type { Peer } from "./peers.ts";

const READY_MS = 180_000;
const PROBE_MS = 250;

/** An arm whose server is somebody else's. */
export function peerArm(peer: Peer): ArmKind {
  const { name, title, dialect, workloads = ROWS } = peer;
  const start = async (workload: WorkloadName): Promise<Arm> => startPeer(peer, workload);
  return { name, title, dialect, manner: "sync", workloads, start };
}

const ROWS = ["faq", "wine"] as const;

async function startPeer(peer: Peer, workload: WorkloadName): Promise<Arm> {
  const venv = await venvOf(join(PEERS, "requirements", `${peer.name}.txt`));
  const ports = [await freePort(), await freePort(), await freePort()];
  const [port = 0] = ports;
  const processes = new PeerProcess();
  const { folder } = processes;
  try {
    const { model } = workloadOf(workload);
    const command = peer.command({ model, ports: ports.map(String), folder });
    processes.launch(venv, command, folder);
    await untilAnswers(processes, { ...PROBE, port, workload, dialect: peer.dialect });
  } catch (error) {
    await processes[Symbol.asyncDispose]();
    throw error;
  }
  return {
    port,
    tokens: [],
    processes: () => processes.named(peer.titles ?? []),
    [Symbol.asyncDispose]: async () => processes[Symbol.asyncDispose](),
  };
}

const PROBE = { manner: "sync", tokens: [], clients: 1, seed: 1, leadMs: 0, windowMs: 0 } as const;

/** @throws when it ends, or has not answered rightly in time, with what it printed last */
async function untilAnswers(processes: PeerProcess, load: Load): Promise<void> {
  const jobs = new Jobs(load);
  const untilMs = performance.now() + READY_MS;
  let last = "no connection";
  while (performance.now() < untilMs && !processes.hasExited) {
    const answer = await probe(load.port, jobs.first(0, 0));
    if (answer !== undefined && jobs.isRight(0, answer)) return;
    if (answer !== undefined) last = `${answer.status} ${answer.body.slice(0, 300)}`;
    await sleep(PROBE_MS);
  }
  throw new Error(`it does not answer (${last}):\n${processes.log.slice(-3000)}`);
}

async function probe(port: number, request: Buffer): Promise<Answer | undefined> {
  try {
    const connection = await Connection.open(port);
    const { promise, resolve } = Promise.withResolvers<Answer | undefined>();
    connection.ask(request, resolve);
    const answer = await promise;
    connection.close();
    return answer;
  } catch {
    return undefined;
  }
}
