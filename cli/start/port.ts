import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { StartError } from "./start-error.ts";

/** Asks for a port nobody uses on the loopback address. It may be taken again before it is used. */
export async function freeLoopbackPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}

/**
 * Makes sure that the gateway will be able to listen, before anything is started.
 *
 * @throws {StartError} saying who has the port, where that can be found out
 */
export async function assertPortFree(host: string, port: number): Promise<void> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, "listening");
    server.close();
  } catch (error) {
    throw new StartError(whyNot(host, port, error), { cause: error });
  }
}

function whyNot(host: string, port: number, error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "EADDRINUSE": {
      const other = port < 65_535 ? port + 1 : port - 1;
      return `port ${port} is taken${by(holderOf(port))}. Take another: PORT=${other} npm start`;
    }
    case "EACCES":
      return `port ${port} needs more rights than this user has. Take one above 1023: PORT=8080 npm start`;
    default:
      return `cannot listen on HOST ${host}, port ${port}: ${String(error)}`;
  }
}

function by(holder: string | null): string {
  return holder === null ? "" : ` by ${holder}`;
}

/** Who listens on the port, from `/proc`; null where that cannot be seen. */
function holderOf(port: number): string | null {
  try {
    const inodes = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((path) =>
      listeningInodes(readFileSync(path, "utf8"), port),
    );
    const sockets = new Set(inodes.map((inode) => `socket:[${inode}]`));
    const pid = readdirSync("/proc").find((entry) => /^\d+$/.test(entry) && owns(entry, sockets));
    if (pid === undefined) return null;
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").join(" ").trim();
    return `${command.slice(0, 60)} (pid ${pid})`;
  } catch {
    // No /proc, or the process ended meanwhile: the message does without a name.
    return null;
  }
}

/** The inodes of sockets that listen on `port`, from the text of `/proc/net/tcp`. */
export function listeningInodes(table: string, port: number): readonly string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = table.split("\n").map((line) => line.trim().split(/\s+/));
  return rows.flatMap(([, local, , state, , , , , , inode]) =>
    local?.endsWith(suffix) === true && state === "0A" && inode !== undefined ? [inode] : [],
  );
}

function owns(pid: string, sockets: ReadonlySet<string>): boolean {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).some((fd) => sockets.has(readlinkSync(`${folder}/${fd}`)));
  } catch {
    // Another user's process, or one that ended while we looked.
    return false;
  }
}
