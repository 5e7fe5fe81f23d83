/**
 * The end of jobs of a pack that stand side by side and ended together, as it is stored and as it is told
 * to gateways:
 *
 *     <first> <attempt> <startedMs> <endedMs> <letters>\n    startedMs is `-` for what never started
 *     <bytes of each body>\n                                 `+` in front: the body has a key of its own
 *     <metrics, JSON, or nothing>\n
 *     <bodies, one behind the other>
 *
 * A letter is S, F, C or X; `-` marks a job that had ended before in another way, and has no body. A body
 * is the output of what succeeded, and else a problem document, JSON.
 */
export interface Segment {
  /** Index of its first job. */
  readonly first: number;
  readonly attempt: number;
  readonly startedAtMs: number | undefined;
  readonly endedAtMs: number;
  readonly letters: string;
  /** Bytes of each body, 0 where there is none. */
  readonly lengths: readonly number[];
  /** Whether the body is in a key of its own, job by job. */
  readonly isLarge: readonly boolean[];
  /** JSON text. */
  readonly metrics: string | undefined;
  /** Those that have no key of their own. */
  readonly bodies: Buffer;
}

const NEWLINE = 0x0a;

/** @throws {TypeError} when it is none */
export function parseSegment(bytes: Buffer): Segment {
  const lineEnds: number[] = [];
  let from = 0;
  for (let line = 0; line < 3; line += 1) {
    const end = bytes.indexOf(NEWLINE, from);
    if (end === -1) throw new TypeError("not a segment");
    lineEnds.push(end);
    from = end + 1;
  }
  const [head = 0, sizes = 0, metricsEnd = 0] = lineEnds;
  const [first, attempt, started, ended, letters] = bytes.toString("latin1", 0, head).split(" ");
  if (ended === undefined || letters === undefined) throw new TypeError("not a segment");
  const lengths = bytes.toString("latin1", head + 1, sizes).split(" ");
  const metrics = bytes.toString("utf8", sizes + 1, metricsEnd);
  return {
    first: Number(first),
    attempt: Number(attempt),
    startedAtMs: started === "-" ? undefined : Number(started),
    endedAtMs: Number(ended),
    letters,
    lengths: lengths.map(Number),
    isLarge: lengths.map((length) => length.startsWith("+")),
    metrics: metrics === "" ? undefined : metrics,
    bodies: bytes.subarray(metricsEnd + 1),
  };
}

/** What a segment says of one job; undefined when it says nothing. @param index of the job in its pack */
export function endOf(segment: Segment, index: number): JobEnd | undefined {
  const position = index - segment.first;
  const letter = segment.letters[position];
  if (letter === undefined || letter === "-") return undefined;
  const isLarge = segment.isLarge[position] === true;
  let start = 0;
  for (let i = 0; i < position; i += 1) {
    if (segment.isLarge[i] !== true) start += segment.lengths[i] ?? 0;
  }
  const length = segment.lengths[position] ?? 0;
  return {
    letter,
    attempt: segment.attempt,
    startedAtMs: segment.startedAtMs,
    endedAtMs: segment.endedAtMs,
    metrics: segment.metrics,
    bytes: length,
    body: isLarge ? undefined : segment.bodies.subarray(start, start + length),
  };
}

/** How one job ended. */
export interface JobEnd {
  readonly letter: string;
  readonly attempt: number;
  readonly startedAtMs: number | undefined;
  readonly endedAtMs: number;
  readonly metrics: string | undefined;
  /** Of its body. */
  readonly bytes: number;
  /** Undefined when it has a key of its own. */
  readonly body: Buffer | undefined;
}
