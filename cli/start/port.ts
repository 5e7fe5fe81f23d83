import { once } from "node:events";
import { createServer } from "node:net";
import { CommandError } from "../terminal/command.ts";

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
 * @throws {CommandError} with a way out
 */
export async function assertPortFree(host: string, port: number): Promise<void> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, "listening");
    server.close();
  } catch (error) {
    throw new CommandError(whyNot(host, port, error), { cause: error });
  }
}

function whyNot(host: string, port: number, error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "EADDRINUSE": {
      const other = port < 65_535 ? port + 1 : port - 1;
      return `port ${port} is taken. Take another: PORT=${other} npm start`;
    }
    case "EACCES":
      return `port ${port} needs more rights than this user has. Take one above 1023: PORT=8080 npm start`;
    default:
      return `cannot listen on HOST ${host}, port ${port}: ${String(error)}`;
  }
}
