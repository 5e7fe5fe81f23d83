/**
 * What KEDA and the HorizontalPodAutoscaler decide, of what they see. Pure. Read in the sources of
 * KEDA 2.21 (its scale executor) and of Kubernetes' controller `horizontal.go`.
 */

/** A list in Redis, and how many of its elements one replica should have. */
export interface Trigger {
  readonly list: string;
  /** `listLength`: elements a replica, as AverageValue. */
  readonly target: number;
  /** `activationListLength`: active means strictly more. */
  readonly activation: number;
}

/** How fast the HPA may go: so many pods, or percent of them, in a period. */
export interface Policy {
  readonly type: "Pods" | "Percent";
  readonly value: number;
  readonly periodMs: number;
}

export interface Direction {
  /** The stabilisation window, in ms. */
  readonly windowMs: number;
  /** The one that allows most decides, as with `selectPolicy: Max`, the default. */
  readonly policies: readonly Policy[];
}

export interface Scaling {
  /** `minReplicaCount` and `maxReplicaCount`. */
  readonly replicasMin: number;
  readonly replicasMax: number;
  /** No trigger active for so long before KEDA goes to the least, in ms. */
  readonly cooldownMs: number;
  readonly up: Direction;
  readonly down: Direction;
  readonly triggers: readonly Trigger[];
}

/** `--horizontal-pod-autoscaler-tolerance`, its default. */
const TOLERANCE = 0.1;

/** @param lengths of the triggers' lists, in their order */
export function isActive(triggers: readonly Trigger[], lengths: readonly number[]): boolean {
  return triggers.some(({ activation }, i) => (lengths[i] ?? 0) > activation);
}

export interface Sight {
  readonly replicas: number;
  readonly isActive: boolean;
  /** Since a trigger was active, in ms. */
  readonly idleMs: number;
}

/** What KEDA itself sets, at each poll: from zero, and back after the cooldown. The HPA does the rest. */
export function pollDecision(
  { replicasMin, cooldownMs }: Scaling,
  { replicas, isActive: active, idleMs }: Sight,
): number {
  if (active) return replicas === 0 ? Math.max(1, replicasMin) : replicas;
  return replicas > replicasMin && idleMs >= cooldownMs ? replicasMin : replicas;
}

/**
 * Replicas that the HPA wishes before any limit: the largest wish of the triggers. Where load and
 * target differ by 10 % at most, that is as many as there are.
 *
 * @param replicas at least 1
 */
export function wish(
  triggers: readonly Trigger[],
  lengths: readonly number[],
  replicas: number,
): number {
  const wishes = triggers.map(({ target }, i) => {
    const length = lengths[i] ?? 0;
    const ratio = length / (target * replicas);
    return Math.abs(ratio - 1) <= TOLERANCE ? replicas : Math.ceil(length / target);
  });
  return Math.max(...wishes);
}

/** Something the HPA remembers: a wish of so many replicas, or a change by so many. */
export interface Sample {
  readonly atMs: number;
  readonly replicas: number;
}

/** What the HPA remembers. `changes` are its own only: positive up, negative down. */
export interface History {
  readonly wishes: readonly Sample[];
  readonly changes: readonly Sample[];
}

export const NO_HISTORY: History = { wishes: [], changes: [] };

export interface Moment {
  readonly nowMs: number;
  readonly replicas: number;
  readonly wish: number;
}

/** What the HPA sets at a sync, and what it remembers then. At zero replicas it does nothing. */
export function syncDecision(
  scaling: Scaling,
  history: History,
  moment: Moment,
): { readonly replicas: number; readonly history: History } {
  const { nowMs, replicas } = moment;
  if (replicas === 0) return { replicas: 0, history };
  const first = history.wishes.length === 0 ? [{ atMs: nowMs, replicas }] : history.wishes;
  const kept = first.filter(({ atMs }) => atMs > nowMs - longest(scaling));
  const wishes = [...kept, { atMs: nowMs, replicas: moment.wish }];
  const stable = stabilised(scaling, wishes, moment);
  const limited = within(scaling, history.changes, { ...moment, wish: stable });
  const change = { atMs: nowMs, replicas: limited - replicas };
  const changes = change.replicas === 0 ? history.changes : [...history.changes, change];
  return { replicas: limited, history: { wishes, changes } };
}

function longest({ up, down }: Scaling): number {
  return Math.max(up.windowMs, down.windowMs);
}

/** Up to the least wish of the window for up, down to the largest of the window for down. */
function stabilised(
  { up, down }: Scaling,
  wishes: readonly Sample[],
  { nowMs, replicas, wish: wished }: Moment,
): number {
  const of = (windowMs: number): readonly number[] =>
    wishes.filter(({ atMs }) => atMs > nowMs - windowMs).map((sample) => sample.replicas);
  const upTo = Math.min(wished, ...of(up.windowMs));
  const downTo = Math.max(wished, ...of(down.windowMs));
  return Math.min(Math.max(replicas, upTo), downTo);
}

/** As far as the policies, and the least and the most of replicas, allow it. The HPA's least is 1. */
function within(scaling: Scaling, changes: readonly Sample[], moment: Moment): number {
  const { nowMs, replicas, wish: wished } = moment;
  const { up, down, replicasMin, replicasMax } = scaling;
  const before = (periodMs: number): number => {
    const recent = changes.filter(({ atMs }) => atMs > nowMs - periodMs);
    return recent.reduce((sum, change) => sum - change.replicas, replicas);
  };
  if (wished > replicas) {
    const limits = up.policies.map((policy) => raised(before(policy.periodMs), policy));
    const limit = Math.max(replicas, ...limits);
    return Math.min(wished, limit, Math.max(replicasMax, 1));
  }
  const limits = down.policies.map((policy) => lowered(before(policy.periodMs), policy));
  const limit = Math.min(replicas, Math.min(...limits));
  return Math.min(Math.max(wished, limit, replicasMin, 1), replicasMax);
}

function raised(from: number, { type, value }: Policy): number {
  return type === "Pods" ? from + value : Math.ceil(from * (1 + value / 100));
}

function lowered(from: number, { type, value }: Policy): number {
  return type === "Pods" ? from - value : Math.floor(from * (1 - value / 100));
}
