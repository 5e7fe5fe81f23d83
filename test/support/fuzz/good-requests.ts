import fc from "fast-check";
import { z } from "zod";
import type { ApiDescription, PlacedOperation } from "../api-description.ts";
import { valuesOf } from "./json-values.ts";
import type { RawRequest } from "./raw-request.ts";
import { PARAMETER_VALUES } from "./parameter-values.ts";
import { EMBEDDING, NAMES_AT } from "./names-at.ts";
import { requestOf, type Body } from "./request-of.ts";
import {
  KEPT_BATCH,
  SOME_BATCH,
  SOME_CODE,
  SOME_DELIVERY,
  SOME_ENDPOINT,
  SOME_JOB,
  SOME_KEY,
  SOME_REPLAY,
} from "./stand-ins.ts";

export interface FuzzedModel {
  /** `name@version` */
  readonly id: string;
  readonly media: readonly string[];
}

/** How often each operation is asked, beside 1 of all others. */
const WEIGHTS: Readonly<Record<string, number>> = {
  createJob: 16,
  createBatch: 8,
  getJob: 4,
  getResult: 3,
  createWebhookEndpoint: 3,
};

/** By the first member of a path behind the version. */
const IDS: Readonly<Record<string, string>> = {
  batches: SOME_BATCH,
  keys: SOME_KEY,
  "webhook-endpoints": SOME_ENDPOINT,
  deliveries: SOME_DELIVERY,
};

/** What is known by a name that its maker gives it: there is one of each. */
const NAMED = new Set(["endpoints", "roles"]);

/** Requests that the document allows, each operation among them. @param wanted ids of operations */
export function goodRequests(
  api: ApiDescription,
  models: readonly FuzzedModel[],
  photo: Buffer,
  wanted: readonly string[] = api.operations.map(({ id }) => id),
): fc.Arbitrary<RawRequest> {
  const maker = new Maker(api, models, photo);
  return fc.oneof(
    ...wanted
      .map((id) => api.operation(id))
      .map((operation) => ({
        weight: WEIGHTS[operation.id] ?? 1,
        arbitrary: maker.requests(operation),
      })),
  );
}

class Maker {
  readonly #api: ApiDescription;
  readonly #models: readonly FuzzedModel[];
  readonly #photo: Buffer;

  constructor(api: ApiDescription, models: readonly FuzzedModel[], photo: Buffer) {
    this.#api = api;
    this.#models = models;
    this.#photo = photo;
  }

