import { contractOf } from "../../shared/model/manifest.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import type { SessionShares } from "./session-shares.ts";

/** How long a block of rows may keep a slot from what came meanwhile, in ms. */
const MOMENT_MS = 5;

/** Which rows of a version may stand side by side, and how many of them a runner gets at once. */
export class BlockSizes {
  readonly #shares: Pick<SessionShares, "batchesIn">;
  /** Of rows that may; making a contract costs more than a chunk. */
  readonly #rowBytes = new WeakMap<ModelVersion, number>();

  constructor(shares: Pick<SessionShares, "batchesIn">) {
    this.#shares = shares;
  }

  /** @returns undefined for a version whose rows have not this length, or none */
  readonly rowsOf = (version: ModelVersion, rowBytes: number): number | undefined => {
    const { manifest, id } = version;
    const known = this.#rowBytes.get(version) ?? contractOf(manifest).plain?.rowBytes ?? -1;
    this.#rowBytes.set(version, known);
    if (known !== rowBytes) return undefined;
    return manifest.batching.max_batch_size * this.#shares.batchesIn(id, MOMENT_MS);
  };
}
