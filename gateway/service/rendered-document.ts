import { makingOnce } from "../../shared/making-once.ts";
import type { Registry } from "../../shared/model/registry.ts";
import { Page } from "../http/page.ts";
import type { Handler } from "../http/openapi/operation.ts";

export interface DocumentServices {
  readonly document: RenderedDocument;
  readonly registry: Registry;
}

/** `GET /openapi.json`: the description of the API, for the models there are. */
export const openapi: Handler<DocumentServices> = async (c, { document, registry }) => {
  return document.of(registry).answer(c);
};

/**
 * The description of the API as bytes, rendered once for each registry: that takes longer than
 * hundreds of requests, and anybody may ask. A registry never changes; a folder that does makes
 * another.
 */
export class RenderedDocument {
  readonly of: (registry: Registry) => Page;

  constructor(render: (registry: Registry) => object) {
    this.of = makingOnce((registry: Registry) => {
      const body = Buffer.from(`${JSON.stringify(render(registry))}\n`);
      return new Page({ body, type: "application/json" });
    });
  }
}
