import { ScoringError } from "../../shared/error.ts";

/** Bodies up to this are never refused: a thousand of them are less than two of the largest. */
const SMALL_BYTES = 65_536;

/** How much of requests' bodies a gateway holds while they are received: of one, and of all together. */
export class BodyBudget {
  readonly bytesMax: number;
  readonly #allBytesMax: number;
  #heldBytes = 0;

  constructor(bytesMax: number, allBytesMax: number) {
    this.bytesMax = bytesMax;
    this.#allBytesMax = Math.max(bytesMax, allBytesMax);
  }

  /**
   * Makes room for more of a body, which is to be given back.
   *
   * @param whole bytes of the body with these
   * @throws {ScoringError} `service_unavailable` when there is none
   */
  take(bytes: number, whole: number): void {
    if (whole > SMALL_BYTES && this.#heldBytes + bytes > this.#allBytesMax) {
      const message = "Too many large requests are being received right now; try again.";
      throw new ScoringError("service_unavailable", message);
    }
    this.#heldBytes += bytes;
  }

  giveBack(bytes: number): void {
    this.#heldBytes -= bytes;
  }
}