  requests(operation: PlacedOperation): fc.Arbitrary<RawRequest> {
    return fc.constantFrom(...this.#models).chain((model) => this.#requestsTo(operation, model));
  }

  #requestsTo(operation: PlacedOperation, model: FuzzedModel): fc.Arbitrary<RawRequest> {
    const bodies = this.#bodiesOf(operation, model);
    return bodies.chain((body) => {
      // Options in the query belong to bodies that are not JSON, and to models that have them.
      const own = operation.parameters.filter(
        ({ in: place, name }) =>
          place !== "query" || body === undefined || ["wait", "on_failure", "from"].includes(name),
      );
      const parameters = fc.tuple(
        ...own.map((parameter) =>
          this.#values(parameter, operation.path, model).map((value) => ({ ...parameter, value })),
        ),
      );
      return fc
        .tuple(parameters, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }))
        .map(([values, cuts]) => requestOf(operation, values, body, cuts));
    });
  }

  /** @returns undefined for a parameter that is left out */
  #values(
    { name, in: place, required, schema }: PlacedOperation["parameters"][number],
    path: string,
    model: FuzzedModel,
  ): fc.Arbitrary<string | undefined> {
    if (place === "path" && name === "variant") return fc.constant(model.id);
    const known = place === "path" ? NAMES_AT[path]?.[name] : undefined;
    if (known !== undefined) return fc.constant(known);
    if (place === "path" && (name === "model" || name === "service")) {
      return fc.constantFrom(model.id, model.id.split("@")[0] ?? "");
    }
    const [, , kind = ""] = path.split("/");
    if (place === "path" && name === "name" && NAMED.has(kind)) return fc.constant("fuzzed");
    if (place === "path" && name === "id") {
      return fc.constant(path.includes("/replays/") ? SOME_REPLAY : (IDS[kind] ?? SOME_JOB));
    }
    const texts = (PARAMETER_VALUES[name] ?? valuesOf(schema, this.#resolve)).map(String);
    const absent = fc.constant(undefined);
    return required
      ? texts
      : fc.oneof({ weight: 3, arbitrary: absent }, { weight: 1, arbitrary: texts });
  }

  #bodiesOf(operation: PlacedOperation, model: FuzzedModel): fc.Arbitrary<Body | undefined> {
    switch (operation.id) {
      case "createJob":
        return this.#bodies(model);
      case "createBatch":
        return this.#batches(model);
      case "scoreService":
      case "scoreVariant":
        return this.#serviceBodies(model);
      case "createEmbeddings":
        return fc
          .array(fc.string({ minLength: 1, maxLength: 30 }), { minLength: 1, maxLength: 4 })
          .map((input) => jsonOf({ model: EMBEDDING, input }));
      case "scoreOlder":
        return fc.string({ minLength: 1, maxLength: 300 }).map((input) => jsonOf({ input }));
      case "appendItems":
        return fc
          .array(fc.string({ minLength: 1, maxLength: 20 }), { maxLength: 4 })
          .map((texts) => linesOf(texts.map((text) => ({ input: { text } }))));
      case "putEndpoint":
        return fc.constant(jsonOf({ variants: [{ name: "blue", model: model.id }] }));
      case "createReplay":
        return fc.constant(jsonOf({ batch: KEPT_BATCH, model: "faq-javascript@1" }));
      case "signIn":
        return fc.constant(jsonOf({ code: SOME_CODE }));
      case "labelJob":
        return fc.oneof(this.#plainBodies(operation), fc.constant(jsonOf({ label: null })));
      case "patchEndpoint":
        return fc.string({ maxLength: 20 }).map((description) => jsonOf({ description }));
      case "rotateWebhookSecret":
      case "rotateEndpointSecret":
        // As many secrets as may be active can be by now; this ends them, and so always succeeds.
        return fc.oneof(this.#plainBodies(operation), fc.constant(jsonOf({ overlap_ms: 0 })));
      default:
        return this.#plainBodies(operation);
    }
  }

  /** As JSON, with items or open for them, and as lines. */
  #batches({ id, media }: FuzzedModel): fc.Arbitrary<Body> {
    const item = fc.record({ input: this.#inputs({ id, media }) });
    const {
      items: _,
      parameters: __,
      model: ___,
      webhook: ____,
      ...terms
    } = termsOf(this.#resolve("#/components/schemas/CreateBatch"));
    const rest = valuesOf({ type: "object", properties: terms }, this.#resolve);
    const items = fc.array(item, { minLength: 1, maxLength: 4 });
    return fc.tuple(items, rest, fc.nat(3)).map(([given, more, form]) => {
      const batch = { ...Object(more), model: id };
      if (form === 0) return linesOf([{ batch }, ...given]);
      return jsonOf(form === 1 ? batch : { ...batch, items: given });
    });
  }

  /** As its schema says; nothing for most operations. */
  #plainBodies({ requestBody }: PlacedOperation): fc.Arbitrary<Body | undefined> {
    const type = "application/json";
    const { schema } = requestBody?.content[type] ?? {};
    if (schema === undefined) return fc.constant(undefined);
    return valuesOf(schema, this.#resolve).map(jsonOf);
  }

  #bodies(model: FuzzedModel): fc.Arbitrary<Body> {
    return this.#anyBodies(model, this.#jsonBodies(model));
  }

  /** As JSON for services of Azure ML. */
  #serviceBodies(model: FuzzedModel): fc.Arbitrary<Body> {
    const inputs = this.#inputs(model);
    const options = fc.option(this.#of(`${nameOf(model.id)}_parameters`), { nil: undefined });
    const work = fc.oneof(
      inputs.map((input) => ({ input })),
      fc.array(inputs, { minLength: 1, maxLength: 4 }).map((data) => ({ data })),
    );
    const bodies = fc.tuple(work, options).map(([it, parameters]) => jsonOf({ ...it, parameters }));
    return this.#anyBodies(model, bodies);
  }

  #anyBodies(model: FuzzedModel, ofJson: fc.Arbitrary<Body>): fc.Arbitrary<Body> {
    const rows = model.media.map((type) =>
      this.#rows(type).map((bytes): Body => ({ type, bytes })),
    );
    const form = { weight: 1, arbitrary: this.#forms(model) };
    return fc.oneof(
      { weight: 6, arbitrary: ofJson },
      ...rows.map((arbitrary) => ({ weight: 1, arbitrary })),
      ...(rows.length === 0 ? [] : [form]),
    );
  }

  #inputs({ id, media }: FuzzedModel): fc.Arbitrary<unknown> {
    const known = this.#of(`${nameOf(id)}_input`);
    if (!media.includes("image/png")) return known;
    const image = fc.constant({ image: this.#photo.toString("base64") });
    return fc.oneof({ weight: 3, arbitrary: image }, known);
  }

  #jsonBodies(model: FuzzedModel): fc.Arbitrary<Body> {
    const inputs = this.#inputs(model);
    const work = fc.oneof(
      { weight: 3, arbitrary: inputs.map((input) => ({ input })) },
      fc.array(inputs, { minLength: 1, maxLength: 4 }).map((many) => ({ inputs: many })),
    );
    const {
      input: _,
      inputs: __,
      parameters: ___,
      webhook: ____,
      ...terms
    } = termsOf(this.#resolve("#/components/schemas/CreateJob"));
    const rest = valuesOf({ type: "object", properties: terms }, this.#resolve);
    const url = "http://127.0.0.2:9/hook";
    const webhooks = fc.option(fc.constantFrom({ url }, { url, include: "thin" }), {
      nil: undefined,
    });
    const options = fc.option(this.#of(`${nameOf(model.id)}_parameters`), { nil: undefined });
    return fc
      .tuple(work, rest, options, webhooks)
      .map(([given, more, parameters, webhook]) =>
        jsonOf({ ...given, ...Object(more), parameters, webhook }),
      );
  }

  #rows(mediaType: string): fc.Arbitrary<Buffer> {
    if (mediaType.startsWith("text/")) {
      return fc
        .string({ unit: "grapheme", minLength: 1, maxLength: 300 })
        .map((it) => Buffer.from(it));
    }
    const noise = fc.uint8Array({ minLength: 1, maxLength: 200 }).map((it) => Buffer.from(it));
    return fc.oneof({ weight: 3, arbitrary: fc.constant(this.#photo) }, noise);
  }

  #forms({ media }: FuzzedModel): fc.Arbitrary<Body> {
    const boundary = "----fuzzed";
    const [type = ""] = media;
    return fc.array(this.#rows(type), { minLength: 1, maxLength: 3 }).map((files) => {
      const parts = files.flatMap((file, i) => [
        Buffer.from(
          `--${boundary}\r\nContent-Disposition: form-data; name="f${i}"; filename="f${i}"\r\n\r\n`,
        ),
        file,
        Buffer.from("\r\n"),
      ]);
      const bytes = Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]);
      return { type: `multipart/form-data; boundary=${boundary}`, bytes };
    });
  }

  #of(ref: string): fc.Arbitrary<unknown> {
    return valuesOf(this.#resolve(ref), this.#resolve);
  }

  readonly #resolve = (ref: string): unknown =>
    this.#api.document.components.schemas[ref.split("/").at(-1) ?? ""];
}

function jsonOf(value: unknown): Body {
  return { type: "application/json", bytes: Buffer.from(JSON.stringify(value)) };
}

function linesOf(values: readonly unknown[]): Body {
  const text = values.map((value) => `${JSON.stringify(value)}\n`).join("");
  return { type: "application/x-ndjson", bytes: Buffer.from(text) };
}

/** The component of a version. */
function nameOf(id: string): string {
  return `#/components/schemas/${id.replace("@", "_v")}`;
}

const schemaWithProperties = z.looseObject({ properties: z.record(z.string(), z.unknown()) });

function termsOf(schema: unknown): Record<string, unknown> {
  return schemaWithProperties.parse(schema).properties;
}
