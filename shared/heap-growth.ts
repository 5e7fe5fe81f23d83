import { setFlagsFromString } from "node:v8";

/**
 * How far the heap may grow between two full collections. `usual`: as V8 sees fit. `grown`: to four times what was
 * in use after the last one, and at most halfway to the limit of the heap.
 *
 * Left alone, V8 lets a small heap grow by a few MB, and counts buffers against that, though they are not in
 * the heap. A worker collected 22 times per 1,000 photos, which was half of its CPU time: 1.9 ms a photo
 * became 0.8, and those of a gateway 1.5 became 1.1 (two runs of the bench).
 *
 * `usual` while code is loaded: what V8 has compiled and kept, Node's own files among it, it takes only under the
 * flags that it was compiled with. Without that a process starts 100 ms later.
 */
export function setHeapGrowth(growth: "usual" | "grown"): void {
  wanted = growth;
  apply();
}

let wanted: "usual" | "grown" = "usual";
let loads = 0;

/** Has code loaded under the usual growth, whatever is set by then or meanwhile. */
export async function loadCode<T>(load: () => Promise<T>): Promise<T> {
  loads += 1;
  apply();
  try {
    return await load();
  } finally {
    loads -= 1;
    apply();
  }
}

function apply(): void {
  const isGrown = wanted === "grown" && loads === 0;
  setFlagsFromString(`--heap-growing-percent=${isGrown ? 300 : 0}`);
}
