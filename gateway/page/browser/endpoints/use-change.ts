import { useState } from "preact/hooks";
import type { EndpointJson } from "../../../endpoints/endpoint-json.ts";
import { errorOf } from "../app/error-of.ts";
import { Refused, type Gateway } from "../app/gateway.ts";
import type { Answer } from "../app/use-answer.ts";
import { useToast } from "../pieces/toast.ts";

/** Members of an endpoint that this page changes. */
export type ChangeBody = Partial<Pick<EndpointJson, "default">> & {
  readonly variants?: readonly object[];
  readonly shadows?: readonly object[];
};

interface Change {
  /** In the past tense: what was done. */
  readonly text: string;
  readonly body: ChangeBody;
}

/** Somebody else was faster. */
export interface Conflict {
  /** The revision that was looked at. */
  readonly seen: number;
}

/**
 * Changes an endpoint as it is looked at: what somebody else has changed meanwhile is not overwritten. Each
 * change can be taken back, by the same rule.
 */
export function useChange(gateway: Gateway, endpoint: EndpointJson, answer: Answer<EndpointJson>) {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  const [conflict, setConflict] = useState<Conflict>();
  const show = useToast();
  const patch = async (body: ChangeBody, { revision }: EndpointJson): Promise<EndpointJson> => {
    const headers = { "if-match": `"${revision}"` };
    const after = await gateway.send<EndpointJson>("PATCH", endpoint.urls.self, body, headers);
    if (after === undefined) return endpoint;
    answer.put(after);
    return after;
  };
  /** @returns whether it is done */
  const change = async ({ text, body }: Change): Promise<boolean> => {
    setBusy(true);
    setError(undefined);
    setConflict(undefined);
    try {
      const after = await patch(body, endpoint);
      const undo = async (): Promise<void> => void (await patch(asItWas(endpoint, body), after));
      show({ text, undo });
      return true;
    } catch (thrown) {
      if (isConflict(thrown)) {
        setConflict({ seen: endpoint.revision });
        answer.again();
      } else {
        setError(errorOf(thrown));
      }
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, error, conflict, change, settle: () => setConflict(undefined) };
}

export type Changing = ReturnType<typeof useChange>;

export function isConflict(thrown: unknown): boolean {
  return thrown instanceof Refused && thrown.problem.code === "precondition_failed";
}

/** The same members as they were. */
function asItWas(
  { variants, shadows, default: chosen }: EndpointJson,
  body: ChangeBody,
): ChangeBody {
  return {
    ...(body.variants !== undefined && {
      variants: variants.map(({ name, model, share, type }) => ({ name, model, share, type })),
    }),
    ...(body.default !== undefined && { default: chosen }),
    ...(body.shadows !== undefined && { shadows: shadows.map(withoutState) }),
  };
}

/** As a request says a shadow. */
export function withoutState({
  name,
  model,
  percent,
  of,
}: EndpointJson["shadows"][number]): object {
  return { name, model, percent, ...(of !== undefined && { of }) };
}
