import { useState } from "preact/hooks";
import { errorOf } from "./error-of.ts";

/** Does what a button says, once at a time, and keeps what went wrong to be shown. */
export function useAct() {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  const act = async (what: () => Promise<unknown>): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      await what();
    } catch (thrown) {
      setError(errorOf(thrown));
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, error, act: (what: () => Promise<unknown>) => void act(what) };
}
