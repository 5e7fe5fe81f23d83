import type { Redis } from "ioredis";
import { laneName, type Lane } from "../../shared/lane.ts";
import { atTime } from "../../shared/redis/script.ts";
import { lanes, originOf } from "./model-pack.ts";
import { PackModel } from "./pack-model.ts";
import { sendingBy, type Command } from "./sending.ts";

/** What those who walk share: Redis, the model of what it should hold, and time. */
export class Ground {
  readonly model: PackModel;
  /** By name and index. */
  readonly payloads = new Map<string, Buffer>();
  /** Waiting shifts of each lane. */
  readonly shifts = new Map<string, number>();
  readonly raw: Redis;
  /** At the time of the walk; while `isTwice`, what is sent through it is sent twice. */
  readonly redis: Redis;
  isTwice = false;
  /** What was sent last. */
  last: Command = [""];
  nowMs = 1_000_000;

  constructor(redis: Redis, leaseMs: number) {
    this.model = new PackModel(leaseMs);
    this.raw = redis;
    const sending = sendingBy(redis, async (command, once) => {
      this.last = command;
      if (this.isTwice) await once();
      return once();
    });
    this.redis = atTime(sending, () => this.nowMs);
  }

  payloadOf(name: string, index: number): Buffer | undefined {
    return this.payloads.get(originOf(name, index));
  }

  /** A shift that a lost reply asked for is added by the courier. */
  mendShifts(): void {
    for (const lane of lanes) {
      const name = laneName(lane);
      const isMissing = this.model.readyOf(name).length > 0 && (this.shifts.get(name) ?? 0) === 0;
      if (isMissing) this.shifts.set(name, 1);
    }
  }

  recorder() {
    return { add: async (lane: Lane): Promise<void> => this.arm(lane) };
  }

  async arm(lane: Lane): Promise<void> {
    const name = laneName(lane);
    this.shifts.set(name, (this.shifts.get(name) ?? 0) + 1);
  }
}
