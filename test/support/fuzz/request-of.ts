import type { PlacedOperation } from "../api-description.ts";
import type { RawRequest } from "./raw-request.ts";

/** What a request sends. */
export interface Body {
  readonly type: string;
  readonly bytes: Buffer;
}

/** A parameter, and what it is given; undefined when it is left out. */
export type Given = PlacedOperation["parameters"][number] & { readonly value: string | undefined };

/** What Node refuses, and every HTTP client would. */
const NOT_IN_A_HEADER = /[^ -~]/g;

/** A request to an operation as it goes over the wire. @param cuts where its bytes are cut, as shares */
export function requestOf(
  { id, method, path }: PlacedOperation,
  given: readonly Given[],
  body: Body | undefined,
  cuts: readonly number[],
): RawRequest {
  const values = given.flatMap((one) =>
    one.value === undefined ? [] : [{ ...one, value: one.value }],
  );
  const query = values
    .filter(({ in: place, value }) => place === "query" && value !== "")
    .map(({ name, value }) => `${name}=${encodeURIComponent(value)}`);
  const place = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(values.find((one) => one.name === name && one.in === "path")?.value ?? ""),
  );
  return {
    operation: id,
    method,
    target: query.length === 0 ? place : `${place}?${query.join("&")}`,
    headers: [
      ["Host", "localhost"],
      ["Connection", "close"],
      ...values
        .filter(({ in: where }) => where === "header")
        .map(({ name, value }) => [name, value.replaceAll(NOT_IN_A_HEADER, "x")] as const),
      ...(body === undefined ? [] : ([["Content-Type", body.type]] as const)),
      ...(["POST", "PUT", "PATCH"].includes(method)
        ? ([["Content-Length", String(body?.bytes.length ?? 0)]] as const)
        : []),
    ],
    body: body?.bytes ?? Buffer.alloc(0),
    cuts,
    spoilt: [],
    isBroken: false,
  };
}
