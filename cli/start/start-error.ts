/** A start that failed for a reason a person can mend: the message is all they need, no stack. */
export class StartError extends Error {
  override readonly name = "StartError";
}
