import type { Context } from "hono";
import type { Registry } from "../../shared/model/registry.ts";
import type { RenderedDocument } from "./rendered-document.ts";

export interface DocumentServices {
  readonly document: RenderedDocument;
  readonly registry: Registry;
}

/** `GET /openapi.json`: the description of the API, for the models there are. */
export async function openapi(
  c: Context,
  { document, registry }: DocumentServices,
): Promise<Response> {
  return document.of(registry).answer(c);
}
