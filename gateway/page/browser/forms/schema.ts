/** What our forms read of a JSON Schema (2020-12). */
export interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
}

export type FieldKind = "number" | "integer" | "text" | "boolean" | "choice";

/** One value that a person types or chooses. */
export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  readonly description: string;
  readonly isRequired: boolean;
  readonly fallback: unknown;
  readonly choices: readonly string[];
  readonly min: number | undefined;
  readonly max: number | undefined;
}

/**
 * The fields of an object's schema.
 *
 * @returns undefined when one of its members is no single value: then it is written as JSON
 */
export function fieldsOf(schema: Schema): readonly Field[] | undefined {
  const { properties, required = [] } = schema;
  if (schema.type !== "object" || properties === undefined) return undefined;
  const fields = Object.entries(properties).map(([name, member]) => {
    const kind = kindOf(member);
    if (kind === undefined) return undefined;
    return {
      name,
      kind,
      description: member.description ?? "",
      isRequired: required.includes(name),
      fallback: member.default,
      choices: (member.enum ?? []).map(String),
      min: member.minimum,
      max: member.maximum,
    };
  });
  return fields.every((field) => field !== undefined) ? fields : undefined;
}

function kindOf({ type, enum: choices }: Schema): FieldKind | undefined {
  if (choices?.every((choice) => typeof choice === "string")) return "choice";
  if (type === "number" || type === "integer" || type === "boolean") return type;
  return type === "string" ? "text" : undefined;
}

/**
 * What was typed into a field, as JSON.
 *
 * @returns undefined for a field that is left empty, where its default holds
 */
export function valueOf(kind: FieldKind, text: string): unknown {
  if (kind === "text" || kind === "choice") return text === "" ? undefined : text;
  if (kind === "boolean") return text === "" ? undefined : text === "true";
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  const number = Number(trimmed);
  // The gateway says what is wrong with it.
  return Number.isNaN(number) ? trimmed : number;
}

/** A value as a field shows it. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
