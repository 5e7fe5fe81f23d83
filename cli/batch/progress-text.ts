import { bar, megabytes } from "../terminal/units.ts";
import type { Batch } from "./batch.ts";

/** Without an end for so long, a time that is left would be a guess. */
const STILL_MS = 5000;

/** `[####      ] 40 %`; nothing when the whole is not known. */
function shareText(part: number, whole: number | undefined): string {
  if (whole === undefined || whole === 0) return "";
  const percent = Math.min(100, Math.floor((part / whole) * 100));
  return `${bar(percent, 10)} ${percent} %  `;
}

/** What was sent, of what. */
export interface Sent {
  readonly items: number;
  readonly bytes: number;
  readonly total: { readonly items?: number; readonly bytes?: number };
  /** Items that an earlier run had sent. */
  readonly itemsBefore: number;
  readonly elapsedMs: number;
}

/** The line of an upload. */
export function uploadText({ items, bytes, total, itemsBefore, elapsedMs }: Sent): string {
  const share =
    total.items === undefined ? shareText(bytes, total.bytes) : shareText(items, total.items);
  const rate = paceText(items - itemsBefore, elapsedMs);
  return `${share}uploaded ${count(items)} items, ${megabytes(bytes)}${rate}`;
}

/** How fast a batch goes. */
export interface Pace {
  /** Items a second, so far. */
  readonly perSecond: number;
  /** Since an item has ended. */
  readonly stillMs: number;
}

/** The line of a batch that is scored; what may be cut off is last. */
export function scoreText({ counts }: Batch, { perSecond, stillMs }: Pace): string {
  const { total, queued, running, failed } = counts;
  const left = queued + running;
  const isStill = left > 0 && stillMs >= STILL_MS;
  const eta = left > 0 ? `, ${timeText((left / perSecond) * 1000)} left` : "";
  const rate = perSecond > 0 ? `, ${count(perSecond)}/s${eta}` : "";
  const failures = failed > 0 ? `, ${count(failed)} failed` : "";
  const share = shareText(total - left, total);
  return `${share}scored ${count(total - left)} of ${count(total)}${failures}${isStill ? `, waiting: nothing new for ${timeText(stillMs)}` : rate}`;
}

function paceText(items: number, elapsedMs: number): string {
  return items > 0 && elapsedMs >= 1000 ? `, ${count((items * 1000) / elapsedMs)}/s` : "";
}

/** `12,000`; a small number with a digit behind the point. */
function count(value: number): string {
  const digits = value < 10 && !Number.isInteger(value) ? 1 : 0;
  return value.toLocaleString("en-US", { maximumFractionDigits: digits });
}

/** `850 ms`, `12.3 s`, `4 min 20 s`, `2 h 5 min`. */
export function timeText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}
