/**
 * Why an attempt got no answer: the receiver's address is not allowed, its name has no address, no
 * connection came about, no TLS, no answer in time, the connection broke off, or the answer was not
 * HTTP.
 */
export type FailureCode =
  "address_refused" | "dns" | "connect" | "tls" | "timeout" | "reset" | "protocol";

/** A failure as the tenant who gave the URL may see it. */
export type ShownFailure = "unreachable" | "tls" | "timeout" | "reset" | "protocol";

/**
 * What the delivery log tells of a failure. Told apart, refused addresses, unknown names and closed
 * or silent ports would let a tenant find out what there is beside us: all of them read
 * `unreachable`, without the time it took, since a refusal is quick and a silent port is not. The
 * operator's log has the code, the time and the detail.
 */
export function shownFailure(
  code: FailureCode,
  latencyMs: number,
): { readonly error: ShownFailure; readonly latencyMs: number | null } {
  if (code === "address_refused" || code === "dns" || code === "connect") {
    return { error: "unreachable", latencyMs: null };
  }
  return { error: code, latencyMs };
}
