const HEAD_BYTES = 128;
const TAG_BYTES = 12;
/** Far more than profiles of cameras and editors have. */
const TAGS_MAX = 100;

/** The primaries of sRGB under D50, each as X, Y, Z, by their tags. */
const PRIMARIES = {
  rXYZ: [0.4361, 0.2225, 0.0139],
  gXYZ: [0.3851, 0.7169, 0.0971],
  bXYZ: [0.1431, 0.0606, 0.7141],
} as const;
const CURVES = ["rTRC", "gTRC", "bTRC"] as const;

/** Below half a step of an 8-bit pixel, so that writers may round; a plain gamma of 2.2 is beyond it. */
const TOLERANCE = 0.002;
const POINTS = 32;

/**
 * Whether an ICC profile says no more than that pixels are sRGB, as those that most photographs carry
 * do: to convert by it costs as much as all the rest of a decode, and changes nothing.
 *
 * @param profile a stranger's bytes; false for what is broken
 */
export function isSrgb(profile: Buffer): boolean {
  if (profile.length < HEAD_BYTES + 4) return false;
  if (profile.toString("latin1", 16, 24) !== "RGB XYZ ") return false;
  const tags = tagsOf(profile);
  // Tables that are used instead of primaries and curves.
  if ([...tags.keys()].some((name) => name.startsWith("A2B") || name.startsWith("D2B")))
    return false;
  const hasPrimaries = Object.entries(PRIMARIES).every(([name, wanted]) =>
    wanted.every((value, i) => isNear(fixedAt(tags.get(name), 8 + 4 * i), value)),
  );
  return hasPrimaries && CURVES.every((name) => isSrgbCurve(tags.get(name)));
}

function tagsOf(profile: Buffer): ReadonlyMap<string, Buffer> {
  const tags = new Map<string, Buffer>();
  const count = Math.min(profile.readUInt32BE(HEAD_BYTES), TAGS_MAX);
  for (let i = 0; i < count; i += 1) {
    const entry = HEAD_BYTES + 4 + i * TAG_BYTES;
    if (entry + TAG_BYTES > profile.length) break;
    const [start, bytes] = [profile.readUInt32BE(entry + 4), profile.readUInt32BE(entry + 8)];
    tags.set(profile.toString("latin1", entry, entry + 4), profile.subarray(start, start + bytes));
  }
  return tags;
}

function isSrgbCurve(tag: Buffer | undefined): boolean {
  const curve = curveOf(tag);
  if (curve === undefined) return false;
  for (let i = 0; i <= POINTS; i += 1) {
    const x = i / POINTS;
    const light = x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
    if (!isNear(curve(x), light)) return false;
  }
  return true;
}

/** From 0..1 to 0..1, for the two kinds that profiles of sRGB have: a table, or the formula's numbers. */
function curveOf(tag: Buffer | undefined): ((x: number) => number | undefined) | undefined {
  const kind = tag?.toString("latin1", 0, 4);
  if (tag === undefined || tag.length < 12) return undefined;
  if (kind === "para" && tag.readUInt16BE(8) === 3) {
    const [g = NaN, a = NaN, b = NaN, c = NaN, d = NaN] = [12, 16, 20, 24, 28].map((at) =>
      fixedAt(tag, at),
    );
    return (x) => (x >= d ? (a * x + b) ** g : c * x);
  }
  const last = tag.readUInt32BE(8) - 1;
  if (kind !== "curv" || last < 1 || tag.length < 12 + 2 * (last + 1)) return undefined;
  const at = (i: number): number => tag.readUInt16BE(12 + 2 * i) / 65_535;
  return (x) => {
    const below = Math.min(Math.floor(x * last), last - 1);
    const part = x * last - below;
    return at(below) * (1 - part) + at(below + 1) * part;
  };
}

/** A number of 16 bits before and 16 behind the point; undefined where there is none. */
function fixedAt(tag: Buffer | undefined, at: number): number | undefined {
  return tag === undefined || at + 4 > tag.length ? undefined : tag.readInt32BE(at) / 65_536;
}

function isNear(value: number | undefined, wanted: number): boolean {
  return value !== undefined && Math.abs(value - wanted) < TOLERANCE;
}
