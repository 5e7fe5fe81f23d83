/** Which files are taken. */
export interface FileLimits {
  /** What may come, `image/png`. */
  readonly types: readonly string[];
  /** Larger files are refused here, in bytes. */
  readonly bytesMax: number;
}

/** Why a file is not taken; undefined when it is. @param types none: all are */
export function refusalOf(
  { type, size }: Pick<File, "type" | "size">,
  { types, bytesMax }: FileLimits,
): string | undefined {
  if (types.length > 0 && type !== "" && !types.includes(type)) {
    const known = types.map((it) => it.replace(/^.*\//, "").toUpperCase()).join(", ");
    return `A file of type ${type} is not taken here: ${known}.`;
  }
  if (size === 0) return "The file is empty.";
  if (size <= bytesMax) return undefined;
  return `The file has ${(size / 1e6).toFixed(1)} MB; ${(bytesMax / 1e6).toFixed(0)} MB are allowed.`;
}
