/** One input that every arm is sent, and what it must be answered. */
export interface Case {
  /** As the `input` of a job. */
  readonly input: Readonly<Record<string, string | number>>;
  /** The best answer: an FAQ's id, a wine's class. */
  readonly label: string;
  readonly probability: number;
}

/** A model and what it is asked, always in this order. */
export interface Workload {
  readonly model: string;
  readonly cases: readonly Case[];
}

/** Probabilities of the same input differ by rounding only, whatever batch it was part of. */
export const TOLERANCE = 1e-4;
