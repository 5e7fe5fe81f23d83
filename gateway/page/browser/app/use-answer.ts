import { useEffect, useState } from "preact/hooks";
import { errorOf } from "./error-of.ts";
import type { Gateway } from "./gateway.ts";

export interface Answer<T> {
  /** What was read last, also while `error` says that it cannot be read now. */
  readonly value: T | undefined;
  readonly error: Error | undefined;
  readonly again: () => void;
  /** Shows what is known to be there now, such as the answer to a change. */
  readonly put: (value: T) => void;
}

/**
 * What the gateway answers at a path, read again from time to time while somebody looks.
 *
 * @param path undefined to read nothing @param everyMs 0: once
 */
export function useAnswer<T>(gateway: Gateway, path: string | undefined, everyMs = 0): Answer<T> {
  const [found, setFound] = useState<Found<T>>({});
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (path === undefined) return undefined;
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async (): Promise<void> => {
      if (document.hidden && everyMs > 0) return;
      try {
        const value = await gateway.get<T>(path, leaving.signal);
        setFound({ gateway, path, value });
      } catch (error) {
        if (leaving.signal.aborted) return;
        const said = errorOf(error);
        setFound((last) => ({
          ...(isOf(last, gateway, path) && last),
          gateway,
          path,
          error: said,
        }));
      }
    };
    const loop = async (): Promise<void> => {
      await look();
      if (everyMs > 0 && !leaving.signal.aborted) timer = setTimeout(() => void loop(), everyMs);
    };
    void loop();
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [gateway, path, everyMs, turn]);
  const isSame = isOf(found, gateway, path);
  return {
    value: isSame ? found.value : undefined,
    error: isSame ? found.error : undefined,
    again: () => setTurn((last) => last + 1),
    put: (value) => path !== undefined && setFound({ gateway, path, value }),
  };
}

interface Found<T> {
  readonly gateway?: Gateway;
  readonly path?: string;
  readonly value?: T;
  readonly error?: Error;
}

/** What one key was answered is not shown to who comes with another. */
function isOf(found: Found<unknown>, gateway: Gateway, path: string | undefined): boolean {
  return found.gateway === gateway && found.path === path;
}
