import { z } from "zod";
import { asText, type Reply } from "./script.ts";

/**
 * A field as Redis has it: its name there, how its text is read, and the parts that Lua finds in
 * it.
 */
export type Field = readonly [
  letter: string,
  codec: z.ZodType<unknown, string | undefined>,
  /** Of a packed field: names of its parts, which have blanks between. */
  parts?: readonly string[],
];

type FieldsByName = Readonly<Record<string, Field>>;

/** A record with the values of its fields, as TypeScript sees it. */
export type Decoded<F extends FieldsByName> = { readonly [N in keyof F]: z.output<F[N][1]> };

/** A number, as text. */
export const number = z.codec(z.string(), z.number(), { decode: Number, encode: String });

/** A number, or an empty text or none. */
export const maybeNumber = z.codec(z.string().optional(), z.number().optional(), {
  decode: (text) => (text === undefined || text === "" ? undefined : Number(text)),
  encode: (value) => (value === undefined ? "" : String(value)),
});

/** JSON text of what a schema describes. */
export function json<Out, In>(schema: z.ZodType<Out, In>) {
  return z.codec(z.string(), schema, {
    decode: (text): In => JSON.parse(text),
    encode: (value) => JSON.stringify(value),
  });
}

/**
 * The fields of one kind of Redis hash, declared once: TypeScript decodes and encodes records by
 * it, and a script that names it has a function that reads them, or a table of their names in
 * Redis.
 */
export class FieldTable<F extends FieldsByName = FieldsByName> {
  readonly fields: F;
  /** Name here → name in Redis. */
  readonly letters: { readonly [N in keyof F]: string };

  constructor(fields: F) {
    this.fields = fields;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same names
    this.letters = mapped(fields, ([letter]) => letter) as typeof this.letters;
  }

  /** For whoever reads no more than some of them. */
  pick<N extends keyof F & string>(...names: readonly N[]): FieldTable<Pick<F, N>> {
    const picked = names.map((name) => [name, this.fields[name]]);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the names that were given
    return new FieldTable(Object.fromEntries(picked) as Pick<F, N>);
  }

  /** @param hash by names in Redis @throws {z.ZodError} when the fields are of another format */
  decode(hash: Readonly<Record<string, string | null | undefined>>): Decoded<F> {
    const decoded = mapped(this.fields, ([letter, codec]) =>
      codec.parse(hash[letter] ?? undefined),
    );
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each by its codec
    return decoded as Decoded<F>;
  }

  /** @param reply of `HMGET`, or of a script that answers what its reading function gave */
  decodeReply(reply: readonly (Reply | string)[]): Decoded<F> {
    const texts = reply.map((it) => (typeof it === "string" ? it : asText(it)));
    const letters: readonly string[] = Object.values(this.letters);
    return this.decode(Object.fromEntries(letters.map((letter, i) => [letter, texts[i]])));
  }

  /**
   * @returns names in Redis and values, one after the other, as HSET takes them, of what has a text
   */
  encode(values: Partial<Decoded<F>>): string[] {
    return Object.entries(values).flatMap(([name, value]) => {
      const field = this.fields[name];
      const text = field && z.encode(field[1], value);
      return field && typeof text === "string" ? [field[0], text] : [];
    });
  }
}

function mapped<T>(fields: FieldsByName, of: (field: Field) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, of(field)]));
}
