import { isCaptured } from "../../shared/endpoint/capture.ts";
import { shadowsOf, type Shadow } from "../../shared/endpoint/definition.ts";
import type { Endpoint } from "../../shared/endpoint/endpoints.ts";
import { route, type Pin } from "../../shared/endpoint/route.ts";
import { badParameter, ScoringError } from "../../shared/error.ts";
import type { Via } from "../../shared/job/view.ts";
import type { ModelVersion, Registry } from "../../shared/model/registry.ts";
import { mayUse, notUsable, usableVersion, type Caller } from "../access/caller.ts";

/** What a request names. */
export interface Asked extends Pin {
  /** Of an endpoint or a model, or `name@version`. */
  readonly name: string;
}

/** What a request becomes. */
export interface Plan {
  readonly version: ModelVersion;
  /** Both undefined where a model was named. */
  readonly endpoint: Endpoint | undefined;
  readonly via: Via | undefined;
  /** Whether it is among those that its endpoint records. */
  readonly captured: boolean;
  /** What scores it as well, for comparison. */
  readonly shadows: readonly PlannedShadow[];
}

export interface PlannedShadow {
  readonly name: string;
  readonly version: ModelVersion;
}

const NO_SHADOWS: readonly PlannedShadow[] = [];

export interface PlannerOptions {
  readonly models: { readonly registry: Registry };
  readonly endpoints: {
    readonly find: (name: string) => Endpoint | undefined;
    readonly all: readonly Endpoint[];
  };
  /** 0 or more and less than 1. */
  readonly random: () => number;
}

const NO_ENDPOINT = {
  endpoint: undefined,
  via: undefined,
  captured: false,
  shadows: NO_SHADOWS,
};

/** Decides what a name stands for. An endpoint goes before a model of the same name. */
export class Planner {
  readonly #options: PlannerOptions;

  constructor(options: PlannerOptions) {
    this.#options = options;
  }

  /**
   * @throws {ScoringError} `forbidden` or `not_found`; `model_unavailable` when the variant's version is
   *   not among the gateway's models; `invalid_input` for a pin where there are no variants
   */
  plan(caller: Caller, asked: Asked): Plan {
    const { models, random } = this.#options;
    const endpoint = this.endpointOf(caller, asked.name);
    if (endpoint === undefined) {
      const version = usableVersion(caller, models.registry, asked.name, () =>
        this.#usableNames(caller),
      );
      if (asked.variant === undefined) return { ...NO_ENDPOINT, version };
      const message = `${asked.name} is no endpoint, so it has no variants.`;
      throw badParameter("variant", message, "is for endpoints alone");
    }
    demandKind(caller, endpoint);
    const variant = route(endpoint, asked, random);
    if (variant === undefined) throw noVariant(endpoint, asked.variant ?? "");
    const isUnnamed = !endpoint.definition.metrics;
    const via = { endpoint: endpoint.name, variant: variant.name, ...(isUnnamed && { isUnnamed }) };
    const captured = isCaptured(endpoint.definition.capture, random);
    const version = this.#served(endpoint, variant);
    return { version, endpoint, via, captured, shadows: this.#shadows(endpoint, variant) };
  }

  /** @returns undefined where the name is no endpoint's @throws {ScoringError} `forbidden` */
  endpointOf(caller: Caller, name: string): Endpoint | undefined {
    const endpoint = this.#options.endpoints.find(name);
    if (endpoint !== undefined) demandEndpoint(caller, endpoint);
    return endpoint;
  }

  /** Endpoints and models that the caller may use, sorted; a name that is both stands there once. */
  namesFor(caller: Caller): readonly string[] {
    const { registry } = this.#options.models;
    const models = registry.names.filter((name) => {
      const version = registry.defaultOf(name);
      return version !== undefined && mayUse(caller, version);
    });
    return [...new Set([...models, ...this.#usableNames(caller)])].toSorted();
  }

  /** What is told of a name: an endpoint's default variant. Throws as `plan`. */
  versionOf(caller: Caller, name: string): ModelVersion {
    const endpoint = this.#options.endpoints.find(name);
    const variant = endpoint?.definition.default;
    return this.plan(caller, { name, variant }).version;
  }

  /**
   * Drawn by their percents. What is not among the gateway's models, or archived, is left out: no request
   * fails by it.
   */
  #shadows({ definition }: Endpoint, { name }: { readonly name: string }) {
    if (definition.shadows.length === 0) return NO_SHADOWS;
    const { models, random } = this.#options;
    const isDrawn = ({ percent }: Shadow): boolean => random() * 100 < percent;
    return shadowsOf(definition, name)
      .filter(isDrawn)
      .flatMap((shadow) => {
        const version = models.registry.find(shadow.model);
        if (version === undefined || version.isArchived) return [];
        return [{ name: shadow.name, version }];
      });
  }

  #usableNames(caller: Caller): readonly string[] {
    const usable = this.#options.endpoints.all.filter((it) => mayUseEndpoint(caller, it));
    return usable.map(({ name }) => name);
  }

  #served(endpoint: Endpoint, { name, model }: { readonly name: string; readonly model: string }) {
    const version = this.#options.models.registry.find(model);
    if (version !== undefined) return version;
    const message = `The variant ${name} of ${endpoint.name} is ${model}, which is not in the models folder.`;
    throw new ScoringError("model_unavailable", message);
  }
}

/** Whether the caller may score all that the endpoint may choose. */
export function mayUseEndpoint(caller: Caller, { definition }: Endpoint): boolean {
  return definition.variants.every(({ model }) => mayUse(caller, { id: model }));
}

/** @throws {ScoringError} `forbidden`, as for a name that there is not */
export function demandEndpoint(caller: Caller, endpoint: Endpoint): void {
  if (mayUseEndpoint(caller, endpoint)) return;
  const { name, definition } = endpoint;
  if (caller.models?.includes(name) !== true) throw notUsable(caller, name);
  // It was meant to be enough; but whoever changes the endpoint would change what the key may do.
  const models = [...new Set(definition.variants.map(({ model }) => model.split("@")[0]))];
  const message = `${name} is an endpoint: its callers have to be allowed its models, ${models.join(", ")}.`;
  throw new ScoringError("forbidden", message);
}

/** @throws {ScoringError} `forbidden` where the endpoint wants its callers to come with the other */
function demandKind({ kind }: Caller, { name, definition }: Endpoint): void {
  const { auth } = definition;
  // A user comes with a token as well.
  const given = kind === "key" ? "keys" : "tokens";
  if (auth === "both" || auth === given) return;
  throw new ScoringError("forbidden", `The endpoint ${name} takes ${auth}, and not ${given}.`);
}

function noVariant({ name, definition }: Endpoint, asked: string): ScoringError {
  const known = definition.variants.map((variant) => variant.name).join(", ");
  const message = `The endpoint ${name} has no variant "${asked.slice(0, 100)}". It has: ${known}.`;
  return new ScoringError("not_found", message);
}
