import type { z } from "zod";
import { fromBase64 } from "../../../base64.ts";
import { datatypes, dtypes, isNumeric, type JsonElement } from "../../tensor/element.ts";
import { typedSchema } from "../../tensor/read-tensor.ts";
import { packedStringsFault, unpackStrings } from "../../tensor/strings.ts";
import { nest, readElements } from "../../tensor/write-tensor.ts";
import { isRecord } from "../compare.ts";
import { valueVersions, type VersionComparer } from "../versions.ts";

/**
 * Outputs are the values of their elements, whatever the form they have and the element type: a version
 * with smaller floats may say the same. A truth may have any form as well.
 */
export const tensorVersions: VersionComparer = {
  compare: (candidate, live) => valueVersions.compare(nested(candidate), nested(live)),
  isRight: (output, truth) => valueVersions.isRight(nested(output), nested(truth)),
};

function nested(output: unknown): unknown {
  if (!isRecord(output)) return output;
  const members = Object.entries(output).map(([name, value]) => [name, nestedTensor(value)]);
  return Object.fromEntries(members);
}

/** What is not written in one of the other forms stays as it is. */
function nestedTensor(value: unknown): unknown {
  const { data: typed } = typedSchema.safeParse(value);
  if (typed === undefined) return value;
  const count = typed.shape.reduce((product, length) => product * length, 1);
  const elements = typed.encoding === "base64" ? decoded(typed, count) : typed.data;
  const isWhole = Array.isArray(elements) && elements.length === count;
  return isWhole ? nest(elements, typed.shape) : value;
}

/** @returns undefined for what is no such tensor: nobody has checked a truth */
function decoded(
  { datatype, data, shape: dims }: z.infer<typeof typedSchema>,
  count: number,
): readonly JsonElement[] | undefined {
  const bytes = typeof data === "string" ? fromBase64(data) : undefined;
  const dtype = dtypes.find((one) => datatypes[one] === datatype);
  if (bytes === undefined || dtype === undefined) return undefined;
  if (isNumeric(dtype)) return readElements({ dtype, dims, elements: bytes });
  return packedStringsFault(bytes, count) === undefined
    ? unpackStrings(bytes, count).strings
    : undefined;
}
