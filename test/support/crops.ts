import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import sharp from "sharp";

const PHOTOS = "models/image-classification/photos";
/** Side of a crop in pixels; the network looks at 224. */
const SIDE = 256;

/**
 * Writes different crops of the example photos as JPEG files, `<photo>-<number>.jpg`: crop i is one of
 * photo i modulo their number, at a place that its number alone decides.
 *
 * @param folder is made @returns names of the files, in the order of their names
 */
export async function makeCrops(folder: string, count: number): Promise<readonly string[]> {
  const photos = (await readdir(PHOTOS)).filter((name) => name.endsWith(".jpg")).toSorted();
  await mkdir(folder, { recursive: true });
  const names: string[] = [];
  for (const [number, photo] of photos.entries()) {
    const { data, info } = await sharp(join(PHOTOS, photo))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const raw = { width: info.width, height: info.height, channels: info.channels } as const;
    for (let i = number; i < count; i += photos.length) {
      const place = placeOf(Math.floor(i / photos.length), info);
      const name = `${photo.replace(/\.jpg$/, "")}-${String(i).padStart(6, "0")}.jpg`;
      const jpeg = await sharp(data, { raw }).extract(place).jpeg({ quality: 85 }).toBuffer();
      await writeFile(join(folder, name), jpeg);
      names.push(name);
    }
  }
  return names.toSorted();
}

interface Place {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A prime above any number of places in a line: stepping by it comes to every place once. */
const STRIDE = 7919;

function placeOf(step: number, { width, height }: { width: number; height: number }): Place {
  const side = Math.min(SIDE, width, height);
  const [columns, lines] = [width - side + 1, height - side + 1];
  const place = (step * STRIDE) % (columns * lines);
  return {
    left: place % columns,
    top: Math.floor(place / columns),
    width: side,
    height: side,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { folder: { type: "string" }, count: { type: "string", default: "5000" } },
  });
  if (values.folder === undefined) throw new Error("say where: --folder PATH [--count 5000]");
  const names = await makeCrops(values.folder, Number(values.count));
  process.stdout.write(`${names.length} crops in ${values.folder}\n`);
}
