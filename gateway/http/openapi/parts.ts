/** A schema of the document's components. */
export function ref(name: string): object {
  return { $ref: `#/components/schemas/${name}` };
}

/** OpenAPI's examples, by name. */
export function named(examples: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }]));
}

/** An answer of an operation, as OpenAPI's Response Object. */
export interface Answer {
  readonly description: string;
  readonly headers?: object;
  readonly content?: object;
}

/** A body of a request, as OpenAPI's Request Body Object. */
export interface Body {
  readonly required: boolean;
  readonly content: object;
}
