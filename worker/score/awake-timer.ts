/** The most that one look at the clock counts, in ms. */
const STEP_MS = 250;

/**
 * Calls back after a time in which this process was awake, when everything that had arrived by then
 * has been read. While it is stopped, or busy with something else, next to nothing is counted: what
 * it waits for may have happened long ago, and must not be held to a time that nobody looked.
 *
 * @param ms how long; more passes where the process was not awake, never less
 * @returns call it to give up waiting
 */
export function afterAwakeMs(ms: number, onOver: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let turn: NodeJS.Immediate | undefined;
  const wait = (leftMs: number): void => {
    const stepMs = Math.min(STEP_MS, leftMs);
    timer = setTimeout(() => {
      if (leftMs > stepMs) wait(leftMs - stepMs);
      // Timers come first in a turn of the loop, then what has arrived, then this.
      else turn = setImmediate(onOver);
    }, stepMs);
  };
  wait(ms);
  return () => {
    clearTimeout(timer);
    clearImmediate(turn);
  };
}
