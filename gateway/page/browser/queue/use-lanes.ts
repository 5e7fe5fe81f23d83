import { useEffect, useState } from "preact/hooks";
import type { LaneList, LaneState } from "../../../queue/queue-schema.ts";
import { errorOf } from "../app/error-of.ts";
import { eventsOf } from "../app/events.ts";
import { pause, textsOf } from "../app/follow.ts";
import { Refused, type Gateway } from "../app/gateway.ts";

const AGAIN_MS = 1000;

interface Live {
  readonly lanes?: readonly LaneState[];
  /** The stream broke off: `lanes` are the last that came. */
  readonly error?: Error;
}

/** The lanes as they change, for as long as somebody looks; a stream that breaks off is opened again. */
export function useLanes(gateway: Gateway): Live & { readonly put: (lane: LaneState) => void } {
  const [live, setLive] = useState<Live>({});
  useEffect(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    const follow = async (): Promise<void> => {
      const { body } = await gateway.ask("/v1/queue/events", { signal });
      if (body === null) return;
      for await (const { data } of eventsOf(textsOf(body))) {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion
        setLive({ lanes: (JSON.parse(data) as LaneList).data });
      }
    };
    const loop = async (): Promise<void> => {
      while (!signal.aborted) {
        try {
          await follow();
        } catch (error) {
          if (signal.aborted) return;
          setLive((last) => ({ ...last, error: errorOf(error) }));
          if (error instanceof Refused && !error.problem.retryable) return;
        }
        await pause(AGAIN_MS, signal).catch(() => undefined);
      }
    };
    void loop();
    return () => leaving.abort();
  }, [gateway]);
  const put = (lane: LaneState): void =>
    setLive(({ lanes = [], ...rest }) => ({
      ...rest,
      lanes: lanes.map((it) => (it.lane === lane.lane ? lane : it)),
    }));
  return { ...live, put };
}
