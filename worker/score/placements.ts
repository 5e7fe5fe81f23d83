import type { Device, RunsOn } from "../../shared/device.ts";
import type { Heartbeat } from "../../shared/lane/workers.ts";
import type { Logger } from "../../shared/log.ts";
import type { SessionLoad } from "./load-recorder.ts";
import type { RunnerRecorder } from "./slots.ts";

const ON_GPU = "model is on the GPU";
const PARTLY = "model is only in part on the GPU: less of its nodes than GPU_NODES_SHARE_MIN";
const ON_CPU = "model is on the CPU: the GPU has none of its nodes (GPU_NODES_SHARE_MIN)";

export interface PlacementsOptions {
  readonly devices: readonly Device[];
  /** A session with a smaller share of its nodes on the GPU than this is warned of; 0 to 1. */
  readonly shareMin: number;
  readonly logger: Logger;
}

/**
 * What the sessions of each version run on, as last loaded. A GPU without a kernel for a node leaves
 * it to the CPU, with a copy there and back: a version of which much stays there is better off on the
 * CPU, and nobody would know.
 */
export class Placements {
  readonly #options: PlacementsOptions;
  readonly #byModel = new Map<string, RunsOn>();

  constructor(options: PlacementsOptions) {
    this.#options = options;
  }

  /** What the heartbeat tells of the versions that are served. */
  tell(versions: Heartbeat["versions"]): Omit<Heartbeat, "v" | "at_ms"> {
    const served = [...this.#byModel].filter(([model]) => model in versions);
    const devices = [...this.#options.devices];
    return { versions, devices, runs_on: Object.fromEntries(served) };
  }

  /** A recorder that tells here first, of loads. */
  before(recorder: RunnerRecorder): RunnerRecorder {
    return {
      sessionLoaded: (model, load) => {
        this.note(model, load);
        recorder.sessionLoaded(model, load);
      },
      sessionLoadFailed: (model) => recorder.sessionLoadFailed(model),
      runnerReplaced: (reason) => recorder.runnerReplaced(reason),
    };
  }

  /** Says in the log where a version runs, when that is news. */
  note(model: string, { placement, wanted }: SessionLoad): void {
    const { provider, nodes } = placement;
    const device = this.#deviceOf(wanted);
    const before = this.#byModel.get(model);
    const now: RunsOn = {
      provider,
      ...(provider === "cpu" || device === undefined ? {} : { device }),
      ...(nodes === undefined ? {} : { nodes }),
    };
    this.#byModel.set(model, now);
    if (nodes === undefined || isSame(before, now)) return;
    const { logger, shareMin } = this.#options;
    const facts = { model, provider: wanted.name, device, nodes: nodes.placed, of: nodes.all };
    const isEnough = nodes.placed >= nodes.all * shareMin;
    if (isEnough) logger.info(facts, nodes.placed > 0 ? ON_GPU : ON_CPU);
    else logger.warn({ ...facts, shareMin }, nodes.placed > 0 ? PARTLY : ON_CPU);
  }

  #deviceOf(wanted: SessionLoad["wanted"]): string | undefined {
    const number = "deviceId" in wanted ? wanted.deviceId : undefined;
    return this.#options.devices.find(
      (device) => device.provider === wanted.name && device.number === number,
    )?.name;
  }
}

function isSame(one: RunsOn | undefined, other: RunsOn): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
