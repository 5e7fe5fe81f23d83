import type { CaptureState } from "../../shared/capture/captures.ts";
import type { PendingDeliveries } from "../../shared/webhook/deliveries.ts";
import { verdicts } from "../../shared/endpoint/verdict/verdict.ts";
import { ProcessMetrics, type MetricTable } from "../../shared/metrics.ts";
import type { ShadowVerdict } from "./verdicts.ts";

/** What a courier tells beside `commonMetrics`. */
export const courierMetrics = {
  healed: {
    type: "counter",
    name: "scoreline_janitor_healed_total",
    help: "What the janitor repaired, by kind.",
    labels: ["kind"],
  },
  roundDuration: {
    type: "histogram",
    name: "scoreline_janitor_round_duration_seconds",
    help: "Rounds of the janitor: sweep (everything), due (deadlines), lease (workers that died).",
    labels: ["round"],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  dutyFailures: {
    type: "counter",
    name: "scoreline_janitor_duty_failures_total",
    help: "Duties of the janitor's rounds that failed; the next round tries again.",
    labels: ["round"],
  },
  shadows: {
    type: "counter",
    name: "scoreline_shadow_ends_total",
    help: "Shadows that ended: counted as a pair, or why not.",
    labels: ["endpoint", "variant", "shadow", "outcome"],
  },
  verdicts: {
    type: "gauge",
    name: "scoreline_shadow_verdict",
    help: "1 for what the verdict on a shadow is, 0 for what it is not. Read from Redis: take max().",
    labels: ["endpoint", "variant", "shadow", "verdict"],
  },
  promotions: {
    type: "counter",
    name: "scoreline_promotions_total",
    help: "Changes of an endpoint's traffic by a verdict on its shadow.",
    labels: ["endpoint", "verdict"],
  },
  deliveries: {
    type: "counter",
    name: "scoreline_deliveries_total",
    help: "Attempts to deliver a webhook message, by type of event and outcome.",
    labels: ["event", "outcome"],
  },
  deliveryDuration: {
    type: "histogram",
    name: "scoreline_delivery_duration_seconds",
    help: "An attempt to deliver, from its start to the receiver's answer or the end of patience.",
    labels: ["outcome"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30],
  },
  deliveryTargets: {
    type: "gauge",
    name: "scoreline_delivery_targets",
    help: "Receivers with deliveries pending. Read from Redis: take max().",
    labels: [],
  },
  deliveryLateness: {
    type: "gauge",
    name: "scoreline_delivery_lateness_seconds",
    help: "How long the oldest delivery has been due and is not begun. Read from Redis: take max().",
    labels: [],
  },
  captureDropped: {
    type: "counter",
    name: "scoreline_capture_dropped_total",
    help: "Jobs that were to be captured and were not, by reason. Read from Redis: take max().",
    labels: ["reason"],
  },
  captureLines: {
    type: "counter",
    name: "scoreline_capture_lines_total",
    help: "Lines that were written to CAPTURE_FOLDER. Read from Redis: take max().",
    labels: [],
  },
  captureWaiting: {
    type: "gauge",
    name: "scoreline_capture_waiting_bytes",
    help: "Inputs that stay in Redis until they are captured. Read from Redis: take max().",
    labels: [],
  },
} as const satisfies MetricTable;

/**
 * What the janitor mends: a shift that did not wait beside ready packs, a pack whose worker died or let
 * its lease run out, a job past its deadline, a heartbeat of a worker that is gone, an element that a load list
 * had too few or too many, a count of a lane at rest.
 */
export const healKinds = [
  "shift_added",
  "pack_lost",
  "job_overdue",
  "worker_silent",
  "load_missing",
  "load_surplus",
  "count_at_rest",
] as const;
export type HealKind = (typeof healKinds)[number];

/**
 * Why a job was not captured: too many waited for the courier, no courier has a folder, its record or input
 * is gone, or its input could not be read.
 */
const dropReasons = ["full", "unheard", "gone", "unreadable"] as const;

const janitorRounds = ["sweep", "due", "lease"] as const;
export type JanitorRound = (typeof janitorRounds)[number];

/**
 * How an attempt at a delivery ended: the receiver took it, it will be tried again, or it was given
 * up and is a dead letter.
 */
export const deliveryOutcomes = ["delivered", "retried", "dead"] as const;
export type DeliveryOutcome = (typeof deliveryOutcomes)[number];

/**
 * What became of a shadow that ended: its pair was counted; it was not begun in time; its live job was; a record
 * or an output was gone before it was compared.
 */
export const shadowOutcomes = ["counted", "expired", "live_expired", "gone"] as const;
export type ShadowOutcome = (typeof shadowOutcomes)[number];

/** Counts what a courier does. */
export class CourierMetrics extends ProcessMetrics<typeof courierMetrics> {
  constructor() {
    super("courier", courierMetrics);
    // Known from the first scrape on: an increase from nothing would not be seen as one.
    for (const kind of healKinds) this.own.healed.inc({ kind }, 0);
    for (const round of janitorRounds) this.own.dutyFailures.inc({ round }, 0);
  }

  healed(kind: HealKind, count = 1): void {
    this.own.healed.inc({ kind }, count);
  }

  /** Times a round. @param duty never rejects */
  async round(round: JanitorRound, duty: () => Promise<void>): Promise<void> {
    const end = this.own.roundDuration.startTimer({ round });
    await duty();
    end();
  }

  dutyFailed(round: JanitorRound): void {
    this.own.dutyFailures.inc({ round });
  }

  /**
   * Of each attempt.
   *
   * @param event its type, one of a fixed few: never an id or a URL
   * @param seconds undefined when there was nobody to send it to, and no attempt
   */
  attempted(event: string, outcome: DeliveryOutcome, seconds: number | undefined): void {
    this.own.deliveries.inc({ event, outcome });
    if (seconds !== undefined) this.own.deliveryDuration.observe({ outcome }, seconds);
  }

  /** Says how things are now, before they are read. */
  show({ targets, lateMs }: PendingDeliveries): void {
    this.own.deliveryTargets.set(targets);
    this.own.deliveryLateness.set(Math.max(0, lateMs) / 1000);
  }

  /** Of all shadows that there are. */
  showVerdicts(all: readonly ShadowVerdict[]): void {
    // Else one would stay whose endpoint is gone.
    this.own.verdicts.reset();
    for (const { endpoint, variant, shadow, verdict: is } of all) {
      for (const verdict of verdicts) {
        this.own.verdicts.set({ endpoint, variant, shadow, verdict }, verdict === is ? 1 : 0);
      }
    }
  }

  showCapture({ written, bytes, ...dropped }: CaptureState): void {
    const { captureDropped, captureLines, captureWaiting } = this.own;
    captureDropped.reset();
    for (const reason of dropReasons) captureDropped.inc({ reason }, dropped[reason]);
    captureLines.reset();
    captureLines.inc(written);
    captureWaiting.set(bytes);
  }
}
