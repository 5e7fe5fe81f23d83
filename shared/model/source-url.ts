const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** What may be fetched: https, and http where nobody can listen in. */
export function isFetchable({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || (protocol === "http:" && LOOPBACK.has(hostname));
}
