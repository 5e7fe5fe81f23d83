import { workloadNames } from "./workloads/workloads.ts";

const USUAL = {
  arms: "ours,ours-async,ours-keys,ours-tenants,ours-varied,direct",
  models: "faq,wine",
  clients: "1,16,64,256",
  rates: "",
  queued: "",
  depths: "",
  bulk: "",
  rounds: "5",
  seconds: "4",
  "warm-up": "15",
  tries: "3",
};

/** What options are where none is given, by their names. */
export type Preset = Readonly<Record<keyof typeof USUAL, string>>;

/** Everything that there is, for hours. */
const FULL = {
  arms: `${USUAL.arms},fastapi,litserve,bentoml,ray-serve,mlserver,raw,bound`,
  models: workloadNames.join(","),
  rates: "250,500,1000,2000,4000,8000",
  queued: "1,64",
  depths: "1000,1000000",
  bulk: "200000",
};

/** To see that it works. */
const QUICK = {
  arms: "ours,ours-async,ours-varied,direct",
  clients: "8",
  queued: "8",
  rounds: "1",
  seconds: "0.3",
  "warm-up": "0.1",
  tries: "1",
};

export interface PresetChoice {
  readonly isQuick: boolean;
  readonly isFull: boolean;
  /** Whether another checkout is compared: then the two alone, unless others are named. */
  readonly isAgainst: boolean;
}

export function presetOf({ isQuick, isFull, isAgainst }: PresetChoice): Preset {
  return {
    ...USUAL,
    ...(isFull ? FULL : {}),
    ...(isQuick ? QUICK : {}),
    ...(isAgainst ? { arms: "ours,against" } : {}),
  };
}
