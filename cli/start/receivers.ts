/** What lets webhooks go to receivers on this machine, where somebody tries them out. */
const RECEIVERS_HERE = {
  WEBHOOK_ALLOW: "127.0.0.0/8,::1/128",
  WEBHOOK_HTTP: "on",
  WEBHOOK_PORTS: "1-65535",
} as const;

const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|::1|localhost)$/;

/**
 * The settings that open this machine to webhooks. None when the gateway can be reached from
 * elsewhere, whose clients must not reach what listens here; and none when the environment says
 * anything of it itself.
 *
 * @param host where the gateway listens
 */
export function receiversHere(
  host: string,
  environment: NodeJS.ProcessEnv,
): Readonly<Record<string, string>> {
  const isSaid = Object.keys(RECEIVERS_HERE).some((name) => (environment[name] ?? "") !== "");
  return LOOPBACK.test(host) && !isSaid ? RECEIVERS_HERE : {};
}
