/** One input that every arm is sent, and what it must be answered. */
export interface Case {
  /** As the `input` of a job; bytes are a whole body, a JPEG. */
  readonly input: Readonly<Record<string, string | number>> | Buffer;
  /** The best answer: an FAQ's id, a wine's class, what a photograph shows. */
  readonly label: string;
  readonly probability: number;
  /** How far probabilities may be apart. */
  readonly tolerance: number;
}

/** A model and what it is asked, always in this order. */
export interface Workload {
  readonly model: string;
  readonly cases: readonly Case[];
}

/** Probabilities of the same input differ by rounding only, whatever batch it was part of. */
export const TOLERANCE = 1e-4;
