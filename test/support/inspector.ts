import { z } from "zod";
import { until } from "./until.ts";
import type { Role } from "./system.ts";

const replySchema = z.object({ id: z.number(), result: z.looseObject({}) });
const usageSchema = z.object({ usedSize: z.number() });
/** A function's calls: what was allocated in them, those that they make aside. */
interface Calls {
  readonly selfSize: number;
  readonly children: readonly Calls[];
}

const callsSchema: z.ZodType<Calls> = z.object({
  selfSize: z.number(),
  children: z.array(z.lazy(() => callsSchema)),
});
const profileSchema = z.object({ profile: z.object({ head: callsSchema }) });
const parsedSchema = z.object({
  method: z.literal("Debugger.scriptParsed"),
  params: z.object({ url: z.string() }),
});

/** Environment that lets a process of ours be inspected. */
export const INSPECTED = { NODE_OPTIONS: "--inspect=127.0.0.1:0" };

/** Bytes of a process's heap after a full collection, asked over the inspector's protocol. */
export async function collectedHeapBytes(role: Role): Promise<number> {
  return inspecting(role, async (socket) => {
    // What a first collection finds unreachable may let a second find more.
    for (const id of [1, 2]) await ask(socket, id, "HeapProfiler.collectGarbage");
    return usageSchema.parse(await ask(socket, 3, "Runtime.getHeapUsage")).usedSize;
  });
}

/** One in so many bytes is looked at: often enough for 1 % of some megabytes. */
const SAMPLING_BYTES = 8192;

/** Bytes that a process has allocated in its heap during some work, those freed since included. */
export async function allocatedBytes(role: Role, work: () => Promise<unknown>): Promise<number> {
  return inspecting(role, async (socket) => {
    await ask(socket, 1, "HeapProfiler.startSampling", {
      samplingInterval: SAMPLING_BYTES,
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true,
    });
    await work();
    const stopped = await ask(socket, 2, "HeapProfiler.stopSampling");
    return sizeOf(profileSchema.parse(stopped).profile.head);
  });
}

function sizeOf({ selfSize, children }: Calls): number {
  return children.reduce((sum, calls) => sum + sizeOf(calls), selfSize);
}

/** URLs of the files that a process has loaded so far. */
export async function loadedFiles(role: Role): Promise<readonly string[]> {
  return inspecting(role, async (socket) => {
    const urls: string[] = [];
    socket.addEventListener("message", ({ data }: MessageEvent) => {
      const event = parsedSchema.safeParse(JSON.parse(String(data)));
      if (event.success) urls.push(event.data.params.url);
    });
    // It tells of all that are there, and answers then.
    await ask(socket, 1, "Debugger.enable");
    return urls;
  });
}

async function inspecting<T>(role: Role, work: (socket: WebSocket) => Promise<T>): Promise<T> {
  const address = /ws:\/\/\S+/;
  await until("the inspector listens", () => address.test(role.log));
  const socket = new WebSocket(address.exec(role.log)?.[0] ?? "");
  try {
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve, { once: true });
      socket.addEventListener("error", reject, { once: true });
    });
    return await work(socket);
  } finally {
    socket.close();
  }
}

async function ask(
  socket: WebSocket,
  id: number,
  method: string,
  params: Readonly<Record<string, unknown>> = {},
): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const onMessage = ({ data }: MessageEvent): void => {
    const reply = replySchema.safeParse(JSON.parse(String(data)));
    if (reply.success && reply.data.id === id) resolve(reply.data.result);
  };
  socket.addEventListener("message", onMessage);
  socket.send(JSON.stringify({ id, method, params }));
  const result = await promise;
  socket.removeEventListener("message", onMessage);
  return result;
}
